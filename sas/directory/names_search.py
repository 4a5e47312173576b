"""People and structures whose name is being typed: a few milliseconds on the national directory.

From the index of the prefix, in which one of the typed words begins the name (« dup cam », « camille dup » both find
Camille Dupont), the other words anywhere after it. Failing that, names that begin alike and resemble (a letter wrong).
Every step reads a bounded number of rows; the whole search (`queries.by_name`, `structure_queries.structures_by_name`)
goes further, and is asked when the question is sent.
"""

from typing import Any, Literal, NamedTuple

from psycopg.rows import args_row

from sas.directory.queries import bare_cursor
from sas.directory.rules import search_key
from sas.directory.structure_kinds import structure_kind
from sas.directory.vocabulary import label

SHORTEST = 3
LONGEST = 60
_SHORTEST_MISSPELT = 4
_MOST_WORDS = 5
_READ = 300
"""Names read before those of the department searched come first."""
_RESEMBLING = 3000
"""Names that begin with the same three letters, compared when nothing is written as typed."""


class NameSuggestion(NamedTuple):
    """One line of the autocompletion. `value` is « P: » + a person's national id, or « E: » + a structure's.

    `detail` is for the eye: « Médecine générale, Lille (59) », « Pharmacie, Lille (59) ».
    """

    kind: Literal["person", "structure"]
    value: str
    label: str
    detail: str


_PEOPLE = """
SELECT p.national_id, p.civility, p.given_name, p.family_name, place.specialty, place.city, place.department FROM (
    SELECT p.id, p.name_key FROM directory_practitioner p WHERE {condition} LIMIT {read}
) first JOIN directory_practitioner p ON p.id = first.id JOIN LATERAL (
    SELECT l.specialty, l.city, l.department FROM directory_practicelocation l
    WHERE l.practitioner_id = p.id AND l.ended_on IS NULL
    ORDER BY l.department = %(department)s DESC, l.participates DESC, l.id LIMIT 1
) place ON true
ORDER BY place.department = %(department)s DESC, {likeness}first.name_key, p.id LIMIT %(limit)s"""
_STRUCTURES = """
SELECT s.national_id, s.name, s.sought, s.category_label, s.city, s.department FROM (
    SELECT s.id FROM directory_structure s WHERE {condition} AND s.ended_on IS NULL{where} LIMIT {read}
) first JOIN directory_structure s ON s.id = first.id
ORDER BY s.department = %(department)s DESC, {likeness}s.name_key, s.id LIMIT %(limit)s"""


def suggest_names(text: str, *, department: str | None = None, limit: int = 8) -> list[NameSuggestion]:
    """People, then structures, whose name the typed text may begin; those of `department` first. Never raises.

    Three letters at least. Half of the lines for each kind when both have enough.
    """
    words = search_key(text[:LONGEST]).split()
    if not words or len(words) > _MOST_WORDS or max(map(len, words)) < SHORTEST or limit < 1:
        return []
    people = suggest_people(words, department, limit)
    structures = suggest_structures(words, department, limit)
    room = max(limit - len(structures), limit - limit // 2)
    return [*people[:room], *structures][:limit]


def suggest_people(words: list[str], department: str | None, limit: int) -> list[NameSuggestion]:
    """Active people with a place; `words` as `search_key` folds them."""
    return [
        NameSuggestion(
            "person",
            f"P:{national_id}",
            " ".join(part for part in (civility, given, family) if part),
            _detail(label(specialty), city, there),
        )
        for national_id, civility, given, family, specialty, city, there in _found(
            _PEOPLE, "p", words, department, limit, infix=False
        )
    ]


def suggest_structures(words: list[str], department: str | None, limit: int) -> list[NameSuggestion]:
    """Active structures; a word may stand anywhere in the name, for few names begin with what people call them."""
    return [
        NameSuggestion("structure", f"E:{national_id}", name, _detail(_kind(sought, category), city, there))
        for national_id, name, sought, category, city, there in _found(
            _STRUCTURES, "s", words, department, limit, infix=True
        )
    ]


def _found(
    statement: str, alias: str, words: list[str], department: str | None, limit: int, *, infix: bool
) -> list[tuple[Any, ...]]:
    """The rows of the first condition that finds any."""
    key = " ".join(words)
    parameters: dict[str, Any] = {"key": key, "department": department or "", "limit": limit}
    for step, (condition, values) in enumerate(_conditions(f"{alias}.name_key", words, infix=infix)):
        resembling = "word_similarity" in condition
        sql = statement.format(
            condition=condition,
            likeness=f"word_similarity(%(key)s, {alias}.name_key) DESC, " if resembling else "",
            read=_READ,
            where=" AND s.department = %(department)s" if infix and department and step == 0 else "",
        )
        with bare_cursor(args_row(lambda *row: row)) as cursor:
            rows = cursor.execute(sql, parameters | values, prepare=True).fetchall()
        if rows:
            return list(rows)
    return []


def _conditions(column: str, words: list[str], *, infix: bool) -> list[tuple[str, dict[str, Any]]]:
    """In the order in which they are tried. Ranges of three letters at least: they stay short."""
    found: list[tuple[str, dict[str, Any]]] = []
    whole = " ".join(words)
    if len(whole) >= SHORTEST and len(words[0]) >= SHORTEST:
        found.append((f"{column} LIKE %(whole)s", {"whole": f"{whole}%"}))
    # Given name first: each other word may begin the name, the last typed before the others.
    for word in reversed(words) if len(words) > 1 else ():
        if len(word) >= SHORTEST:
            others = [f"% {other}%" for other in words if other is not word]
            condition = f"{column} LIKE %(prefix)s AND {column} LIKE ALL(%(others)s::text[])"
            found.append((condition, {"prefix": f"{word}%", "others": others}))
    if infix:
        inside = [f"%{word}%" for word in words]
        found.append((f"{column} LIKE ALL(%(inside)s::text[])", {"inside": inside}))
    if len(words[0]) >= _SHORTEST_MISSPELT:
        table = "directory_structure" if infix else "directory_practitioner"
        near = f"SELECT n.id FROM {table} n WHERE n.name_key LIKE %(begins)s LIMIT {_RESEMBLING}"  # noqa: S608
        alias = column.removesuffix(".name_key")
        resembling = f"{alias}.id IN ({near}) AND word_similarity(%(key)s, {column}) >= 0.5"
        found.append((resembling, {"begins": f"{words[0][:SHORTEST]}%"}))
    return found


def _kind(sought: str, category: str) -> str:
    kind = structure_kind(sought)
    return kind.label if kind else category or "Structure"


def _detail(what: str, city: str, department: str) -> str:
    place = f"{city} ({department})" if city and department else city
    return ", ".join(part for part in (what, place) if part)
