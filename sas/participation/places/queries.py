"""What the page on places shows: each place once, the SAS that answers there, what is said of it to regulators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404

from sas.accounts.territories.words import Contact, StateInWords, contacts, in_words
from sas.directory.models import PracticeLocation, Practitioner, Structure, Territory
from sas.directory.rules import phone_text
from sas.directory.territory_queries import standings, territories_of
from sas.directory.vocabulary import label
from sas.directory.weekly_hours import from_json, week_in_words
from sas.participation.places.services import description_of
from sas.participation.places.wording import Description


@dataclass(frozen=True)
class SasThere:
    """The SAS that answers at a place: `territory` None, none is declared there. `state` never None with one."""

    territory: Territory | None
    state: StateInWords | None
    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class PlaceLine:
    """A place of practice. `regulators`: the number they are given; `hours`: those typed, as they are stored."""

    key: str
    name: str
    address: str
    what: str
    phone: str
    description: Description
    sas: SasThere
    updated_on: str
    hours: Any

    @property
    def week(self) -> list[tuple[str, str]]:
        """Opening hours in words; empty when nobody said."""
        return week_in_words(from_json(self.hours)) if self.hours else []

    @property
    def regulators(self) -> str:
        """As people say it; empty when nobody knows one."""
        return phone_text(self.description.phone) or self.phone


def places_of(practitioner: Practitioner, at: datetime) -> list[PlaceLine]:
    """Active places, by town. Four queries at most, whatever their number."""
    rows = PracticeLocation.objects.filter(practitioner=practitioner, ended_on=None).order_by("city", "line", "pk")
    places: dict[str, list[PracticeLocation]] = {}
    for row in rows:
        places.setdefault(row.place_key, []).append(row)
    firsts = [mine[0] for mine in places.values()]
    answering = sas_at(firsts, at)
    return [
        PlaceLine(
            key=mine[0].place_key,
            name=mine[0].name or mine[0].line or mine[0].city,
            address=address_of(mine[0]),
            what=", ".join(dict.fromkeys(label(row.specialty) for row in mine)),
            phone=phone_text(mine[0].phone),
            description=description_of(mine[0]),
            sas=sas,
            updated_on=f"{mine[0].updated_on:%d/%m/%Y}",
            hours=mine[0].hours_override,
        )
        for mine, sas in zip(places.values(), answering, strict=True)
    ]


def place_of(practitioner: Practitioner, key: str, at: datetime) -> PlaceLine:
    """That place of theirs (the first when `key` is empty); else `Http404`."""
    found = [place for place in places_of(practitioner, at) if place.key == key or not key]
    if not found:
        raise Http404
    return found[0]


def sas_at(rows: Sequence[PracticeLocation | Structure], at: datetime) -> list[SasThere]:
    """The SAS of each place, in the same order. Three queries at most."""
    found = territories_of({(row.insee, row.department) for row in rows}) if rows else {}
    standing = standings({one.pk: one for one in found.values()}.values(), at) if found else {}
    told = []
    for row in rows:
        territory = found.get((row.insee, row.department))
        if territory is None:
            told.append(SasThere(None, None, ()))
        else:
            known = tuple(contact for contact in contacts(territory) if contact)
            told.append(SasThere(territory, in_words(standing[territory.pk]), known))
    return told


def address_of(row: PracticeLocation | Structure) -> str:
    """« 1 RUE DES LILAS, 59000 Lille »."""
    return ", ".join(part for part in (row.line, f"{row.postal_code} {row.city}".strip()) if part)
