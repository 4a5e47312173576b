"""Requests for an account: kept once, told once an hour, answered once, and silent about what exists."""

from datetime import timedelta
from typing import Any

import pytest

from sas.accounts.administration.requests import (
    TooManyRequestsError,
    ask_for_account,
    refuse_request,
    requests_for,
    tell_managers,
)
from sas.accounts.models import AccountRequest, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.administration.conftest import AT, make_account

pytestmark = pytest.mark.django_db


def ask(territory: Territory, email: str = "lea@example.org", *, by: str = "203.0.113.1", **given: Any) -> None:
    values: dict[str, Any] = {"role": Role.REGULATOR, "family_name": "Durand", "given_name": "Léa", "at": AT} | given
    ask_for_account(territory=territory, email=email, by=by, **values)


def test_a_request_reaches_the_managers_of_its_territory_and_no_other(
    nord: Territory, somme: Territory, manager: User, admin: User
) -> None:
    ask(nord)
    ask(somme, "max@example.org")
    assert [seen.request.email for seen in requests_for(manager)] == ["lea@example.org"]
    assert len(requests_for(admin)) == 2
    assert AuditLine.objects.filter(act="ask_for_account").count() == 2


def test_asking_twice_or_with_an_address_that_has_an_account_looks_the_same(nord: Territory, manager: User) -> None:
    ask(nord)
    ask(nord, "LEA@example.org")
    ask(nord, "comptes@example.org")
    seen = requests_for(manager)
    assert [(each.request.email, each.account) for each in seen] == [
        ("lea@example.org", False),
        ("comptes@example.org", True),
    ]


def test_somebody_who_asks_on_two_territories_is_flagged(nord: Territory, somme: Territory, admin: User) -> None:
    ask(nord)
    ask(somme)
    assert [seen.twins for seen in requests_for(admin)] == [1, 1]


def test_one_place_cannot_flood_the_list(nord: Territory) -> None:
    for number in range(5):
        ask(nord, f"p{number}@example.org")
    with pytest.raises(TooManyRequestsError, match="une heure"):
        ask(nord, "p6@example.org")
    ask(nord, "p6@example.org", by="203.0.113.2")
    assert AccountRequest.objects.count() == 6


def test_one_address_cannot_be_asked_for_everywhere(nord: Territory, somme: Territory) -> None:
    for number in range(5):
        ask(nord, by=f"203.0.113.{number}")
        AccountRequest.objects.update(state="refused", answered_at=AT)
    assert AccountRequest.objects.count() == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "pas une adresse"}, "adresse"),
        ({"family_name": "  "}, "nom"),
        ({"role": Role.NATIONAL_ADMIN}, "proposés"),
        ({"message": "x" * 1001}, "1.?000"),
        ({"profession": "x" * 101}, "100"),
    ],
)
def test_a_form_that_cannot_be_kept_says_why(nord: Territory, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(AccountRefused, match=said):
        ask(nord, **wrong)
    assert not AccountRequest.objects.exists()


def test_a_refusal_needs_a_reason_tells_the_person_and_happens_once(nord: Territory, manager: User) -> None:
    ask(nord)
    request = AccountRequest.objects.get()
    with pytest.raises(AccountRefused, match="motif"):
        refuse_request(request=request, reason="  ", by=manager, at=AT)
    refuse_request(request=request, reason="Vous n’êtes <pas> du SAS.", by=manager, at=AT)
    mail = OutgoingMail.objects.get()
    assert (mail.to, "&lt;pas&gt;" in mail.html, "<pas>" in mail.text) == ("lea@example.org", True, True)
    with pytest.raises(AccountRefused, match="déjà été traitée"):
        refuse_request(request=request, reason="Encore", by=manager, at=AT)
    assert requests_for(manager) == []
    assert [seen.request.answer for seen in requests_for(manager, answered=True)] == ["Vous n’êtes <pas> du SAS."]


def test_managers_are_told_once_whatever_the_number(nord: Territory, manager: User) -> None:
    ask(nord)
    ask(nord, "max@example.org")
    assert tell_managers(at=AT) == 1
    assert tell_managers(at=AT + timedelta(hours=1)) == 0
    mail = OutgoingMail.objects.get()
    assert mail.to == "comptes@example.org"
    assert mail.subject == "2 demandes de compte à traiter"
    assert "SAS du Nord : 2" in mail.text


def test_where_nobody_manages_accounts_the_country_is_told(somme: Territory, manager: User, admin: User) -> None:
    make_account(
        "parti@example.org", (Role.ACCOUNT_MANAGER, somme), is_active=False, closed_for="dormant", closed_at=AT
    )
    ask(somme)
    assert tell_managers(at=AT) == 1
    assert OutgoingMail.objects.get().to == "admin@example.org"
