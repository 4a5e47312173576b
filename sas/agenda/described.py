"""A pattern described in JSON, as `expand_agenda` reads it (docs/interfaces.md), and the slots it gives in a window.

Weekly recurrences go through `rules.expand`, like those of the screens. Any other RFC 5545 rule gives days, by dateutil
and within bounds, and each day goes through the same rules. Times without offset are those of the place.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import rrule

from sas.agenda.models import LARGEST_CAPACITY, MOST_EXCEPTIONS
from sas.agenda.rules import FOREVER, NEVER_ENDS, Pattern, Span, expand, merged
from sas.agenda.sheets import department_of
from sas.directory.calendar import region_of

KNOWN = {
    *("timezone", "insee", "start", "end", "rrule", "exceptions"),
    *("skip_public_holidays", "split_minutes", "capacity", "unavailable"),
}
DAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
OURS = frozenset({"FREQ", "INTERVAL", "BYDAY", "UNTIL", "WKST"})
LONGEST_RULE = 500
LARGEST_INTERVAL = 10_000
MOST_DAYS = 40_000
MOST_SLOTS = 200_000
MOST_UNAVAILABLE = 1_000


class PatternRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The description does not make a pattern; the message (French) names the field."""


class Described(NamedTuple):
    """What was read: `pattern` without its recurrence when `rule` (RFC 5545, parts by name) is for dateutil."""

    pattern: Pattern
    rule: dict[str, str]
    capacity: int
    away: tuple[tuple[float, float], ...]


def slots(description: Mapping[str, Any], since: str | datetime, until: str | datetime) -> list[dict[str, Any]]:
    """The slots that start from `since` to `until`, both included: `start` and `end` in ISO 8601 with the offset of the
    place, `capacity`. Raises `PatternRefused`."""
    read = described(description)
    zone = ZoneInfo(read.pattern.timezone)
    start, end = _instant(since, zone, "--from"), _instant(until, zone, "--to")
    found = expand(read.pattern, start, end, read.away) if not read.rule else _by_rule(read, start, end)
    if len(found) > MOST_SLOTS:
        raise PatternRefused(f"Plus de {MOST_SLOTS} créneaux : réduisez la période.")
    return [
        {
            "start": datetime.fromtimestamp(at, zone).isoformat(),
            "end": datetime.fromtimestamp(closes, zone).isoformat(),
            "capacity": read.capacity,
        }
        for at, closes in found
    ]


def described(given: Mapping[str, Any]) -> Described:
    """The description, checked. Raises `PatternRefused`."""
    if not isinstance(given, Mapping):
        raise PatternRefused("Le fichier contient un objet JSON.")
    if unknown := sorted(set(given) - KNOWN):
        raise PatternRefused(f"Champ inconnu : {', '.join(unknown)}.")
    zone = _zone(given.get("timezone", "Europe/Paris"))
    starts, ends = (_wall(given.get(name), zone, name) for name in ("start", "end"))
    if starts.date() != ends.date() or ends <= starts:
        raise PatternRefused("end : la fin vient après le début, le même jour.")
    begins, closes = (60 * at.hour + at.minute for at in (starts, ends))
    split = _whole(given, "split_minutes", 0, 1, 24 * 60)
    if split > closes - begins:
        raise PatternRefused("split_minutes : plus long que l’ensemble, aucun créneau n’y tient.")
    skip = given.get("skip_public_holidays") or False
    if not isinstance(skip, bool):
        raise PatternRefused("skip_public_holidays : true ou false.")
    pattern = Pattern(
        zone.key,
        starts.toordinal(),
        begins,
        closes,
        split,
        exceptions=frozenset(day.toordinal() for day in _exceptions(given.get("exceptions"))),
        holidays=_region(given.get("insee")) if skip else None,
    )
    rule = _rule(given.get("rrule"))
    weekly = _weekly(pattern, rule, starts, zone) if rule else None
    capacity = _whole(given, "capacity", 1, 1, LARGEST_CAPACITY)
    return Described(weekly or pattern, {} if weekly else rule, capacity, _away(given.get("unavailable"), zone))


def _by_rule(read: Described, start: int, end: int) -> list[Span]:
    found: list[Span] = []
    for day in _days(read, end):
        found += expand(read.pattern._replace(first_on=day.toordinal()), start, end, read.away)
        if len(found) > MOST_SLOTS:
            break
    return found


def _days(read: Described, end: int) -> Iterator[date]:
    """The days of a rule of dateutil, from its first to the end of the window: never further."""
    zone = ZoneInfo(read.pattern.timezone)
    first = datetime.fromordinal(read.pattern.first_on) + timedelta(minutes=read.pattern.starts_at)
    last = datetime.fromtimestamp(end, zone).replace(tzinfo=None)
    if "UNTIL" in read.rule:
        last = min(last, _until(read.rule["UNTIL"], zone))
    text = ";".join(f"{name}={value}" for name, value in read.rule.items() if name not in ("UNTIL", "COUNT"))
    most = int(read.rule.get("COUNT", MOST_DAYS + 1))
    try:
        rule = rrule.rrulestr(text, dtstart=first)
        for number, at in enumerate(rule.replace(until=last)):
            if number >= most:
                return
            if number >= MOST_DAYS:
                raise PatternRefused(f"rrule : plus de {MOST_DAYS} jours avant la fin de la période.")
            yield at.date()
    except (ValueError, TypeError, OverflowError, KeyError, IndexError, AttributeError) as error:
        raise PatternRefused(f"rrule : règle illisible ({text}).") from error


