"""Writes of the directory other than imports. One door per act; the caller's transaction, or one of its own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from sas.directory.models import PracticeLocation, Structure
from sas.directory.rules import phone_number


class InvalidOverrideError(ValueError):
    """The correction cannot be kept; the message, in French, says why."""


def set_participation(
    *, participates: bool, practitioner_ids: Sequence[int] = (), location_ids: Sequence[int] = ()
) -> int:
    """Mark every place of these people, or these places, as participating or not. Returns how many changed.

    Ended places too: an import may bring one back, or move the person, and the flag must follow.

    A copy of what the participation package decides and dates, kept here because the hot query is indexed on it:
    that package alone calls this, in the transaction of its own fact, and keeps who and when.
    """
    concerned = Q(practitioner_id__in=practitioner_ids) | Q(pk__in=location_ids)
    return PracticeLocation.objects.filter(concerned, participates=not participates).update(participates=participates)


def set_structure_participation(*, participates: bool, structure_ids: Sequence[int]) -> int:
    """Mark these structures, and the fixed places of these associations, as participating in their own name or not.

    Returns how many changed. The same copy, with the same only caller, as for people.
    """
    concerned = Q(pk__in=structure_ids) | Q(parent_id__in=structure_ids)
    return Structure.objects.filter(concerned, participates=not participates).update(participates=participates)


@transaction.atomic
def override_place(*, location_id: int, phone: str | None, information: str | None, by: str, at: datetime) -> None:
    """What the effector or manager says of a place: phone for regulators, complementary information (None: withdraw).

    Survives every import. Raises `InvalidOverrideError` for a phone that is none or a text beyond 1,000 characters.
    """
    normalised = None
    if phone:
        normalised = phone_number(phone)
        if not normalised:
            raise InvalidOverrideError("Ce numéro de téléphone n’est pas reconnu : dix chiffres attendus.")
    text = (information or "").strip() or None
    if text is not None and len(text) > 1000:
        raise InvalidOverrideError("1 000 caractères au plus.")
    said = normalised is not None or text is not None
    PracticeLocation.objects.filter(pk=location_id).update(
        phone_override=normalised,
        information_override=text,
        overridden_by=by if said else None,
        overridden_at=at if said else None,
    )
