"""The lines of an iCalendar file (RFC 5545) that say when, and no others: what, where and who are never read.

SUMMARY, DESCRIPTION, LOCATION, ATTENDEE… may hold a patient's name: those lines are dropped before anything looks at
them. Pure; bounded by the size of the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "UID", "STATUS", "TRANSP"}
)
IN_ZONES = frozenset({"TZID", "TZOFFSETTO", "X-LIC-LOCATION"})
LONGEST_LINE = 20_000
"""Characters, once unfolded: a thousand dates. What is longer is cut, and its event refused."""
DEEPEST = 8
_NAME = re.compile(r"([A-Za-z0-9-]{1,40})((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):")
_PARAMETER = re.compile(r";([A-Za-z0-9-]+)=(?:\"([^\"]*)\"|([^;:\"]*))")


class NotACalendarError(ValueError):
    """The file is no iCalendar file; the message, in French, says what to send."""


class Property(NamedTuple):
    """One line that was kept. `too_long`: it was cut."""

    value: str
    zone: str
    is_date: bool
    too_long: bool


@dataclass(slots=True)
class RawEvent:
    """A VEVENT: `line` is that of its BEGIN, counted from 1. Several properties of a name are kept in order."""

    line: int
    properties: dict[str, list[Property]] = field(default_factory=dict)

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        return next(iter(self.properties.get(name, ())), None)

    def text(self, name: str) -> str:
        """Its value in upper case; empty when it is not said."""
        found = self.first(name)
        return found.value.strip().upper() if found else ""


@dataclass(slots=True)
class RawZone:
    """A VTIMEZONE: the name that events use, another name it may give, the offsets that it writes."""

    name: str = ""
    location: str = ""
    offsets: set[str] = field(default_factory=set)


@dataclass(slots=True)
class RawCalendar:
    """What a file says about time."""

    events: list[RawEvent] = field(default_factory=list)
    zones: list[RawZone] = field(default_factory=list)


def text_of(content: bytes) -> str:
    """The text of a file: UTF-8, else the encoding of old Windows software; nothing that is kept depends on it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_lines(text: str) -> RawCalendar:
    """The events and zones of a file. Raises `NotACalendarError`; a broken line costs itself."""
    found = RawCalendar()
    stack: list[str] = []
    event: RawEvent | None = None
    zone: RawZone | None = None
    seen = False
    for number, line, cut in _unfolded(text):
        upper = line[:60].strip().upper()
        if upper.startswith("BEGIN:"):
            inside = upper[6:]
            seen = seen or inside == "VCALENDAR"
            if len(stack) < DEEPEST:
                stack.append(inside)
            if inside == "VEVENT" and "VEVENT" not in stack[:-1]:
                event = RawEvent(number)
                found.events.append(event)
            elif inside == "VTIMEZONE":
                zone = RawZone()
                found.zones.append(zone)
        elif upper.startswith("END:"):
            if stack and stack[-1] == upper[4:]:
                stack.pop()
            event = None if upper[4:] == "VEVENT" else event
            zone = None if upper[4:] == "VTIMEZONE" else zone
        elif event is not None and stack[-1:] == ["VEVENT"]:
            _keep(event, line, cut)
        elif zone is not None:
            _note(zone, line)
    if not seen:
        raise NotACalendarError(
            "Ce fichier n’est pas un calendrier. Dans votre logiciel, cherchez « Exporter » au format iCalendar (.ics)."
        )
    return found


def _unfolded(text: str) -> Iterator[tuple[int, str, bool]]:
    """(number of its first line, logical line, whether it was cut). Long lines are folded on lines that begin with a
    blank; those of other properties are dropped as they come."""
    begun, parts, size, wanted = 0, list[str](), 0, False
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t"):
            if wanted and size <= LONGEST_LINE:
                parts.append(line[1:])
                size += len(line)
            continue
        if wanted:
            yield begun, "".join(parts)[:LONGEST_LINE], size > LONGEST_LINE
        begun, parts, size = number, [line[: LONGEST_LINE + 1]], len(line)
        wanted = re.split(r"[;:]", line[:42], maxsplit=1)[0].upper() in _WANTED
    if wanted:
        yield begun, "".join(parts)[:LONGEST_LINE], size > LONGEST_LINE


_WANTED = KEPT | IN_ZONES | {"BEGIN", "END"}


def _keep(event: RawEvent, line: str, cut: bool) -> None:
    found = _NAME.match(line)
    if found is None or found[1].upper() not in KEPT:
        return
    parameters = {name.upper(): quoted or bare for name, quoted, bare in _PARAMETER.findall(found[2])}
    said = Property(
        value=line[found.end() :].strip(),
        zone=parameters.get("TZID", "").strip(),
        is_date=parameters.get("VALUE", "").upper() == "DATE",
        too_long=cut,
    )
    event.properties.setdefault(found[1].upper(), []).append(said)


def _note(zone: RawZone, line: str) -> None:
    name, _, value = line.partition(":")
    name, value = name.partition(";")[0].strip().upper(), value.strip()
    if name == "TZID":
        zone.name = value
    elif name == "X-LIC-LOCATION":
        zone.location = value
    elif name == "TZOFFSETTO" and len(zone.offsets) < 20:
        zone.offsets.add(value)
