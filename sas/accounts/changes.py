"""Tells the packages above that an account changed, inside the transaction of the change.

`accounts` never calls upwards (docs: CONTRIBUTING.md): a package that must act on a change, such as the editors'
provisioning, listens from its `AppConfig.ready`, and writes its own rows in the same transaction.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from sas.accounts.models import User


class Change(StrEnum):
    """What happened to an account."""

    SIGNED_IN = "signed_in"
    UPDATED = "updated"  # name, e-mail, national identifier or roles
    CLOSED = "closed"
    REOPENED = "reopened"


Listener = Callable[[Change, User, datetime], None]

_LISTENERS: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener(change, user, at)` at every change from now on; twice the same is once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def announce(change: Change, user: User, *, at: datetime) -> None:
    """Tell every listener. Called by services, inside their transaction: a listener that fails undoes the change."""
    for listener in _LISTENERS:
        listener(change, user, at)
