"""Reads on orientations: who may see which. Lists are read by the pages that show them."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Permission
from sas.orientation.models import Orientation, OrientationEvent
from sas.participation.subjects import subjects_of

READERS = (Permission.EDIT_AGENDA, Permission.ACT_AS_DELEGATE)


def orientation_for(user: User, uuid: UUID, at: datetime) -> Orientation:
    """That orientation, if `user` sent the patient, receives them (or acts for whoever does), or follows the territory;
    else `Http404`: others are not said to exist."""
    rows = Orientation.objects.select_related("practitioner", "structure", "regulator", "territory", "editor", "use")
    found = rows.filter(uuid=uuid).first()
    if found is None or not (is_own(user, found) or follows(user, found) or receives(user, found, at)):
        raise Http404
    return found


def is_own(user: User, orientation: Orientation) -> bool:
    """Whether they sent the patient, and still may."""
    return orientation.regulator_id == user.pk and user.may(Permission.ORIENT)


def follows(user: User, orientation: Orientation) -> bool:
    """Whether they are a referent of its territory."""
    return user.reach(Permission.READ_ORIENTATIONS).covers(orientation.territory_id)


def receives(user: User, orientation: Orientation, at: datetime) -> bool:
    """Whether they receive the patient, manage the structure that does, or act for one of them on the agenda."""
    if not any(user.may(permission) for permission in READERS):
        return False
    people = {orientation.practitioner_id} - {None}
    structures = {orientation.structure_id} - {None}
    return any(
        (subject.practitioner is not None and subject.practitioner.pk in people)
        or (subject.structure is not None and subject.structure.pk in structures)
        for subject in subjects_of(user, Delegation.Scope.AGENDA, at)
    )


def events_of(orientation: Orientation) -> QuerySet[OrientationEvent]:
    """What happened to it, the oldest first."""
    return OrientationEvent.objects.filter(orientation=orientation).order_by("pk")
