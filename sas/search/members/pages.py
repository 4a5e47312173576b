"""What the pages on a structure's members print."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import Resolver404, resolve, reverse

from sas.accounts.access import account_of
from sas.accounts.models import Delegation, User
from sas.directory.models import Practitioner, Structure
from sas.participation.places.answering import answer
from sas.participation.places.queries import PlaceLine, places_of
from sas.participation.places.saving import save_place
from sas.participation.subjects import Standing, Subject, subject_for
from sas.search.members.grid import PlaceGrid, grid_of
from sas.search.members.queries import MemberLine, member_for, structure_for


@dataclass(frozen=True)
class MemberPage:
    """One member. `agenda`: the address of their agenda, when the manager may fill it; empty otherwise."""

    structure: Structure
    member: MemberLine
    places: list[PlaceLine]
    agenda: str


def member_page(user: User, key: str, national_id: str, at: datetime) -> MemberPage:
    """What is known of one member; `Http404` unless `user` manages a structure of theirs."""
    structure = structure_for(user, key)
    member = member_for(structure, national_id, at)
    person = get_object_or_404(Practitioner, pk=member.practitioner_id)
    places = [place for place in places_of(person, at) if place.key in member.keys]
    return MemberPage(structure, member, places, _agenda(user, national_id, at))


def _agenda(user: User, national_id: str, at: datetime) -> str:
    """By the rule that the agenda itself applies: only when their software is not interfaced."""
    path = f"/agenda/{national_id}/"
    try:
        subject_for(user, national_id, Delegation.Scope.AGENDA, at)
        resolve(path)
    except (Http404, Resolver404):
        return ""
    return path


def three_days(user: User, key: str, national_id: str, at: datetime) -> dict[str, Any]:
    """The context of the grid, alone or on a page of its own."""
    structure = structure_for(user, key)
    member = member_for(structure, national_id, at)
    grids: list[PlaceGrid] = grid_of(member, now=at)
    return {"structure": structure, "member": member, "grids": grids}


def describe(request: HttpRequest, key: str, national_id: str, at: datetime) -> HttpResponse:
    """What is said of a place of a member to regulators (`?lieu=`; the first one when it is not said)."""
    user = account_of(request)
    page = member_page(user, key, national_id, at)
    asked = request.GET.get("lieu", "")
    place = next((one for one in page.places if one.key == asked or not asked), None)
    if place is None:
        raise Http404
    person = Practitioner.objects.get(pk=page.member.practitioner_id)
    return answer(
        request,
        subject=Subject(national_id, page.member.name, person, None, Standing.MANAGER_OF_MEMBER, user.audit_label),
        current=place.description,
        save=partial(save_place, person, place.key, user.audit_label, at),
        done=reverse("search_members:member", args=[key, national_id]),
        template="search/members/change.html",
        context={"page": page, "place": place},
    )
