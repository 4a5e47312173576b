"""Writes on calls « en sus »."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sas.accounts.models import User
from sas.participation.models import Solicitation
from sas.web import audit

SAME = timedelta(minutes=1)
"""The same words about the same person by the same colleague, so soon, are one call."""

AHEAD = timedelta(hours=72)
"""Nobody asks to be called back later than the patient waits."""


class SolicitationRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The call cannot be noted as asked; the message (French) says why."""


@transaction.atomic
def note_call(
    *,
    practitioner_id: int | None = None,
    structure_id: int | None = None,
    outcome: Solicitation.Outcome,
    call_back_at: datetime | None = None,
    territory_id: int | None = None,
    user: User,
    by: str,
    at: datetime,
) -> Solicitation:
    """Note what was said. The same outcome of the same person by the same user within a minute is noted once."""
    if (practitioner_id is None) == (structure_id is None):
        raise SolicitationRefused("Dites qui a été appelé : un professionnel ou une structure.")
    wanted = outcome == Solicitation.Outcome.CALL_BACK
    if wanted and call_back_at is None:
        raise SolicitationRefused("Indiquez l’heure à laquelle rappeler.")
    if wanted and call_back_at is not None and not at < call_back_at <= at + AHEAD:
        raise SolicitationRefused("L’heure à laquelle rappeler est à venir, dans les 72 heures.")
    User.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=user.pk)
    given: dict[str, Any] = {"practitioner_id": practitioner_id, "structure_id": structure_id, "made_by": user}
    given |= {"outcome": outcome, "call_back_at": call_back_at if wanted else None}
    known = Solicitation.objects.filter(**given, made_at__gt=at - SAME, withdrawn_at=None).order_by("-pk").first()
    if known is not None:
        return known
    made = Solicitation.objects.create(**given, territory_id=territory_id, made_at=at)
    audit.record("note_call", by=by, at=at, target=_target(made), after={"issue": str(outcome)})
    return made


@transaction.atomic
def withdraw_call(*, solicitation: Solicitation, user: User, by: str, at: datetime) -> None:
    """It was a mistake: its author takes it back."""
    if solicitation.made_by_id != user.pk:
        raise SolicitationRefused("Cet appel a été noté par quelqu’un d’autre : seul son auteur le retire.")
    withdrawn = Solicitation.objects.filter(pk=solicitation.pk, withdrawn_at=None).update(withdrawn_at=at)
    if withdrawn:
        audit.record("withdraw_call", by=by, at=at, target=_target(solicitation))


def _target(made: Solicitation) -> str:
    if made.practitioner_id is not None:
        return f"professionnel {made.practitioner_id}"
    return f"structure {made.structure_id}"
