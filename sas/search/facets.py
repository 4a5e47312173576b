"""How many professionals each filter would leave: the counts beside the filters. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sas.search.conversation import Card
from sas.search.criteria import BANDS, Booking, Day, Filters, Modality, Moment
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
GROUPS = (
    ("Jour", "jour", (Day.TODAY, Day.NEXT)),
    ("Moment", "moment", (Moment.MORNING, Moment.AFTERNOON, Moment.EVENING)),
    ("Modalité", "modalite", (Modality.AMB, Modality.VR, Modality.HH)),
    ("Prise de rendez-vous", "rdv", (Booking.ROUTINE, Booking.WALKIN)),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One checkbox: `name=value`, ticked or not, and how many professionals have such a slot."""

    name: str
    value: str
    label: str
    ticked: bool
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of checkboxes."""

    title: str
    choices: tuple[Choice, ...]


def facets(
    cards: Iterable[Card], filters: Filters, *, now: datetime, sees_participation: bool = True
) -> tuple[Facet, ...]:
    """Every filter with its count over `cards`, whatever filters are on: a ticked box never empties its neighbours."""
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
    return (*groups, Facet("Professionnels", tuple(who)))


def _band_label(first: int, last: int) -> str:
    return f"sous {last} h" if first == 0 else f"{first} à {last} h"
