"""On whose behalf somebody acts: their own practice, a structure they manage, or somebody who delegated to them.

One function grants: every page of settings, agenda and unavailability names its subject by a prefixed national id and
asks `subject_for`. Others are not said to exist (`Http404`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.http import Http404

from sas.accounts.delegations.queries import acting_label, delegators_of, today_of
from sas.accounts.models import Delegation, StructureAttachment, User
from sas.accounts.permissions import Permission
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.editors import editors
from sas.participation.models import Participation


class Standing(StrEnum):
    """Why somebody may act for a subject."""

    OWN = "own"
    DELEGATE = "delegate"
    MANAGER = "manager"
    MANAGER_OF_MEMBER = "manager_of_member"


@dataclass(frozen=True)
class Subject:
    """Who is acted for. `key`: their prefixed national id, in addresses. `by`: how the audit trail names who acts."""

    key: str
    name: str
    practitioner: Practitioner | None
    structure: Structure | None
    standing: Standing
    by: str


@dataclass(frozen=True)
class SubjectPlace:
    """A place where a subject may offer slots. `key`: the place's (people), empty for a structure's own."""

    key: str
    label: str
    address: str
    insee: str
    department: str
    timezone: str
    postal_code: str
    city: str


def subjects_of(user: User, scope: Delegation.Scope, at: datetime) -> list[Subject]:
    """Everybody that `user` may act for now, own practice first; members of structures are not listed."""
    found: list[Subject] = []
    if user.may(Permission.OWN_PRACTICE) and user.national_id:
        own = Practitioner.objects.filter(national_id=user.national_id).first()
        found += [_person(own, Standing.OWN, user.audit_label)] if own else []
    if user.may(Permission.OWN_STRUCTURES):
        found += [_structure(one, Standing.MANAGER, user.audit_label) for one in managed_structures(user)]
    if user.may(Permission.ACT_AS_DELEGATE):
        found += _delegated(user, scope, today_of(at))
    return found


def subject_for(user: User, key: str, scope: Delegation.Scope, at: datetime) -> Subject:
    """That subject, if `user` may act for it on `scope` now; else `Http404`.

    A manager also acts for the members of their structures whose software is not interfaced, on the agenda only
    (platform.md §1).
    """
    for subject in subjects_of(user, scope, at):
        if subject.key == key:
            return subject
    if scope == Delegation.Scope.AGENDA and user.may(Permission.OWN_STRUCTURES):
        member = member_of_managed(user, key, today_of(at))
        if member is not None and not is_interfaced(member):
            return _person(member, Standing.MANAGER_OF_MEMBER, user.audit_label)
    raise Http404


def managed_structures(user: User) -> list[Structure]:
    """The structures that `user` is attached to, with the fixed places of their SOS associations, by name."""
    if not user.may(Permission.OWN_STRUCTURES):
        return []
    attached = StructureAttachment.objects.filter(user=user).values("structure")
    own = Structure.objects.filter(pk__in=attached, ended_on=None)
    places = Structure.objects.filter(parent__in=attached, ended_on=None)
    return sorted({*own, *places}, key=lambda one: (one.name_key or one.name, one.pk))


def member_of_managed(user: User, national_id: str, on: date) -> Practitioner | None:
    """This person, when they take part through, or practise in, a structure that `user` manages.

    An SOS Médecins association lists its doctors itself, and offers its own agenda only (platform.md §4): to be listed
    opens nobody's agenda to whoever wrote the list.
    """
    managed = [structure.pk for structure in managed_structures(user)]
    if not managed:
        return None
    person = Practitioner.objects.filter(national_id=national_id).first()
    if person is None:
        return None
    through = Participation.objects.filter(practitioner=person, structure__in=managed, started_on__lte=on)
    through = through.exclude(via=Participation.Via.SOS)
    if through.filter(ended_on=None).exists() or through.filter(ended_on__gt=on).exists():
        return person
    inside = PracticeLocation.objects.filter(practitioner=person, structure__in=managed, ended_on=None)
    return person if inside.exists() else None


def is_interfaced(practitioner: Practitioner) -> bool:
    """Whether an editor that searches ask gives this person's slots."""
    used = editors().used_by([practitioner.national_id]).get(practitioner.national_id, ())
    return any(editor.gives_slots for editor in used)


def places_of(subject: Subject) -> list[SubjectPlace]:
    """Where this subject may offer slots: a person's active places, each once, or the structure itself."""
    if subject.structure is not None:
        one = subject.structure
        return [_place("", one.name, one)]
    rows = PracticeLocation.objects.filter(practitioner=subject.practitioner, ended_on=None)
    places = {
        row.place_key: _place(row.place_key, row.name or row.line or row.city, row) for row in rows.order_by("pk")
    }
    return sorted(places.values(), key=lambda place: (place.city, place.label, place.key))


def _place(key: str, label: str, row: PracticeLocation | Structure) -> SubjectPlace:
    address = ", ".join(part for part in (row.line, f"{row.postal_code} {row.city}".strip()) if part)
    return SubjectPlace(key, label, address, row.insee, row.department, row.timezone, row.postal_code, row.city)


def _person(practitioner: Practitioner, standing: Standing, by: str) -> Subject:
    return Subject(practitioner.national_id, str(practitioner), practitioner, None, standing, by)


def _structure(structure: Structure, standing: Standing, by: str) -> Subject:
    return Subject(structure.national_id, structure.name, None, structure, standing, by)


def _delegated(user: User, scope: Delegation.Scope, on: date) -> list[Subject]:
    held = [one for one in delegators_of(user, on) if scope in one.scopes]
    ids = {one.delegator.national_id for one in held if one.structure_id is None and one.delegator.national_id}
    people = {one.national_id: one for one in Practitioner.objects.filter(national_id__in=ids)}
    found: dict[str, Subject] = {}
    for one in held:
        by = acting_label(user, one)
        if one.structure is not None:
            found.setdefault(one.structure.national_id, _structure(one.structure, Standing.DELEGATE, by))
        elif (person := people.get(one.delegator.national_id or "")) is not None:
            found.setdefault(person.national_id, _person(person, Standing.DELEGATE, by))
    return list(found.values())