def _rule(given: Any) -> dict[str, str]:
    if given in (None, ""):
        return {}
    if not isinstance(given, str) or len(given) > LONGEST_RULE or "\n" in given:
        raise PatternRefused(f"rrule : une règle RFC 5545 d’une ligne, {LONGEST_RULE} caractères au plus.")
    text = given.strip().upper().removeprefix("RRULE:")
    rule: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, equals, value = part.partition("=")
        if not equals or not value or name in rule:
            raise PatternRefused(f"rrule : « {part} » est illisible.")
        rule[name] = value
    if rule.get("FREQ") not in FREQUENCIES:
        raise PatternRefused("rrule : FREQ est DAILY, WEEKLY, MONTHLY ou YEARLY ; une fois par jour au plus.")
    if hours := {"BYHOUR", "BYMINUTE", "BYSECOND"} & set(rule):
        raise PatternRefused(f"rrule : {', '.join(sorted(hours))} est refusé, les heures sont celles de start et end.")
    for name, most in (("INTERVAL", LARGEST_INTERVAL), ("COUNT", MOST_DAYS)):
        value = rule.get(name, "1")
        if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= most):
            raise PatternRefused(f"rrule : {name} va de 1 à {most}.")
    if "UNTIL" in rule and "COUNT" in rule:
        raise PatternRefused("rrule : UNTIL ou COUNT, pas les deux.")
    return rule


def _weekly(pattern: Pattern, rule: dict[str, str], starts: datetime, zone: ZoneInfo) -> Pattern | None:
    """The rule as one of ours, when it says nothing more than ours do."""
    weekdays = rule.get("BYDAY", list(DAYS)[starts.weekday()]).split(",")
    plain = set(rule) <= OURS and set(weekdays) <= set(DAYS)
    if not plain or rule["FREQ"] != "WEEKLY" or rule.get("WKST", "MO") != "MO":
        return None
    until = NEVER_ENDS
    if "UNTIL" in rule:
        wall = _until(rule["UNTIL"], zone)
        until = wall.toordinal() - (wall.time() < starts.time())
    return pattern._replace(
        repeat_weeks=int(rule.get("INTERVAL", "1")),
        weekdays=tuple(sorted({DAYS[name] for name in weekdays})),
        until=until,
    )


def _until(text: str, zone: ZoneInfo) -> datetime:
    """UNTIL in the wall clock of the place, included; a date is its whole day."""
    try:
        if len(text) == len("20260406"):
            return datetime.combine(datetime.strptime(text, "%Y%m%d").replace(tzinfo=zone).date(), time.max)
        wall = datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S").replace(
            tzinfo=UTC if text[-1] == "Z" else zone
        )
    except ValueError as error:
        raise PatternRefused(f"rrule : UNTIL « {text} » n’est ni AAAAMMJJ ni AAAAMMJJTHHMMSS.") from error
    return wall.astimezone(zone).replace(tzinfo=None)


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise PatternRefused(f"timezone : « {name} » est inconnu.") from error


def _wall(text: Any, zone: ZoneInfo, name: str) -> datetime:
    at = _parsed(text, name)
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at


def _instant(text: Any, zone: ZoneInfo, name: str) -> int:
    at = text if isinstance(text, datetime) else _parsed(text, name)
    return int((at if at.tzinfo else at.replace(tzinfo=zone)).timestamp())


def _parsed(text: Any, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise PatternRefused(f"{name} : une date et une heure ISO 8601, par exemple 2026-03-23T08:00.") from error


def _whole(given: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PatternRefused(f"{name} : un nombre entier de {least} à {most}.")
    return value


def _exceptions(given: Any) -> list[date]:
    if given is not None and not isinstance(given, list):
        raise PatternRefused("exceptions : une liste de dates.")
    if len(given or ()) > MOST_EXCEPTIONS:
        raise PatternRefused(f"exceptions : {MOST_EXCEPTIONS} dates au plus.")
    return [_parsed(day, "exceptions").date() for day in given or ()]


def _region(insee: Any) -> str:
    if not isinstance(insee, str) or len(insee) != 5:
        raise PatternRefused("insee : le code de la commune, pour connaître ses jours fériés.")
    return region_of(department_of(insee))


def _away(given: Any, zone: ZoneInfo) -> tuple[tuple[float, float], ...]:
    if given is not None and not isinstance(given, list):
        raise PatternRefused("unavailable : une liste de périodes.")
    if len(given or ()) > MOST_UNAVAILABLE:
        raise PatternRefused(f"unavailable : {MOST_UNAVAILABLE} périodes au plus.")
    spans: list[tuple[float, float]] = []
    for one in given or ():
        if not isinstance(one, Mapping) or not set(one) <= {"from", "to"}:
            raise PatternRefused('unavailable : des périodes {"from": …, "to": …}.')
        since = _instant(one.get("from"), zone, "unavailable.from")
        until = _closing(one["to"], zone) if one.get("to") is not None else FOREVER
        if until <= since:
            raise PatternRefused("unavailable : la fin vient après le début.")
        spans.append((since, until))
    return merged(spans)


def _closing(text: Any, zone: ZoneInfo) -> float:
    """A date is its whole day."""
    if isinstance(text, str) and len(text) == len("2026-04-06"):
        return _instant(_parsed(text, "unavailable.to") + timedelta(days=1), zone, "unavailable.to")
    return _instant(text, zone, "unavailable.to")
