"""What was said on the phone « en sus », from the form of the panel to the operation that records it."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import BadRequest

from sas.orientation.models import Orientation
from sas.orientation.panels.calls import called, receiver_of
from sas.orientation.panels.times import agreed, call_back, end_of
from sas.orientation.recording import territory_of
from sas.orientation.services import Asking, orient_en_sus
from sas.participation.models import Solicitation
from sas.participation.solicitations.services import note_call
from sas.participation.solicitations.shown import shown_by

NOTED = frozenset(Solicitation.Outcome) - {Solicitation.Outcome.ACCEPTED}
"""What a call may come to, but for an orientation."""


def note(key: str, values: Mapping[str, str], *, asking: Asking, at: datetime) -> Solicitation:
    """No answer, to be called again, cannot today. Raises `CallRefused`, `SolicitationRefused`, `TimeRefused`."""
    outcome = values.get("issue", "")
    if outcome not in NOTED:
        raise BadRequest
    one = called(key, at)
    return note_call(
        **one.whom,
        outcome=Solicitation.Outcome(outcome),
        call_back_at=call_back(values, at, one.timezone) if outcome == "call_back" else None,
        territory_id=territory_of(asking.user, asking.territory_id, asking.origin),
        user=asking.user,
        by=asking.user.audit_label,
        at=at,
    )


def accept(key: str, values: Mapping[str, str], *, token: str, asking: Asking, at: datetime) -> Orientation:
    """They accept, at the time that was agreed; `token` says whether a slot of theirs was seen (`shown.py`).

    Raises `CallRefused`, `OrientationRefused`, `TimeRefused`.
    """
    one = called(key, at)
    starts_at = agreed(values, one.timezone)
    return orient_en_sus(
        asking=asking,
        receiver=receiver_of(one, values, at),
        starts_at=starts_at,
        ends_at=end_of(starts_at, values),
        modality=values.get("modalite", ""),
        showed_slot=shown_by(token, key),
        by=asking.user.audit_label,
        at=at,
    )
