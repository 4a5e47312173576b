"""Every address × every role × own or another's object has an expected answer, in one table: `table.md` beside."""

import pytest

from sas.accounts.permissions import GRANTS, Permission, Role
from tests.access.asking import ROUTES, lines_of, table_lines
from tests.access.world import ACTORS, World

REFUSED = ("403", "404", "405")
STREAM = "/sas/recherche/flux"
"""Refused by an event that ends it, in a 200: tests/web/test_access.py reads it."""

KEPT: dict[str, list[str]] = {}
for kept in table_lines():
    KEPT.setdefault(kept.split("`")[1], []).append(kept)


def test_the_table_has_every_address_and_no_other() -> None:
    assert sorted(KEPT) == sorted(ROUTES)


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_everybody_gets_the_answer_of_the_table(path: str, db: None) -> None:
    assert lines_of(path, World()) == KEPT.get(path)


def cells(line: str) -> dict[str, str]:
    """The answer to each actor, and the object and method of the line."""
    _, _, thing, method, *answers, _ = (cell.strip() for cell in line.split("|"))
    return {"object": thing, "method": method, **dict(zip(ACTORS, answers, strict=True))}


@pytest.mark.parametrize("path", sorted(set(ROUTES) - {STREAM}))
def test_who_is_not_granted_a_page_does_not_get_it(path: str) -> None:
    """The table is written by a program: this reads it against the roles' lists, so that it cannot bless a leak."""
    access = ROUTES[path].callback.access  # type: ignore[attr-defined]
    strangers = [role for role in Role if access in set(Permission) and access not in GRANTS[role]]
    for row in map(cells, KEPT[path]):
        for role in strangers:
            assert row[role] in REFUSED, (path, role, row)
            assert row["anonymous"] not in ("200", "422"), (path, row)


@pytest.mark.parametrize("path", sorted(path for path in ROUTES if path.startswith("/gestion/") and "<" in path))
def test_nobody_of_a_territory_touches_what_is_another_s(path: str) -> None:
    for row in map(cells, KEPT[path]):
        if row["object"] == "other":
            for actor in ACTORS:
                if actor not in ("anonymous", Role.NATIONAL_ADMIN):
                    assert row[actor] in ("403", "404", "405"), (path, actor, row)
