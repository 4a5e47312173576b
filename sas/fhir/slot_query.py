"""The search for slots of named professionals (INT_R01; INT_R04 with the CPTS includes), written and read.

interop.md §1.0.1 (encoding), §1.0.2 (times), §1.1 and §1.2 (parameters). The platform writes it, a sandbox editor
reads it: one module, so that they cannot drift apart.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias
from urllib.parse import quote, unquote_plus
from zoneinfo import ZoneInfo

import msgspec

from sas.fhir.identifiers import practitioner_id, system
from sas.fhir.systems import IDNPS

MAX_IDS: Final = 25
PARIS: Final = ZoneInfo("Europe/Paris")
PRACTITIONERS: Final = "schedule.actor:Practitioner.identifier"
INCLUDES: Final = (("_include", "Slot:schedule"), ("_include:iterate", "Schedule:actor"))
CPTS_INCLUDES: Final = (
    ("_include", "Slot:service-type-reference"),
    ("_include:iterate", "HealthcareService:organization"),
)

Window: TypeAlias = tuple[datetime, datetime]
"""Bounds of `Slot.start`, both included."""

_MAX_QUERY_LENGTH: Final = 16_384
_DATE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:T(?P<time>\d{2}:\d{2}(?::\d{2})?)(?P<fraction>\.\d{1,9})?"
    r"(?P<offset>Z|[ +-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


def build_slot_query(practitioners: Collection[str], *, start: datetime, end: datetime, cpts: bool = False) -> str:
    """`Slot?…` to append to an editor's base URL, percent-encoded already: no client may encode it again.

    `practitioners`: 1 to 25 prefixed national ids. `start`, `end`: aware, bounds of `Slot.start`; written with
    milliseconds and the offset that Europe/Paris has at that instant. `cpts` adds the two includes of INT_R04.
    Raises ValueError when there is no id, more than 25, a naive time or an empty window.
    """
    if not 1 <= len(practitioners) <= MAX_IDS:
        raise ValueError(f"{len(practitioners)} ids in one search: 1 to {MAX_IDS} are allowed")
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("the window of a search needs aware datetimes")
    if end < start:
        raise ValueError(f"the window ends ({end}) before it starts ({start})")
    # Nearly every id is digits; `quote` would be a third of the work, in each of the 32 calls of a search.
    plain = (value if value.isascii() and value.isalnum() else quote(value, safe="") for value in practitioners)
    ids = ",".join([f"{IDNPS}%7C{value}" for value in plain])
    includes = "&".join(f"{name}={value}" for name, value in (*INCLUDES, *(CPTS_INCLUDES if cpts else ())))
    return f"Slot?{includes}&start=ge{_instant(start)}&start=le{_instant(end)}&{PRACTITIONERS}={ids}&status=free"


def _instant(moment: datetime) -> str:
    return moment.astimezone(PARIS).isoformat(timespec="milliseconds").replace("+", "%2B")


class SlotQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A search for slots, understood. Ids are prefixed, unique, in the order asked.

    `start` and `end` bound `Slot.start` (both included). `wants_free` is false when only other statuses are asked:
    nothing matches then. `includes` keeps the `_include` and `_include:iterate` values as received.
    """

    practitioners: tuple[str, ...]
    start: datetime
    end: datetime
    wants_free: bool = True
    includes: tuple[str, ...] = ()
    count: int | None = None

    @property
    def wants_cpts(self) -> bool:
        """True for INT_R04: the CPTS of each slot is asked for too."""
        return any(value.lower() == "slot:service-type-reference" for value in self.includes)


class QueryProblem(msgspec.Struct, frozen=True):
    """Why a search is refused: a code of FHIR's `issue-type` and an English diagnostic for the developer."""

    code: Literal["required", "value", "too-costly", "too-long"]
    parameter: str
    diagnostics: str


class RefusedQuery(msgspec.Struct, frozen=True):
    """A search that cannot be answered: HTTP 400 with an OperationOutcome, one issue per problem."""

    problems: tuple[QueryProblem, ...]


