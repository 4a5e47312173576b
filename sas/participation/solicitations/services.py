"""Writes on calls « en sus »."""

from datetime import datetime

from sas.accounts.models import User
from sas.participation.models import Solicitation


class SolicitationRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The call cannot be noted as asked; the message (French) says why."""


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
    raise LookupError


def withdraw_call(*, solicitation: Solicitation, user: User, by: str, at: datetime) -> None:
    """It was a mistake: its author takes it back."""
    raise LookupError
