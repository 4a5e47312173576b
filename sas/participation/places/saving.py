"""From a form to the service, for a subject that has places of practice."""

from datetime import datetime

from django.http import Http404

from sas.directory.models import Practitioner
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
