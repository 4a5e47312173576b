"""Who sits in a lot, and with what: the editors that are asked, the SAS agenda, what is shared, when they are away.

A fixed number of queries, whatever the number of people. Reads only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sas.agenda import queries as agenda_queries
from sas.agenda.queries import AgendaSlot, Away
from sas.aggregator import queries as aggregator_queries
from sas.directory import queries as directory_queries
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate
from sas.directory.structure_queries import StructureRow
from sas.participation import queries as participation_queries
from sas.participation.queries import EVERYTHING, VisibilityNow, Way
from sas.search.away import covers, merged
from sas.search.local_rules import LocalRules, local_rules
from sas.search.matching import KnownPlace, distance_m
from sas.search.ranking import CardSlot, window_end

AGENDA_TYPES = ("SNP",)
"""What a slot of the SAS agenda is: unscheduled care, whoever asks."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One candidate in the lot.

    `editors`: keys of the editors to ask, none for whoever opted out. `way`: how they take part at this place, if they
    do. `agenda`: places free in the SAS agenda of this place. `away`: spans in which nothing may be shown here;
    `emptied`: they alone are why the SAS agenda has nothing. `rules`: those of the SAS of this place.
    `structure`: whose card this is, when it is not a person's; `candidate` then repeats what both have. `in_zone`: a
    CPTS that stands here because its zone holds the searched place. `preferred`: the patient's own doctor.
    """

    index: int
    candidate: Candidate
    distance_m: int
    editors: tuple[str, ...]
    places: tuple[KnownPlace, ...]
    way: Way | None = None
    agenda: tuple[CardSlot, ...] = ()
    away: Away = ()
    emptied: bool = False
    visibility: VisibilityNow = EVERYTHING
    rules: LocalRules | None = None
    structure: StructureRow | None = None
    in_zone: bool = False
    preferred: bool = False

    @property
    def key(self) -> str:
        """Names the card on the page, in the stream and in the API: « 123 », or « s45 » for a structure."""
        return f"s{self.structure.id}" if self.structure else str(self.candidate.location_id)

    @property
    def kind(self) -> str:
        """What the card is of: `practitioner`, `cpts`, `sos` or `structure`, as the API says it."""
        if self.structure is None:
            return "practitioner"
        return {"cpts": "cpts", "sos": "sos", "sos_place": "sos"}.get(self.structure.kind, "structure")

    @property
    def via(self) -> str | None:
        """`individual`, `cpts`, `msp`, `sos`, `cds`, or nothing."""
        return self.way.via if self.way else None


def seated(
    rows: Sequence[Candidate], *, place: Place, now: datetime, days: int, numbered_from: int = 0
) -> tuple[Seat, ...]:
    """These candidates in this order. Seven queries at most."""
    if not rows:
        return ()
    people = list({row.practitioner_id: None for row in rows})
    links = aggregator_queries.links_of([row.national_id for row in rows])
    ways = participation_queries.participations_of(people, now.astimezone(ZoneInfo(place.timezone)).date())
    visible = participation_queries.visibility_now(people)
    ends = {zone: window_end(now, ZoneInfo(zone), days) for zone in {row.timezone for row in rows}}
    supply = agenda_queries.supply(practitioner_ids=people, start=now, end=max(ends.values()))
    linked = [row.practitioner_id for row in rows if row.national_id in links]
    places = known_places(directory_queries.places_of(linked))
    rules = local_rules((row.insee, row.department) for row in rows)
    point = (place.latitude, place.longitude)
    seats = []
    for number, row in enumerate(rows):
        person, end = row.practitioner_id, ends[row.timezone]
        visibility = visible.get(person, EVERYTHING)
        away = merged(supply.away.get((person, ""), ()), supply.away.get((person, row.place_key), ()))
        silent = visibility.opted_out or covers(away, now.timestamp(), end.timestamp())
        offered = supply.slots.get((person, row.place_key), ())
        seats.append(
            Seat(
                index=numbered_from + number,
                candidate=row,
                distance_m=round(distance_m(*point, row.latitude, row.longitude)),
                editors=() if silent else links.get(row.national_id, ()),
                places=places.get(person, ()),
                way=way_here(ways.get(person), row),
                agenda=agenda_slots(offered, until=end, now=now),
                away=away,
                emptied=(person, row.place_key) in supply.emptied,
                visibility=visibility,
                rules=rules.get((row.insee, row.department)),
            )
        )
    return tuple(seats)


def way_here(way: Way | None, row: Candidate) -> Way | None:
    """How somebody takes part at this place. Pending is not yet: a structure that is not known cannot be called."""
    if way is None or way.pending or not row.participates:
        return None
    return way if not way.place_keys or row.place_key in way.place_keys else None


def agenda_slots(offered: Sequence[AgendaSlot], *, until: datetime, now: datetime) -> tuple[CardSlot, ...]:
    """Occurrences of the SAS agenda as slots of a card, read this second; full ones left out."""
    last = until.timestamp()
    return tuple(
        CardSlot(
            id=slot.id,
            start=slot.start,
            end=slot.end,
            modalities=slot.modalities,
            types=AGENDA_TYPES,
            booking="WALKIN" if slot.walk_in else "ROUTINE",
            reasons=(),
            source="agenda",
            editor=None,
            url=None,
            checked_at=now,
            at=slot.at,
            capacity=slot.capacity,
            taken=slot.taken,
            held=slot.held,
        )
        for slot in offered
        if not slot.is_full and slot.at <= last
    )


def known_places(rows: Sequence[Candidate]) -> Mapping[int, tuple[KnownPlace, ...]]:
    """By practitioner, the places that an editor's slots are matched to."""
    found: dict[int, dict[str, KnownPlace]] = {}
    for row in rows:
        place = KnownPlace(
            key=row.place_key,
            structure_id=row.structure_national_id,
            line=row.line,
            postal_code=row.postal_code,
            city=row.city,
            latitude=row.latitude,
            longitude=row.longitude,
            timezone=row.timezone,
            exact=row.precision != "commune",
        )
        found.setdefault(row.practitioner_id, {})[row.place_key] = place
    return {person: tuple(places.values()) for person, places in found.items()}
