"""What the database knows of an editor's message, asked at once: which rows it names, who and where they are.

Raw, several plain statements in one turn: editors send these messages in bursts, and each turn is waited for while the
identifier is locked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from sas.aggregator.models import Editor
from sas.directory.models import PracticeLocation, Practitioner
from sas.fhir.appointments import AppointmentFacts
from sas.fhir.systems import IDNPS, SAS
from sas.participation.queries import Way


@dataclass(frozen=True, slots=True)
class Context:
    """`appointment_id`: the one that bears this identifier. `regulator_id`: the account of the operator, the open one
    first, a closed one still tells who it was. `location`: where the professional practises, when it is one place;
    `way`: how they take part there on the day of the message. `is_tool`: whether the editor is a local tool, of which
    territory.
    """

    appointment_id: UUID | None
    regulator_id: int | None
    practitioner: Practitioner | None
    location: PracticeLocation | None
    way: Way | None
    is_tool: bool
    tool_territory_id: int | None


PERSON = ("id", "national_id", "family_name", "given_name", "civility", "profession", "name_key", "updated_on")
PLACE = ("id", "practitioner_id", "structure_id", "place_key", "specialty", "savoir_faire", "line", "postal_code",
         "city", "timezone", "phone")  # fmt: skip
NAMED = """
    SELECT id FROM orientation_editorappointment WHERE editor_id = %s AND system = %s AND value = %s;
    SELECT territory_id FROM aggregator_localtool WHERE editor_id = %s AND is_active;
"""
BY_NATIONAL_ID = "SELECT id FROM accounts_user WHERE national_id = %s ORDER BY is_active DESC, id DESC LIMIT 1;"
BY_TECHNICAL_ID = "SELECT id FROM accounts_user WHERE technical_id = %s ORDER BY is_active DESC, id DESC LIMIT 1;"
RECEIVES = f"""
    SELECT {", ".join(PERSON)} FROM directory_practitioner WHERE national_id = %s;
    SELECT {", ".join(PLACE)} FROM directory_practicelocation
    WHERE practitioner_id = (SELECT id FROM directory_practitioner WHERE national_id = %s) AND ended_on IS NULL
    ORDER BY id;
    SELECT way.via, way.structure_id, way.place_keys, way.started_on
    FROM participation_participation AS way
    WHERE way.practitioner_id = (SELECT id FROM directory_practitioner WHERE national_id = %s)
      AND daterange(way.started_on, way.ended_on) @> (%s AT TIME ZONE coalesce((
          SELECT min(timezone) FROM directory_practicelocation
          WHERE practitioner_id = way.practitioner_id AND ended_on IS NULL HAVING count(DISTINCT place_key) = 1
      ), 'Europe/Paris'))::date;
"""  # noqa: S608 — columns of ours


def context_of(facts: AppointmentFacts, editor: Editor, at: datetime) -> Context:
    """See `Context`."""
    statements, given = [NAMED], [editor.pk, facts.system, facts.value, editor.pk]
    operator = _operator(facts)
    if operator is not None:
        statements.append(operator[0])
        given.append(operator[1])
    if facts.practitioner:
        statements.append(RECEIVES)
        given += [facts.practitioner] * 3 + [at]
    answers = _ask("".join(statements), given)
    appointments, tools = next(answers), next(answers)
    accounts = next(answers) if operator is not None else []
    people, places, ways = (next(answers), next(answers), next(answers)) if facts.practitioner else ([], [], [])
    practitioner = Practitioner.from_db(connection.alias, PERSON, people[0]) if people else None
    return Context(
        appointment_id=appointments[0][0] if appointments else None,
        regulator_id=accounts[0][0] if accounts else None,
        practitioner=practitioner,
        location=_only(places, practitioner),
        way=_way(ways[0]) if ways else None,
        is_tool=bool(tools),
        tool_territory_id=tools[0][0] if tools else None,
    )


def account_of(facts: AppointmentFacts) -> int | None:
    """The account of its operator alone: see `Context.regulator_id`."""
    operator = _operator(facts)
    rows = next(_ask(operator[0], [operator[1]])) if operator is not None else []
    return rows[0][0] if rows else None


def _ask(statements: str, given: Sequence[Any]) -> Iterator[list[Any]]:
    """The rows of each statement, in order."""
    with connection.cursor() as cursor:
        cursor.execute(statements, given)
        more: Any = True
        while more:
            yield cursor.fetchall()
            more = cursor.nextset()


def _operator(facts: AppointmentFacts) -> tuple[str, Any] | None:
    if facts.operator_system == IDNPS:
        return BY_NATIONAL_ID, facts.operator_value
    if facts.operator_system != SAS:
        return None
    try:
        return BY_TECHNICAL_ID, UUID(facts.operator_value)
    except ValueError:
        return None


def _only(places: Sequence[Sequence[Any]], practitioner: Practitioner | None) -> PracticeLocation | None:
    if practitioner is None or len({row[PLACE.index("place_key")] for row in places}) != 1:
        return None
    place = PracticeLocation.from_db(connection.alias, PLACE, places[0])
    place.practitioner = practitioner
    return place


def _way(row: Sequence[Any]) -> Way:
    """Without the words of its structure, which this does not read."""
    via, structure_id, place_keys, since = row
    pending = structure_id is None and via != "individual"
    return Way(via, structure_id, "", "", tuple(place_keys), pending, since)
