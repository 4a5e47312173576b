"""Which doctor of a structure receives, as its manager says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import BadRequest
from django.http import Http404

from sas.orientation.received.queries import members_of
from sas.participation.subjects import Subject


@dataclass(frozen=True, slots=True)
class Chosen:
    """`location`: an activity of the doctor; `version`: of the orientation, as the page showed it."""

    location: int
    version: int


def asked_doctor(subject: Subject, values: Mapping[str, str], now: datetime) -> Chosen:
    """`medecin` and `version` of the form: one of the structure's own, else `Http404`."""
    numbers = (values.get("medecin", ""), values.get("version", ""))
    if not all(text.isascii() and text.isdecimal() and len(text) <= 9 for text in numbers):
        raise BadRequest
    location, version = map(int, numbers)
    if all(member.pk != location for member in members_of(subject, now)):
        raise Http404
    return Chosen(location, version)
