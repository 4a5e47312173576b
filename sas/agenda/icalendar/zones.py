"""Which time zone an event speaks of: a name of the tz database, one of Windows, or the one that a file describes."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sas.agenda.icalendar.lines import RawZone


class Zones:
    """The zones that one file may name. `place`: that of the place of practice, for times without any."""

    def __init__(self, place: ZoneInfo, described: Iterable[RawZone], now: datetime) -> None:
        self.place = place
        self._described = {zone.name: zone for zone in described if zone.name}
        self._offsets = _offsets_of(place, now.year)
        self._known: dict[str, tzinfo | None] = {"": place}

    def named(self, name: str) -> tzinfo | None:
        """The zone of that name; None when nobody knows it."""
        if name not in self._known:
            self._known[name] = self._found(name)
        return self._known[name]

    def _found(self, name: str) -> tzinfo | None:
        described = self._described.get(name)
        names = [name, described.location] if described else [name]
        for one in names:
            if key := _key_of(one):
                return ZoneInfo(key)
        # Software that invents a name describes the zone: that of the place, if it has the same offsets.
        if described and described.offsets and described.offsets <= self._offsets:
            return self.place
        return None


@cache
def _keys() -> frozenset[str]:
    return frozenset(available_timezones())


def _key_of(name: str) -> str | None:
    if name.upper() in ("UTC", "GMT", "Z"):
        return "UTC"
    if name in WINDOWS_TO_OLSON:
        return str(WINDOWS_TO_OLSON[name])
    parts = name.strip("/").split("/")[-3:]
    # « /freeassociation.sourceforge.net/Europe/Paris ».
    return next((key for n in range(len(parts)) if (key := "/".join(parts[n:])) in _keys()), None)


def _offsets_of(zone: ZoneInfo, year: int) -> set[str]:
    return {f"{datetime(year, month, 1, 12, tzinfo=UTC).astimezone(zone):%z}" for month in (1, 7)}
