"""The members of a structure, for whoever manages it (platform.md §1, S4): who, since when, where, with what software.

A member takes part through the structure, or practises in it. What is shown of them stays inside that: only the places
that their participation concerns, or those inside the structure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404

from sas.accounts.delegations.queries import today_of
from sas.accounts.models import User
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.rules import person_text
from sas.directory.vocabulary import label
from sas.participation.editors import UsedEditor, editors
from sas.participation.places.queries import address_of
from sas.participation.queries import members_of
from sas.participation.structures.queries import WITH_MEMBERS
from sas.participation.subjects import managed_structures


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member. `since`: through the structure since that day; None: practises there, not enrolled through it.

    `places`: (key, address) of the places concerned. `interfaced`: names of the editors that give their slots.
    """

    national_id: str
    name: str
    what: str
    since: date | None
    places: tuple[tuple[str, str], ...]
    interfaced: tuple[str, ...]
    updated_on: date | None
    practitioner_id: int

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the places concerned."""
        return frozenset(key for key, _ in self.places)


@dataclass(frozen=True, slots=True)
class _Link:
    since: date | None
    keys: frozenset[str]


def structure_for(user: User, key: str) -> Structure:
    """That structure, if `user` manages it and it has members; else `Http404`."""
    found = next((one for one in managed_structures(user) if one.national_id == key), None)
    if found is None or found.kind not in WITH_MEMBERS:
        raise Http404
    return found


def members_for(structure: Structure, at: datetime, *, only: str = "") -> list[MemberLine]:
    """Every member by name, or the one of that national id. Four queries, whatever their number."""
    links = {
        member.practitioner_id: _Link(member.since, frozenset(member.place_keys))
        for member in members_of(structure, today_of(at))
        if only in ("", member.national_id)
    }
    inside = PracticeLocation.objects.filter(structure=structure, ended_on=None)
    inside = inside.filter(national_id=only) if only else inside
    here: dict[int, set[str]] = {}
    for person, key in inside.values_list("practitioner_id", "place_key"):
        here.setdefault(person, set()).add(key)
    for person, keys in here.items():
        links.setdefault(person, _Link(None, frozenset(keys)))
    people = Practitioner.objects.filter(pk__in=links).order_by("name_key", "family_name", "pk")
    rows: dict[int, list[PracticeLocation]] = {}
    known = PracticeLocation.objects.filter(practitioner_id__in=links, ended_on=None).order_by("city", "line", "pk")
    for row in known:
        if not links[row.practitioner_id].keys or row.place_key in links[row.practitioner_id].keys:
            rows.setdefault(row.practitioner_id, []).append(row)
    used = editors().used_by([person.national_id for person in people])
    return [
        _line(person, links[person.pk], rows.get(person.pk, []), _interfaced(used.get(person.national_id, ())))
        for person in people
    ]


def member_for(structure: Structure, national_id: str, at: datetime) -> MemberLine:
    """That member; `Http404` for anybody else: others are not said to exist."""
    found = members_for(structure, at, only=national_id) if national_id else []
    if len(found) != 1:
        raise Http404
    return found[0]


def _interfaced(used: Iterable[UsedEditor]) -> tuple[str, ...]:
    return tuple(sorted(editor.name for editor in used if editor.gives_slots))


def _line(person: Practitioner, link: _Link, rows: list[PracticeLocation], interfaced: tuple[str, ...]) -> MemberLine:
    days = [person.updated_on, *(row.updated_on for row in rows)]
    days += [row.overridden_at.date() for row in rows if row.overridden_at]
    return MemberLine(
        national_id=person.national_id,
        name=person_text(person.civility, person.given_name, person.family_name),
        what=", ".join(dict.fromkeys(label(row.specialty) for row in rows)),
        since=link.since,
        places=tuple({row.place_key: address_of(row) for row in rows}.items()),
        interfaced=interfaced,
        updated_on=max(days),
        practitioner_id=person.pk,
    )
