"""What an effector (or who acts for them) says of a place of practice: survives every import, leaves an audit line."""

from datetime import datetime

from django.db import transaction

from sas.directory.models import PracticeLocation, Practitioner
from sas.directory.rules import phone_number
from sas.directory.services import override_place
from sas.participation.places.wording import (
    Description,
    DescriptionRefused,
    changed_meanwhile,
    checked_information,
)
from sas.web import audit

ACT = "describe_place"
WRONG_PHONE = "Ce numéro de téléphone n’est pas reconnu. Exemple : 03 20 00 00 00."


@transaction.atomic
def describe_place(
    *,
    practitioner: Practitioner,
    place_key: str,
    phone: str,
    information: str,
    version: str,
    by: str,
    at: datetime,
) -> Description:
    """Say which number regulators call at this place, and what they should know; empty withdraws it.

    Every activity of the person at that place says the same. `version`: of the description that was edited. Raises
    `DescriptionRefused`, or `DescriptionChanged` when somebody said otherwise meanwhile.
    """
    held = PracticeLocation.objects.select_for_update(of=("self",), no_key=True)
    rows = list(held.filter(practitioner=practitioner, place_key=place_key, ended_on=None).order_by("pk"))
    if not rows:
        raise DescriptionRefused({"": "Ce lieu n’est plus dans l’annuaire : rechargez la page."})
    before, target = description_of(rows[0]), target_of(practitioner, place_key)
    if version != before.version:
        raise changed_meanwhile(before, act=ACT, target=target)
    number = phone_number(phone) if phone.strip() else ""
    if phone.strip() and not number:
        raise DescriptionRefused({"phone": WRONG_PHONE})
    after = Description(number, checked_information(information))
    if after == before and all(description_of(row) == before for row in rows):
        return before
    for row in rows:
        override_place(
            location_id=row.pk, phone=after.phone or None, information=after.information or None, by=by, at=at
        )
    audit.record("describe_place", by=by, at=at, target=target, before=_said(before), after=_said(after))
    return after


def description_of(place: PracticeLocation) -> Description:
    """What is said of it now."""
    return Description(place.phone_override or "", place.information_override or "")


def target_of(practitioner: Practitioner, place_key: str) -> str:
    """How the audit trail names a place of somebody."""
    return f"{practitioner.national_id} {place_key}"


def _said(description: Description) -> dict[str, str]:
    return {"phone": description.phone, "information": description.information}
