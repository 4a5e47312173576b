"""What accounts are searched and sorted by: lower case, no accents, computed by the database from the columns.

By `translate` and `lower` alone, which never change their answer: PostgreSQL's `unaccent` may not be used in a stored
column, and collations differ between servers. `fold` says in Python what `folded` says in SQL.
"""

import unicodedata
from typing import Any

from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Coalesce, Lower, Replace

LIGATURES = (("Œ", "oe"), ("œ", "oe"), ("Æ", "ae"), ("æ", "ae"))


def _plain() -> dict[str, str]:
    """Latin letters with a mark, up to U+017F, and the Romanian ones: each to its bare letter."""
    found = {}
    for code in (*range(0xC0, 0x180), *range(0x218, 0x21C)):
        bare = unicodedata.normalize("NFKD", chr(code))[0]
        if bare.isascii() and bare.isalpha():
            found[chr(code)] = bare
    return found | {"Ł": "L", "ł": "l", "Ø": "O", "ø": "o", "Đ": "D", "đ": "d", "’": "'"}


PLAIN = _plain()
_TABLE = str.maketrans(PLAIN)


def folded(*columns: str) -> Any:
    """The SQL of these columns, joined by a blank, an absent one being empty."""
    given = (Coalesce(F(name), Value(""), output_field=TextField()) for name in columns)
    # `||` by hand: Django's own `Concat` is not immutable for every type.
    joined: Any = Func(*given, template="(%(expressions)s)", arg_joiner=" || ' ' || ", output_field=TextField())
    for ligature, letters in LIGATURES:
        joined = Replace(joined, Value(ligature), Value(letters))
    table = (Value("".join(PLAIN)), Value("".join(PLAIN.values())))
    return Lower(Func(joined, *table, function="TRANSLATE", output_field=TextField()))


def fold(text: str) -> str:
    """What was typed, as `folded` would have stored it; whatever composition the keyboard used."""
    composed = unicodedata.normalize("NFC", text.replace("\0", ""))
    for ligature, letters in LIGATURES:
        composed = composed.replace(ligature, letters)
    return composed.translate(_TABLE).lower()
