"""The search for schedules of SOS Médecins places by their association (interop.md §1.3), read. Pure."""

from typing import Final

import msgspec

from sas.fhir.identifiers import structure_id, system
from sas.fhir.slot_query import MAX_IDS, QueryProblem, RefusedQuery, Window, parameters_of, values_of, window_of
from sas.fhir.systems import IDNST

ASSOCIATIONS: Final = "actor:Location.organization.identifier"
_START: Final = "_has:Slot:schedule:start"
_STATUS: Final = "_has:Slot:schedule:status"


class ScheduleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A search for schedules, understood. `associations`: prefixed national ids, unique, in the order asked."""

    associations: tuple[str, ...]
    window: Window
    wants_free: bool = True


def parse_schedule_query(raw_query: str) -> ScheduleQuery | RefusedQuery:
    """Read what follows `Schedule?`, as tolerantly as `parse_slot_query`."""
    parameters = parameters_of(raw_query)
    if isinstance(parameters, RefusedQuery):
        return parameters
    problems: list[QueryProblem] = []
    window = window_of([value for name, value in parameters if name == _START], problems, parameter=_START)
    asked = [item for name, value in parameters if name == ASSOCIATIONS for item in values_of(value)]
    statuses = {item.rpartition("|")[2] for name, value in parameters if name == _STATUS for item in values_of(value)}
    if not asked:
        problems.append(QueryProblem("required", ASSOCIATIONS, f"1 to {MAX_IDS} associations are required"))
    elif len(asked) > MAX_IDS:
        problems.append(QueryProblem("too-costly", ASSOCIATIONS, f"{len(asked)} ids, at most {MAX_IDS}"))
    if problems or window is None:
        return RefusedQuery(tuple(problems))
    known = (item.rpartition("|") for item in asked)
    ids = {structure_id(value).value: None for space, _, value in known if value and _is_national(space)}
    return ScheduleQuery(associations=tuple(ids), window=window, wants_free=not statuses or "free" in statuses)


def _is_national(space: str) -> bool:
    """Another system is not an error: it matches nobody here."""
    return not space or system(space).value == IDNST
