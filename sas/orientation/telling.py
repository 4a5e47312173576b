"""What the LRM is told of an orientation: its whole current state, by a row of the same transaction."""

from datetime import datetime

from sas.directory.models import PracticeLocation
from sas.lrm.outbox import Told, enqueue, is_anybody_told
from sas.lrm.queries import lrm_of_origin
from sas.orientation.models import Orientation
from sas.orientation.rules import is_to_be_told


def tell(orientation: Orientation, *, from_editor: bool = False, at: datetime) -> None:
    """Write the message, when the LRM is to know (`rules.is_to_be_told`); its first one says since when it knows."""
    reported = orientation.reported_at is not None
    if not is_to_be_told(path=orientation.path, state=orientation.state, reported=reported, from_editor=from_editor):
        return
    territory_id, origin = orientation.territory_id, orientation.lrm_origin
    if not reported and not is_anybody_told(territory_id=territory_id, origin=origin):
        return
    message = enqueue(told_of(orientation), territory_id=territory_id, origin=origin, at=at)
    if message is not None and not reported:
        orientation.reported_at = at
        orientation.save(update_fields=["reported_at"])


def told_of(orientation: Orientation) -> Told:
    """The orientation as LRMs are told of it. Advice, which has no time, is never told."""
    if orientation.starts_at is None:
        raise ValueError("an orientation without a time is not told")
    user = orientation.regulator
    names = (user.family_name, user.given_name, user.email or "", user.national_id or "") if user else ("",) * 4
    place = _place_of(orientation)
    return Told(
        subject=orientation.uuid,
        created=orientation.created_at,
        starts_at=orientation.starts_at,
        ends_at=orientation.ends_at,
        status=orientation.state,
        category=orientation.category,
        timezone=orientation.timezone,
        regulator=names,
        practitioner=_practitioner(orientation, place),
        organization=_organization(orientation, place),
    )


def known_origin(origin: str) -> str:
    """The origin, when it is that of a software we know; what else an address carried is not kept."""
    return origin if lrm_of_origin(origin) is not None else ""


def _place_of(orientation: Orientation) -> PracticeLocation | None:
    if orientation.practitioner_id is None or not orientation.place_key:
        return None
    rows = PracticeLocation.objects.filter(practitioner_id=orientation.practitioner_id, place_key=orientation.place_key)
    if orientation.specialty:
        rows = rows.filter(specialty=orientation.specialty)
    return rows.select_related("structure").order_by("pk").first()


def _practitioner(orientation: Orientation, place: PracticeLocation | None) -> tuple[str, str, str, str, str] | None:
    person = orientation.practitioner
    if person is None:
        return None
    savoir_faire = place.savoir_faire if place else ""
    return (person.national_id, person.family_name, person.given_name, savoir_faire, person.profession)


def _organization(orientation: Orientation, place: PracticeLocation | None) -> tuple[str, str] | None:
    structure = orientation.structure or (place.structure if place else None)
    return (structure.national_id, structure.name) if structure else None
