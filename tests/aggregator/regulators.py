"""Regulators who signed in, editors that are sandboxes, and a clock that jumps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.accounts.changes import Change, announce
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator.models import Editor, EditorAccount
from sas.aggregator.provisioning_delivery import deliver_account
from sas.aggregator.services import register_editor

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
_NUMBER = count(1)


class Clock:
    """Reads `now`; `pass_` moves it."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


def regulator(*, signed_in: bool = True, role: Role = Role.REGULATOR, **given: Any) -> User:
    """An open account with a name; signed in once, without anybody being told."""
    number = next(_NUMBER)
    values = {"family_name": f"Martin{number}", "given_name": "Léa", "email": f"lea{number}@example.org"} | given
    user, _ = create_account(roles=[role], by="test", at=AT, **values)
    if signed_in:
        User.objects.filter(pk=user.pk).update(last_login=AT)
        user.refresh_from_db()
    return user


def sign_in(user: User, at: datetime) -> None:
    """What `accounts.entering` announces."""
    from django.db import transaction

    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(last_login=at)
        announce(Change.SIGNED_IN, user, at=at)


def editor(name: str = "Agenda Alpha", base_url: str = "https://agenda.invalid/fhir", **values: Any) -> Editor:
    made, _ = register_editor(name=name, base_url=base_url, by="test", at=AT, **values)
    return made


@contextmanager
def sandbox_editor(name: str = "Agenda Alpha", **options: Any) -> Iterator[tuple[Sandbox, Editor]]:
    """A sandbox, registered as an editor."""
    with sandbox_thread(**options) as sandbox:
        yield sandbox, editor(name, sandbox.base_url)


def row_of(user: User, of: Editor) -> EditorAccount:
    return EditorAccount.objects.get(account=user, editor=of)


def told(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The accounts of a sandbox: identifiers, active, names, requests."""
    accounts: list[dict[str, Any]] = sandbox.accounts.report()["accounts"]
    return accounts


def requests(sandbox: Sandbox) -> list[tuple[str, int]]:
    """Method and status of everything received about accounts."""
    return [(line["method"], line["status"]) for line in sandbox.accounts.report()["journal"]]


Deliver = Callable[[User], int]


def deliver(user: User, clock: Clock) -> int:
    return deliver_account(user.pk, clock=clock)
