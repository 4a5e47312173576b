"""How many professionals each filter would leave: the counts beside the filters. Pure.

Counts are over everything the search found, whatever is ticked: a ticked box never empties its neighbours (pitfall 19).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sas.search.card_filters import kinds_of, sectors_of, ways_of
from sas.search.conversation import Card
from sas.search.criteria import BANDS, Booking, Day, Filters, Kind, Modality, Moment, Sector, Way
from sas.search.lots import Lot
from sas.search.ranking import Availability, booking_of, day_of, moment_of

LABELS = {
    Day.TODAY: "aujourd’hui",
    Day.NEXT: "les jours suivants",
    Moment.MORNING: "matin",
    Moment.AFTERNOON: "après-midi",
    Moment.EVENING: "soir",
    Modality.AMB: "cabinet",
    Modality.VR: "téléconsultation",
    Modality.HH: "visite",
    Booking.ROUTINE: "avec rendez-vous",
    Booking.WALKIN: "sans rendez-vous",
}
KIND_LABELS = {
    Kind.PERSON: "professionnels",
    Kind.CPTS: "CPTS",
    Kind.SOS: "SOS Médecins",
    Kind.STRUCTURE: "centres et établissements",
}
SECTOR_LABELS = {Sector.ONE: "secteur 1", Sector.TWO: "secteur 2", Sector.NONE: "non conventionné"}
WAY_LABELS = {
    Way.INDIVIDUAL: "à titre individuel",
    Way.CPTS: "via une CPTS",
    Way.MSP: "via une MSP",
    Way.CDS: "via un centre de santé",
    Way.SOS: "via SOS Médecins",
}
DISTANCES_KM = (2, 5, 10, 20, 50)
GROUPS = (
    ("Jour", "jour", (Day.TODAY, Day.NEXT)),
    ("Moment", "moment", (Moment.MORNING, Moment.AFTERNOON, Moment.EVENING)),
    ("Modalité", "modalite", (Modality.AMB, Modality.VR, Modality.HH)),
    ("Prise de rendez-vous", "rdv", (Booking.ROUTINE, Booking.WALKIN)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One box: `name=value`, ticked or not, and how many professionals have such a slot; None: not known."""

    name: str
    value: str
    label: str
    ticked: bool
    count: int | None

    @property
    def key(self) -> str:
        """Names the box and its count on the page; a decimal point would be read as a class."""
        return f"{self.name}-{self.value or 'auto'}".replace(".", "-")


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of boxes; `single`: only one at a time. `folded`: under its title until one is ticked."""

    title: str
    choices: tuple[Choice, ...]
    single: bool = False
    folded: bool = False

    @property
    def is_on(self) -> bool:
        """Something is ticked here."""
        return any(choice.ticked for choice in self.choices)


def facets(
    cards: Sequence[Card], filters: Filters, *, now: datetime, sees_participation: bool = True
) -> tuple[Facet, ...]:
    """Every filter with its count over `cards`, whatever filters are on."""
    people: dict[tuple[str, str], set[int]] = {}
    participants: set[int] = set()
    known: set[int] = set()
    for card in cards:
        person = card.seat.candidate.practitioner_id
        participates = card.seat.candidate.participates
        if card.all_slots or (participates and card.availability is Availability.NONE):
            known.add(person)
        if participates and card.availability is not Availability.PENDING:
            participants.add(person)
        for slot in card.all_slots:
            for band in BANDS:
                if band[0] <= (slot.start - now) / timedelta(hours=1) < band[1]:
                    people.setdefault(("delai", f"{band[0]}-{band[1]}"), set()).add(person)
            people.setdefault(("jour", day_of(slot, now)), set()).add(person)
            people.setdefault(("moment", moment_of(slot)), set()).add(person)
            people.setdefault(("rdv", booking_of(slot)), set()).add(person)
            for modality in slot.modalities:
                people.setdefault(("modalite", modality), set()).add(person)

    def choice(name: str, value: str, label: str, ticked: bool) -> Choice:
        return Choice(name, value, label, ticked, len(people.get((name, value), ())))

    bands = tuple(
        choice("delai", f"{first}-{last}", _band_label(first, last), (first, last) in filters.bands)
        for first, last in BANDS
    )
    ticked = filters.days | filters.moments | filters.modalities | filters.bookings
    groups = [Facet("Délai", bands)]
    for title, name, values in GROUPS:
        groups.append(Facet(title, tuple(choice(name, v, LABELS[v], v in ticked) for v in values)))
    who = [Choice("connu", "1", "disponibilités connues seulement", filters.known_only, len(known))]
    if sees_participation:
        who.insert(0, Choice("participe", "1", "participants au SAS", filters.participants_only, len(participants)))
    return (*groups, Facet("Professionnels", tuple(who)), *_about_cards(cards, filters, sees_participation))


def distances(cards: Sequence[Card], lot: Lot, chosen_km: float | None) -> Facet:
    """How far to look: asks the directory again. Beyond the circle that was searched, nobody was counted."""

    def choice(kilometres: float) -> Choice:
        near = {_who(card) for card in cards if card.seat.distance_m <= kilometres * 1000}
        label = f"à moins de {kilometres:g} km".replace(".", ",")
        count = len(near) if kilometres <= lot.radius_km else None
        return Choice("rayon", f"{kilometres:g}", label, chosen_km == kilometres, count)

    steps = sorted({*DISTANCES_KM, *([chosen_km] if chosen_km else [])})
    auto = Choice("rayon", "", "au plus près", chosen_km is None, None)
    return Facet("Distance", (auto, *map(choice, steps)), single=True)


def _about_cards(cards: Iterable[Card], filters: Filters, sees_participation: bool) -> Iterator[Facet]:
    """Filters on who a card is of. Every value is there from the start: a late card may be the first of its kind."""
    people: dict[str, set[int]] = {}
    for card in cards:
        for value in (*kinds_of(card), *sectors_of(card), *ways_of(card)):
            people.setdefault(f"{type(value).__name__}.{value}", set()).add(_who(card))

    def facet(title: str, name: str, labels: Mapping[Any, str], ticked: frozenset[Any]) -> Facet:
        choices = (
            Choice(name, value, label, value in ticked, len(people.get(f"{type(value).__name__}.{value}", ())))
            for value, label in labels.items()
        )
        return Facet(title, tuple(choices), folded=True)

    yield facet("Type", "type", KIND_LABELS, filters.kinds)
    yield facet("Convention", "secteur", SECTOR_LABELS, filters.sectors)
    if sees_participation:
        yield facet("Participation", "voie", WAY_LABELS, filters.ways)


def _who(card: Card) -> int:
    """Somebody with two places is one professional; a structure is itself (its number is negative)."""
    return card.seat.candidate.practitioner_id


def _band_label(first: int, last: int) -> str:
    return f"sous {last} h" if first == 0 else f"{first} à {last} h"
