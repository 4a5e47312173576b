"""What a manager says of a structure, and which doctors an SOS Médecins association lists. Audited."""

from datetime import datetime

from django.db import transaction

from sas.directory.models import Practitioner, Structure
from sas.directory.rules import is_national_id, phone_number
from sas.fhir.identifiers import practitioner_id
from sas.participation.models import Participation
from sas.participation.places.services import WRONG_PHONE
from sas.participation.places.wording import (
    Description,
    DescriptionRefused,
    changed_meanwhile,
    checked_information,
)
from sas.participation.services import declare_participation, end_participation
from sas.web import audit

ACT = "describe_structure"


class DoctorRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """This doctor cannot be listed, or taken off; the message (French) says what to do."""


@transaction.atomic
def describe_structure(
    *, structure: Structure, phone: str, information: str, version: str, by: str, at: datetime
) -> Description:
    """Say which number regulators call, and what they should know; empty withdraws it. Survives every import.

    `version`: of the description that was edited. Raises `DescriptionRefused`, or `DescriptionChanged` when somebody
    said otherwise meanwhile.
    """
    held = Structure.objects.select_for_update(of=("self",), no_key=True).get(pk=structure.pk)
    before = description_of(held)
    if version != before.version:
        raise changed_meanwhile(before, act=ACT, target=held.national_id)
    number = phone_number(phone) if phone.strip() else ""
    if phone.strip() and not number:
        raise DescriptionRefused({"phone": WRONG_PHONE})
    after = Description(number, checked_information(information))
    if after == before:
        return before
    held.phone_override, held.information_override = after.phone or None, after.information or None
    held.save(update_fields=["phone_override", "information_override"])
    audit.record("describe_structure", by=by, at=at, target=held.national_id, before=_said(before), after=_said(after))
    return after


def description_of(structure: Structure) -> Description:
    """What is said of it now."""
    return Description(structure.phone_override or "", structure.information_override or "")


@transaction.atomic
def list_doctor(*, association: Structure, typed: str, by: str, at: datetime) -> Practitioner:
    """This doctor takes part through the association from today (platform.md §4). Raises `DoctorRefused`.

    `typed`: an RPPS (11 digits), or a prefixed national id. Who takes part in another way is not moved by somebody
    else: they change it themselves.
    """
    _check_association(association)
    doctor = _named(typed)
    current = Participation.objects.filter(practitioner=doctor, ended_on=None).select_related("structure").first()
    if current and current.structure_id != association.pk:
        where = f" ({current.structure.name})" if current.structure else ""
        raise DoctorRefused(
            f"{doctor} participe déjà {current.get_via_display()}{where} : "
            "c’est à elle ou à lui de changer, dans ses réglages."
        )
    declare_participation(practitioner=doctor, via=Participation.Via.SOS, structure=association, by=by, at=at)
    return doctor


@transaction.atomic
def unlist_doctor(*, association: Structure, national_id: str, by: str, at: datetime) -> Practitioner | None:
    """This doctor takes part through the association no longer, from today. None when they did not."""
    _check_association(association)
    doctor = Practitioner.objects.filter(
        national_id=national_id.replace("\0", ""), participations__structure=association, participations__ended_on=None
    ).first()
    if doctor is not None:
        end_participation(practitioner=doctor, by=by, at=at)
    return doctor


def _named(typed: str) -> Practitioner:
    key = practitioner_id(typed).value
    if not is_national_id(key):
        raise DoctorRefused("Donnez le numéro RPPS du médecin : onze chiffres.")
    doctor = Practitioner.objects.filter(national_id=key).first()
    if doctor is None:
        raise DoctorRefused("L’annuaire ne connaît personne sous ce numéro RPPS : vérifiez-le.")
    return doctor


def _check_association(structure: Structure) -> None:
    if structure.kind != Structure.Kind.SOS:
        raise DoctorRefused("Seule une association SOS Médecins tient la liste de ses médecins.")


def _said(description: Description) -> dict[str, str]:
    return {"phone": description.phone, "information": description.information}
