"""From a form to the service, for a subject that has places of practice."""

from datetime import datetime

from django.http import Http404

from sas.directory.models import Practitioner, Structure
from sas.directory.weekly_hours import Band
from sas.participation.places.hours import say_place_hours, say_structure_hours
from sas.participation.places.services import describe_place
from sas.participation.subjects import Subject


def person_of(subject: Subject) -> Practitioner:
    """The person; `Http404` for a structure, which has a page of its own."""
    if subject.practitioner is None:
        raise Http404
    return subject.practitioner


def save_place(
    person: Practitioner, place_key: str, by: str, at: datetime, phone: str, information: str, version: str
) -> None:
    """`answering.Save` of a place."""
    describe_place(
        practitioner=person, place_key=place_key, phone=phone, information=information, version=version, by=by, at=at
    )


def save_place_hours(
    person: Practitioner, place_key: str, by: str, at: datetime, bands: list[Band], version: str
) -> None:
    """`hours.Save` of a place."""
    say_place_hours(practitioner=person, place_key=place_key, bands=bands, version=version, by=by, at=at)


def save_structure_hours(structure: Structure, by: str, at: datetime, bands: list[Band], version: str) -> None:
    """`hours.Save` of a structure."""
    say_structure_hours(structure=structure, bands=bands, version=version, by=by, at=at)
