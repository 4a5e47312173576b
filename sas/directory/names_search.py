"""People and structures whose name is being typed: a few milliseconds on the national directory.

From the index of the prefix, in which one of the typed words begins the name (« dup cam », « camille dup » both find
Camille Dupont), the other words anywhere after it. Only when nothing is written as typed, family names with one letter
wrong. Every step reads a bounded number of rows; the whole search (`queries.by_name`,
`structure_queries.structures_by_name`) goes further, and is asked when the question is sent.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from psycopg.rows import args_row

from sas.directory.gazetteer_suggest import one_letter_off
from sas.directory.queries import bare_cursor, containing
from sas.directory.rules import search_key
from sas.directory.structure_kinds import structure_kind
from sas.directory.vocabulary import label

SHORTEST = 3
LONGEST = 60
_SHORTEST_MISSPELT, _LONGEST_MISSPELT = 4, 14
_SHORTEST_INSIDE = 4
"""Three letters are in a tenth of the names: they are looked for at the beginning only."""
_MOST_WORDS = 5
_READ, _READ_FOR_DEPARTMENT = 16, 120
"""Names read; more when those of a department are to come first among homonyms."""


class NameSuggestion(NamedTuple):
    """One line of the autocompletion. `value` is « P: » + a person's national id, or « S: » + a structure’s.

    `detail` is for the eye: « Médecine générale, Lille (59) », « Pharmacie, Lille (59) ».
    """

    kind: Literal["person", "structure"]
    value: str
    label: str
    detail: str


_PEOPLE = """
SELECT p.national_id, p.civility, p.given_name, p.family_name, place.specialty, place.city, place.department FROM (
    SELECT s.id, s.name_key FROM directory_practitioner s WHERE {condition} LIMIT %(read)s
) first JOIN directory_practitioner p ON p.id = first.id JOIN LATERAL (
    SELECT l.specialty, l.city, l.department FROM directory_practicelocation l
    WHERE l.practitioner_id = p.id AND l.ended_on IS NULL
    ORDER BY l.department = %(department)s DESC, l.participates DESC, l.id LIMIT 1
) place ON true
ORDER BY place.department = %(department)s DESC, first.name_key, p.id LIMIT %(limit)s"""
_STRUCTURES = """
SELECT s.national_id, s.name, s.sought, s.category_label, s.city, s.department FROM directory_structure s
WHERE s.id IN (
    SELECT s.id FROM directory_structure s WHERE s.ended_on IS NULL AND {condition} LIMIT %(read)s
)
ORDER BY s.department = %(department)s DESC, s.name_key, s.id LIMIT %(limit)s"""
_Condition = tuple[str, dict[str, Any]]


def suggest_names(text: str, *, department: str | None = None, limit: int = 8) -> list[NameSuggestion]:
    """People, then structures, whose name the typed text may begin; those of `department` first. Never raises.

    Three letters at least. Half of the lines for each kind when both have enough.
    """
    words = search_key(text[:LONGEST]).split()
    if not words or len(words) > _MOST_WORDS or max(map(len, words)) < SHORTEST or limit < 1:
        return []
    begun = list(_begun(words))
    people = _people(begun, department, limit)
    inside = [_inside(words)] if max(map(len, words)) >= _SHORTEST_INSIDE else []
    structures = _structures([*begun[: len(words[0]) >= SHORTEST], *inside], department, limit)
    if not people and not structures:
        people = _people(list(_misspelt(words)), department, limit)
        structures = _structures(list(_resembling(words, department)), department, limit)
    room = max(limit - len(structures), limit - limit // 2)
    return [*people[:room], *structures][:limit]


def _people(conditions: list[_Condition], department: str | None, limit: int) -> list[NameSuggestion]:
    return [
        NameSuggestion(
            "person",
            f"P:{national_id}",
            " ".join(part for part in (civility, given, family) if part),
            _detail(label(specialty), city, there),
        )
        for national_id, civility, given, family, specialty, city, there in _found(
            _PEOPLE, conditions, department, limit
        )
    ]


def _structures(conditions: list[_Condition], department: str | None, limit: int) -> list[NameSuggestion]:
    return [
        NameSuggestion("structure", f"S:{national_id}", name, _detail(_kind(sought, category), city, there))
        for national_id, name, sought, category, city, there in _found(_STRUCTURES, conditions, department, limit)
    ]


def _found(statement: str, conditions: list[_Condition], department: str | None, limit: int) -> list[tuple[Any, ...]]:
    """The rows of the first condition that finds any."""
    read = max(_READ_FOR_DEPARTMENT if department else _READ, limit)
    parameters = {"department": department or "", "limit": limit, "read": read}
    for condition, values in conditions:
        with bare_cursor(args_row(lambda *row: row)) as cursor:
            # Planned with its values: a prefix says how few rows it leaves.
            cursor.execute(statement.format(condition=condition), parameters | values, prepare=False)
            rows = list(cursor.fetchall())
        if rows:
            return rows
    return []


def _begun(words: list[str]) -> Iterator[_Condition]:
    """The name begins as typed; else with any word of three letters, the last typed first (given name before)."""
    if len(words[0]) >= SHORTEST:
        yield _BEGINS + _IN_ORDER, _range(" ".join(words))
    for word in reversed(words) if len(words) > 1 else ():
        if len(word) >= SHORTEST:
            others = {f"other{n}": f" {other}" for n, other in enumerate(words) if other is not word}
            yield _BEGINS + _after(others) + _IN_ORDER, _range(word) | others


_BEGINS = "s.name_key ~>=~ %(first)s AND s.name_key ~<~ %(past)s"
"""`LIKE 'dup%'`, written so that only the index of the prefix can answer: trigrams would read a tenth of the names."""
_IN_ORDER = " ORDER BY s.name_key USING ~<~"
"""That of the index; without it, the planner would rather read the table until enough rows turn up."""


def _range(prefix: str) -> dict[str, str]:
    """From the prefix to the next text of its length: letters and digits, byte by byte."""
    return {"first": prefix, "past": prefix[:-1] + chr(ord(prefix[-1]) + 1)}


def _after(others: dict[str, str]) -> str:
    """Each of these begins a word after the first: looked at in the rows read, never by an index."""
    return "".join(f" AND strpos(s.name_key, %({name})s) > 0" for name in others)


def _inside(words: list[str]) -> _Condition:
    """Every word anywhere: few structures begin with what people call them. Sorted, so that trigrams answer."""
    condition, values = containing("s.name_key", " ".join(words))
    return f"{condition} ORDER BY s.name_key", values


def _misspelt(words: list[str]) -> Iterator[_Condition]:
    """A whole family name with one letter wrong, the other words after it."""
    for word in words:
        if _SHORTEST_MISSPELT <= len(word) <= _LONGEST_MISSPELT:
            others = {f"other{n}": f" {other}" for n, other in enumerate(words) if other is not word}
            near = {"near": sorted(one_letter_off(word)), **others}
            yield _ONE_LETTER_OFF.format(after=_after(others).replace("s.", "n.")), near


_ONE_LETTER_OFF = """s.id IN (
    SELECT m.id FROM unnest(%(near)s::text[]) AS v(word), LATERAL (
        SELECT n.id FROM directory_practitioner n WHERE split_part(n.name_key, ' ', 1) = v.word{after} LIMIT 16
    ) m)"""
"""One look-up in the index of the first word per variant."""


def _resembling(words: list[str], department: str | None) -> Iterator[_Condition]:
    """Inside a department only: in the whole country it would take as long as the search itself."""
    if department:
        yield "s.department = %(department)s AND %(key)s <%% s.name_key", {"key": " ".join(words)}


def _kind(sought: str, category: str) -> str:
    kind = structure_kind(sought)
    return kind.label if kind else category or "Structure"


def _detail(what: str, city: str, department: str) -> str:
    place = f"{city} ({department})" if city and department else city
    return ", ".join(part for part in (what, place) if part)
