"""The people of the directory as a sandbox editor knows them."""

from typing import Any

from editor_kit.sandbox.people import Person, Place
from sas.directory.models import PracticeLocation


def person_at(location: PracticeLocation, **agenda: Any) -> Person:
    """The same doctor at the same place; `agenda` says how full (`density`) or which plan (`plan`)."""
    place = Place(
        line=location.line or "1 rue de Paris",
        postal_code=location.postal_code,
        city=location.city,
        insee=location.insee,
        latitude=location.latitude,
        longitude=location.longitude,
        timezone=location.timezone,
    )
    return Person(
        national_id=location.national_id,
        family=location.family_name,
        given=location.given_name,
        places=(place,),
        phone="+33353010001",
        **agenda,
    )
