"""People, places and structures for tests: valid by default, named arguments say what the story needs."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sas.directory.models import Coverage, PracticeLocation, Practitioner, Structure, Territory, TerritoryState
from sas.directory.rules import search_key

_NUMBER = count(1)
LILLE = {
    "insee": "59350",
    "department": "59",
    "city": "Lille",
    "postal_code": "59000",
    "latitude": 50.6309,
    "longitude": 3.0709,
    "timezone": "Europe/Paris",
}


def practitioner(**given: Any) -> Practitioner:
    """A person, saved."""
    number = next(_NUMBER)
    values: dict[str, Any] = {
        "national_id": f"810{number:09}",
        "family_name": f"NOM{number}",
        "given_name": "Camille",
        "civility": "DR",
        "profession": "10",
        "updated_on": date(2026, 1, 5),
    } | given
    values.setdefault("name_key", search_key(f"{values['family_name']} {values['given_name']}"))
    return Practitioner.objects.create(**values)


def place(of: Practitioner | None = None, **given: Any) -> PracticeLocation:
    """A place of practice of general practice in Lille, saved."""
    location = unsaved_place(of or practitioner(), **given)
    location.save()
    return location


def unsaved_place(of: Practitioner, **given: Any) -> PracticeLocation:
    """The same, for `bulk_create`."""
    values: dict[str, Any] = LILLE | {
        "place_key": f"R10{next(_NUMBER):012}",
        "specialty": "SM54",
        "savoir_faire": "SM54",
        "profession": of.profession,
        "mode": "L",
        "national_id": of.national_id,
        "family_name": of.family_name,
        "given_name": of.given_name,
        "civility": of.civility,
        "precision": "commune",
        "updated_on": date(2026, 1, 5),
        "source": "annuaire",
        "participates": False,
        "phone": "+33320000000",
        "name": "CABINET DES LILAS",
        "line": "1 RUE DES LILAS",
        "structure_national_id": "",
    }
    return PracticeLocation(practitioner=of, **(values | given))


def places_at(points: Sequence[tuple[float, float, bool]], **given: Any) -> list[PracticeLocation]:
    """One person with a place at each (latitude, longitude, participates)."""
    of = practitioner()
    return PracticeLocation.objects.bulk_create(
        [
            unsaved_place(of, latitude=latitude, longitude=longitude, participates=participates, **given)
            for latitude, longitude, participates in points
        ]
    )


def structure(**given: Any) -> Structure:
    """A CPTS, saved."""
    number = next(_NUMBER)
    values: dict[str, Any] = {
        "national_id": f"159{number:07}",
        "kind": "cpts",
        "name": f"CPTS n° {number}",
        "updated_on": date(2026, 1, 5),
    } | given
    values.setdefault("name_key", search_key(values["name"]))
    return Structure.objects.create(**values)


def territory(**given: Any) -> Territory:
    """The SAS of the Nord, open since 2022, saved. Without `departments` or `communes`, it covers what its code says.

    `state` (None: nothing dated) holds from `opened_on`; a suspended one was open from that day, suspended the next.
    """
    code = given.setdefault("code", "SAS-59")
    covered = [*given.pop("departments", re.findall(r"^SAS-(\d{2,3}|2[AB])$", code))]
    covered += given.pop("communes", [])
    state, since = given.pop("state", "open"), given.pop("opened_on", date(2022, 4, 1))
    made = Territory.objects.create(**({"label": "SAS du Nord"} | given))
    Coverage.objects.bulk_create([Coverage(territory=made, area=area) for area in covered])
    dated = [(state, since)] if state != "suspended" else [("open", since), ("suspended", since + timedelta(days=1))]
    for name, day in dated if state else []:
        at = datetime(2022, 1, 1, tzinfo=UTC)
        TerritoryState.objects.create(territory=made, state=name, starts_on=day, decided_by="test", decided_at=at)
    return made
