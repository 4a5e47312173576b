"""`./run test tests/access/writing.py` writes `table.md` anew: read the difference before it is kept.

Not collected with the suite (its name is not that of a test file): a table that rewrites itself proves nothing.
"""

from django.db import transaction

from tests.access.asking import ROUTES, TABLE, head, lines_of
from tests.access.world import World


def test_write_the_table(db: None) -> None:
    lines: list[str] = []
    for path in sorted(ROUTES):
        with transaction.atomic():
            lines += lines_of(path, World())
            transaction.set_rollback(True)
    introduction = TABLE.read_text(encoding="utf-8").partition("\n| address")[0] if TABLE.exists() else TITLE
    TABLE.write_text(f"{introduction}\n{head()}" + "\n".join(lines) + "\n", encoding="utf-8")


TITLE = """# Who may what

Every address, asked as everybody (`tests/access/world.py`): all are of SAS-59 and have just signed in. `own` is of
their territory or theirs, `other` is of SAS-62 or of somebody else, `-` means that the address names no object. A POST
is sent empty. A cell is the status, or `sign-in` for whoever is led there. `tests/access/test_table.py` compares.
"""
