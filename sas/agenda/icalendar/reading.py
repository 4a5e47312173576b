"""An iCalendar file as time: which ranges of the next weeks its events fill, in the wall clock of a place.

A bad event costs itself: it is told by its line and its reason, never by what it holds. Pure; bounded by the bytes of
the file, the steps of its rules and the ranges it makes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from icalendar.prop import vDuration

from sas.agenda.icalendar.lines import Property, RawEvent, read_lines, text_of
from sas.agenda.icalendar.rules import BadEventError, Budget, Piece, Rule, TooMuchError, read_rule, starts_within
from sas.agenda.icalendar.zones import Zones

LARGEST_FILE = 2 * 1024 * 1024
WEEKS = 8
MOST_PIECES = 3000
MOST_DATES = 1000
"""EXDATE and RDATE values of one event."""
MOST_LISTED = 50
_DATE, _MOMENT = re.compile(r"\d{8}"), re.compile(r"(\d{8}T\d{6})(Z?)")
LONGEST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that is left out: the line where it begins, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """A range of time of the file, in the wall clock of the place. `free`: the file says that one stays available."""

    piece: Piece
    all_day: bool
    free: bool
    line: int


@dataclass(slots=True)
class Reading:
    """What a file gives. `outside`: events that are past, too far, or cancelled. `refused`: the first ones."""

    spans: list[Span] = field(default_factory=list)
    events: int = 0
    outside: int = 0
    refused: list[Refused] = field(default_factory=list)
    refusals: int = 0

    def refuse(self, line: int, reason: str) -> None:
        """Leave an event out."""
        self.refusals += 1
        if len(self.refused) < MOST_LISTED:
            self.refused.append(Refused(line, reason))


@dataclass(frozen=True, slots=True)
class Window:
    """From `now` (included) to the end (excluded): instants, and the wall clock of the place."""

    zone: ZoneInfo
    now: datetime

    @property
    def end(self) -> datetime:
        """The midnight that ends the last day, there."""
        last = self.now.astimezone(self.zone).date() + timedelta(weeks=WEEKS)
        return datetime.combine(last, time(), self.zone)

    @property
    def days(self) -> list[date]:
        """Its days, today included."""
        today = self.now.astimezone(self.zone).date()
        return [today + timedelta(days=n) for n in range(7 * WEEKS)]


@dataclass(frozen=True, slots=True)
class _When:
    """A DTSTART: wall clock of `zone`. `all_day`: a date."""

    wall: datetime
    zone: tzinfo
    all_day: bool


def read_calendar(content: bytes, window: Window) -> Reading:
    """The ranges of the file inside `window`. Raises `NotACalendarError` or `TooMuchError` when nothing can be read."""
    if len(content) > LARGEST_FILE:
        raise TooMuchError("Ce fichier dépasse 2 Mo. Exportez seulement les semaines à venir.")
    raw = read_lines(text_of(content))
    zones = Zones(window.zone, raw.zones, window.now)
    reading, budget = Reading(events=len(raw.events)), Budget()
    moved = _moved(raw.events)
    for event in raw.events:
        try:
            _read(event, zones, window, moved, budget, reading)
        except BadEventError as error:
            reading.refuse(event.line, str(error))
    reading.spans.sort(key=lambda span: (span.piece, span.line))
    return reading


def _moved(events: list[RawEvent]) -> dict[str, set[str]]:
    """UID → recurrences that an event of their own replaces, as they are written."""
    found: dict[str, set[str]] = defaultdict(set)
    for event in events:
        replaced = event.first("RECURRENCE-ID")
        uid = event.first("UID")
        if replaced and uid and len(found[uid.value]) < MOST_DATES:
            found[uid.value].add(f"{replaced.zone}|{replaced.value}")
    return found


def _read(
    event: RawEvent, zones: Zones, window: Window, moved: dict[str, set[str]], budget: Budget, reading: Reading
) -> None:
    if event.text("STATUS") == "CANCELLED":
        reading.outside += 1
        return
    first = _when(event.first("DTSTART"), zones)
    length = _length(event, first, zones)
    starts = _starts(event, first, length, zones, window, moved, budget)
    free = event.text("TRANSP") == "TRANSPARENT"
    kept = 0
    for start in starts:
        piece = _there(start, first, length, window)
        if piece is None:
            continue
        kept += 1
        reading.spans.append(Span(piece, first.all_day, free, event.line))
        if len(reading.spans) > MOST_PIECES:
            raise TooMuchError(
                f"Ce fichier remplit plus de {MOST_PIECES} moments des huit prochaines semaines : exportez un seul "
                "agenda de consultation."
            )
    reading.outside += not kept


def _when(said: Property | None, zones: Zones) -> _When:
    if said is None:
        raise BadEventError("début absent")
    if said.is_date or _DATE.fullmatch(said.value):
        return _When(_wall(f"{said.value}T000000"), zones.place, True)
    found = _MOMENT.fullmatch(said.value)
    if found is None:
        raise BadEventError("date de début illisible")
    zone = UTC if found[2] else zones.named(said.zone)
    if zone is None:
        raise BadEventError("fuseau horaire inconnu")
    return _When(_wall(found[1]), zone, False)


def _wall(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 — a wall clock; its zone is beside it
    except ValueError:
        raise BadEventError("date illisible") from None


def _length(event: RawEvent, first: _When, zones: Zones) -> timedelta:
    """How long it lasts, on the wall clock of its start."""
    said = event.first("DTEND")
    if said is not None:
        end = _when(said, zones)
        length = end.wall - first.wall
        if end.zone is not first.zone:
            length = end.wall.replace(tzinfo=end.zone) - first.wall.replace(tzinfo=first.zone)
    elif (duration := event.first("DURATION")) is not None:
        try:
            length = vDuration.from_ical(duration.value[:40].upper())
        except (ValueError, OverflowError):
            raise BadEventError("durée illisible") from None
    else:
        length = timedelta(days=1) if first.all_day else timedelta()
    if length <= timedelta():
        raise BadEventError("fin absente, ou avant le début")
    if length > LONGEST:
        raise BadEventError("dure plus d’un mois")
    return length


def _starts(
    event: RawEvent,
    first: _When,
    length: timedelta,
    zones: Zones,
    window: Window,
    moved: dict[str, set[str]],
    budget: Budget,
) -> list[datetime]:
    """Wall-clock starts that may fall in the window, in the zone of the event, without those that were moved."""
    if "EXRULE" in event.properties:
        raise BadEventError("règle d’exception (EXRULE)")
    after = window.now.astimezone(first.zone).replace(tzinfo=None) - length
    before = window.end.astimezone(first.zone).replace(tzinfo=None)
    rules = event.properties.get("RRULE", [])
    if len(rules) > 1 or any(one.too_long for values in event.properties.values() for one in values):
        raise BadEventError("trop de dates ou de règles pour un seul évènement")
    found = {first.wall} if after <= first.wall < before else set()
    if rules:
        rule = _until(read_rule(rules[0].value), rules[0].value, first)
        found |= set(starts_within(rule, first.wall, after, before, budget))
    found |= {day for day in _dates(event, "RDATE", first, zones) if after <= day < before}
    if not found:
        return []
    gone = set(_dates(event, "EXDATE", first, zones))
    uid = event.first("UID")
    if uid and "RECURRENCE-ID" not in event.properties:
        for one in moved.get(uid.value, ()):
            zone, _, value = one.partition("|")
            gone.add(_same_clock(Property(value, zone, False, False), first, zones))
    return sorted(found - gone)


def _until(rule: Rule, text: str, first: _When) -> Rule:
    said = re.search(r"UNTIL=([^;]*)", text.upper())
    if said is None:
        return rule
    value = said[1].strip()
    if _DATE.fullmatch(value):
        until = _wall(f"{value}T235959")
    elif found := _MOMENT.fullmatch(value):
        until = _wall(found[1])
        if found[2] and not first.all_day:
            until = until.replace(tzinfo=UTC).astimezone(first.zone).replace(tzinfo=None)
    else:
        raise BadEventError("date de fin de répétition illisible")
    return Rule(rule.frequency, rule.interval, rule.count, until, rule.weekdays, rule.month_days, rule.week_start)


def _dates(event: RawEvent, name: str, first: _When, zones: Zones) -> Iterator[datetime]:
    count = 0
    for said in event.properties.get(name, ()):
        for value in said.value.split(","):
            count += 1
            if count > MOST_DATES:
                raise BadEventError("plus de 1 000 dates pour un seul évènement")
            # A period (RDATE;VALUE=PERIOD): its start; its own length is not followed.
            yield _same_clock(Property(value.partition("/")[0].strip(), said.zone, said.is_date, False), first, zones)


def _same_clock(said: Property, first: _When, zones: Zones) -> datetime:
    """A date of the event, in the wall clock of its start."""
    other = _when(said, zones)
    if other.all_day and not first.all_day:
        return datetime.combine(other.wall.date(), first.wall.time())
    if other.zone is first.zone:
        return other.wall
    return other.wall.replace(tzinfo=other.zone).astimezone(first.zone).replace(tzinfo=None)


def _there(start: datetime, first: _When, length: timedelta, window: Window) -> Piece | None:
    """The range in the wall clock of the place; None outside the window, or at an hour that does not exist."""
    begins = start.replace(tzinfo=first.zone)
    if begins.astimezone(UTC).astimezone(first.zone).replace(tzinfo=None) != start:
        return None
    ends = (start + length).replace(tzinfo=first.zone)
    if ends <= window.now or begins >= window.end:
        return None
    piece = Piece(*(one.astimezone(window.zone).replace(tzinfo=None) for one in (begins, ends)))
    return piece if piece.start < piece.end else None
