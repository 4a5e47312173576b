"""What the SAS of each place asks of regulators: its hours of PDSA, whether to call before booking. One query."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sas.directory.calendar import Pdsa, PdsaHours, is_pdsa, region_of
from sas.directory.models import Territory
from sas.directory.territory_queries import pdsa_hours, territories_of


@dataclass(frozen=True, slots=True)
class LocalRules:
    """Of one place. `calling`: `never`, `public` or `always` (S1 Q21, S4)."""

    pdsa: PdsaHours
    region: str
    calling: str

    def is_pdsa(self, moment: datetime) -> Pdsa:
        """Whether this moment, in the clock of its place, falls in PDSA hours there."""
        zone = moment.tzinfo
        return is_pdsa(moment, self.pdsa, self.region, zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))

    def call_first(self, types: Iterable[str]) -> bool:
        """Whether a slot of these types is to be announced by phone before it is booked."""
        return self.calling == Territory.Calling.ALWAYS or (
            self.calling == Territory.Calling.PUBLIC and "PUBLIC" in types
        )


def local_rules(places: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], LocalRules]:
    """By (insee, department); a place that no SAS answers for is absent."""
    return {
        place: LocalRules(pdsa_hours(territory), region_of(place[1]), territory.call_before_booking)
        for place, territory in territories_of(set(places)).items()
    }
