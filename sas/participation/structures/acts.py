"""From the forms of a structure's pages to the services, and back to the page with a sentence."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from sas.directory.models import Structure
from sas.participation.services import ParticipationRefused
from sas.participation.structures.services import DoctorRefused, describe_structure, list_doctor, unlist_doctor
from sas.participation.subjects import Subject


def structure_of(subject: Subject) -> Structure:
    """The structure; `Http404` for a person."""
    if subject.structure is None:
        raise Http404
    return subject.structure


def save_structure(structure: Structure, by: str, at: datetime, phone: str, information: str, version: str) -> None:
    """`answering.Save` of a structure."""
    describe_structure(structure=structure, phone=phone, information=information, version=version, by=by, at=at)


def add_doctor(request: HttpRequest, subject: Subject, at: datetime) -> str:
    """List the doctor whose number was typed. Returns why not, in French; "" once done."""
    association, typed = structure_of(subject), request.POST.get("rpps", "")[:100]
    try:
        doctor = list_doctor(association=association, typed=typed, by=subject.by, at=at)
    except (DoctorRefused, ParticipationRefused) as refused:
        return str(refused)
    messages.success(request, f"{doctor} participe par l’association depuis aujourd’hui.")
    return ""


def remove_doctor(request: HttpRequest, subject: Subject, at: datetime) -> HttpResponse:
    """Take a doctor off the list."""
    try:
        doctor = unlist_doctor(
            association=structure_of(subject),
            national_id=request.POST.get("medecin", "")[:20],
            by=subject.by,
            at=at,
        )
    except (DoctorRefused, ParticipationRefused) as refused:
        messages.error(request, str(refused))
    else:
        who = f"{doctor} ne participe plus par l’association." if doctor else "Ce médecin n’y participait pas."
        messages.success(request, who)
    return redirect("participation_structures:sheet", subject.key)
