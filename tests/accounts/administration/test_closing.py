"""Closing somebody else's account, and why."""

from typing import Any

import pytest
from django.db import connection

from sas.accounts.administration.history import history_of_account
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc.queries import account_with
from sas.directory.models import Territory
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.accounts.signing import signed_in_client

pytestmark = pytest.mark.django_db


def closed(user: User) -> Any:
    return AuditLine.objects.filter(act="close_account", target=user.audit_label).values_list("after", flat=True)


@pytest.mark.parametrize(
    ("typed", "kept"), [("", None), ("  a quitté\nle SAS ", "a quitté le SAS"), ("x" * 200, "x" * 200)]
)
def test_a_reason_may_be_typed_and_is_kept_in_the_trail_alone(
    nord: Territory, manager: User, typed: str, kept: str | None
) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    where = f"/gestion/comptes/{user.pk}/desactiver/"
    assert signed_in_client(manager).post(where, {"why": typed}).status_code == 302
    assert closed(user).get() == {"reason": "decision"} | ({"why": kept} if kept else {})
    detail = history_of_account(user, most=5)[0].detail
    assert detail == "désactivé par un gestionnaire" + (f" ; « {kept} »" if kept else "")
    mail = OutgoingMail.objects.get(kind="account_closed")
    assert not kept or kept not in mail.text


def test_a_reason_too_long_closes_nothing_and_is_not_lost(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    answer = signed_in_client(manager).post(f"/gestion/comptes/{user.pk}/desactiver/", {"why": "y" * 201})
    page = answer.content.decode()
    assert (answer.status_code, "y" * 201 in page, 'aria-invalid="true"' in page) == (422, True, True)
    assert User.objects.get(pk=user.pk).is_active
    assert not closed(user).exists()


def test_only_closing_asks_why(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    client = signed_in_client(manager)
    asked = [
        b'name="why"' in client.get(f"/gestion/comptes/{user.pk}/{end}/").content for end in ("desactiver", "inviter")
    ]
    assert asked == [True, False]


def test_a_card_that_nobody_knows_is_looked_for_on_two_indexes(nord: Territory) -> None:
    User.objects.bulk_create(
        User(
            email=f"p{n}@example.org", national_id=f"8{n:011}", is_active=False, closed_for="merged", closed_at=AT,
            created_at=AT, password="!",
        )
        for n in range(500)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM accounts_user WHERE national_id = %s AND NOT is_active "
            "ORDER BY closed_at DESC LIMIT 1",
            ["899999999999"],
        )
        said = " ".join(row[0] for row in cursor.fetchall())
    assert "account_closed_by_national_id" in said
    found = account_with("800000000007")
    assert (account_with("899999999999"), found and found.email) == (None, "p7@example.org")
