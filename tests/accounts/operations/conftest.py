"""A national administrator who just signed in, jobs and e-mails in every state."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.jobs import defer
from sas.web.mail_sending import send_mail
from sas.web.models import JobFailure, OutgoingMail
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
MakeAccount = Callable[..., User]


@pytest.fixture(autouse=True)
def _fresh(db: None, settings: Settings) -> None:
    cache.clear()
    settings.SAS_TERMS_VERSION = ""


@pytest.fixture
def nord(db: None) -> Territory:
    return factories.territory()


def make_account(email: str | None, *grants: tuple[Role, Territory | None], **given: Any) -> User:
    """An account as it stands, without its history."""
    values: dict[str, Any] = {"family_name": "Essai", "given_name": "Lou", "created_at": AT} | given
    user = User(email=email, **values)
    user.set_unusable_password()
    user.save()
    RoleGrant.objects.bulk_create([RoleGrant(user=user, role=role, territory=where) for role, where in grants])
    return user


@pytest.fixture
def admin(db: None) -> User:
    return make_account("admin@example.org", (Role.NATIONAL_ADMIN, None), family_name="Nationale", given_name="Ada")


@pytest.fixture
def desk(admin: User) -> Client:
    """Where the administrator sits."""
    return signed_in_client(admin)


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def job_in(status: str, *, error: str = "", attempts: int = 12, started: str = "") -> int:
    """A job of e-mails in this state; failed ones say why, running ones since when (an interval ago)."""
    with transaction.atomic():
        job = defer(send_mail, {"mail_id": 1})
    execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s AND %s <> 'todo'", job, status)
    execute("UPDATE procrastinate_jobs SET status = %s, attempts = %s WHERE id = %s", status, attempts, job)
    if started:
        execute(
            "UPDATE procrastinate_events SET at = now() - %s::interval WHERE job_id = %s AND type = 'started'",
            started,
            job,
        )
    if error:
        JobFailure.objects.create(job_id=job, task=send_mail.name, attempts=attempts, error=error, at=AT)
    return job


def mail_in(state: str, *, subject: str = "Votre invitation", **given: Any) -> OutgoingMail:
    """An e-mail in this state."""
    sent = {"sent_at": AT, "text": "", "html": ""} if state == "sent" else {"text": "CORPS SECRET", "html": "<p>…</p>"}
    values = {"kind": "invitation", "to": "lou@example.org", "about": "compte 1", "created_at": AT, "next_try_at": AT}
    return OutgoingMail.objects.create(**(values | sent | {"state": state, "subject": subject} | given))