def parse_slot_query(raw_query: str) -> SlotQuery | RefusedQuery:
    """Read what follows `Slot?`, exactly as received on the wire.

    Tolerant (§1.0.1, §1.0.2): `%3A` in names, raw or encoded `|` and `,`, blanks around ids, ids with or without
    system and prefix, a `+` that became a space, seconds with or without milliseconds, `Z`, no offset at all
    (Europe/Paris). A date alone counts from (`ge`) or until (`le`) the edge of that day.
    """
    parameters = parameters_of(raw_query)
    if isinstance(parameters, RefusedQuery):
        return parameters
    problems: list[QueryProblem] = []
    window = window_of([value for name, value in parameters if name == "start"], problems)
    practitioners = _ids([value for name, value in parameters if name == PRACTITIONERS], problems)
    statuses = {item.rpartition("|")[2] for name, value in parameters if name == "status" for item in values_of(value)}
    if problems or window is None:
        return RefusedQuery(tuple(problems))
    return SlotQuery(
        practitioners=practitioners,
        start=window[0],
        end=window[1],
        wants_free=not statuses or "free" in statuses,
        includes=tuple(value for name, value in parameters if name in ("_include", "_include:iterate")),
        count=next(
            (int(v) for n, v in parameters if n == "_count" and v.isascii() and v.isdigit() and len(v) < 7), None
        ),
    )


def parameters_of(raw_query: str) -> list[tuple[str, str]] | RefusedQuery:
    """Names and values in order, repeated ones kept: repetition means AND."""
    if len(raw_query) > _MAX_QUERY_LENGTH:
        return RefusedQuery((QueryProblem("too-long", "", f"more than {_MAX_QUERY_LENGTH} characters"),))
    pairs = (pair.partition("=") for pair in raw_query.removeprefix("?").split("&") if pair)
    return [(unquote_plus(name), unquote_plus(value).strip()) for name, _, value in pairs]


def values_of(value: str) -> list[str]:
    """The values of one parameter, any of which is meant."""
    return [item.strip() for item in value.split(",") if item.strip()]


def _ids(values: Sequence[str], problems: list[QueryProblem]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    asked = [item for value in values for item in values_of(value)]
    for item in asked:
        space, bar, value = item.rpartition("|")
        # Another system is not an error: it matches nobody here.
        if value and (not bar or not space or system(space).value == IDNPS):
            found[practitioner_id(value).value] = None
    if not asked:
        problems.append(QueryProblem("required", PRACTITIONERS, "1 to 25 professionals are required"))
    elif len(asked) > MAX_IDS:
        problems.append(QueryProblem("too-costly", PRACTITIONERS, f"{len(asked)} ids, at most {MAX_IDS}"))
    return tuple(found)


def window_of(values: Sequence[str], problems: list[QueryProblem], *, parameter: str = "start") -> Window | None:
    """The window that `ge…` and `le…` bound, the narrowest when one is given several times; problems are added."""
    start = _bound("ge", values, problems, parameter)
    end = _bound("le", values, problems, parameter)
    return None if start is None or end is None else (start, end)


def _bound(
    prefix: Literal["ge", "le"], values: Sequence[str], problems: list[QueryProblem], parameter: str
) -> datetime | None:
    moments = []
    for value in values:
        if value[:2] not in ("ge", "le"):
            if prefix == "ge":  # said once, not once per bound
                problems.append(QueryProblem("value", parameter, f"`{value[:60]}`: only `ge` and `le` are supported"))
        elif value[:2] == prefix:
            moment = _moment(value[2:], end_of_day=prefix == "le")
            if moment is None:
                problems.append(QueryProblem("value", parameter, f"`{value[:60]}` is not a date and time"))
                return None
            moments.append(moment)
    if not moments:
        if not any(problem.parameter == parameter for problem in problems):
            problems.append(QueryProblem("required", parameter, f"`{parameter}={prefix}…` is required"))
        return None
    return max(moments) if prefix == "ge" else min(moments)


def _moment(text: str, *, end_of_day: bool) -> datetime | None:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    time = match["time"] or ("23:59:59.999" if end_of_day else "00:00:00")
    fraction = (match["fraction"] or "")[:7]
    offset = (match["offset"] or "").replace(" ", "+")
    try:
        moment = datetime.fromisoformat(f"{match['day']}T{time}{':00' if len(time) == 5 else ''}{fraction}{offset}")
        return moment if moment.tzinfo else moment.replace(tzinfo=PARIS)
    except ValueError:
        return None
