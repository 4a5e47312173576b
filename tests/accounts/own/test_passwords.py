"""Passwords: first, changed, forgotten; what is refused, what ends, who is told."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import tokens
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from sas.accounts.closing import close_account
from sas.accounts.models import SignIn, User
from sas.accounts.own.passwords import locked_until, set_first_password, why_not_password
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, create_account
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.accounts.signing import signed_in_client

NEW = "des chevaux bleus sur le toit"
CHANGE = "/compte/mot-de-passe/"
FORGOTTEN = "/mot-de-passe-oublie/"


def link_of(mail: OutgoingMail) -> str:
    found = re.search(r"/mot-de-passe-oublie/\S+/\S+/", mail.text)
    assert found
    return found[0]


@pytest.fixture
def asked(account: User, client: Client) -> str:
    client.post(FORGOTTEN, {"email": account.email})
    return link_of(OutgoingMail.objects.get(kind="password_reset"))


def test_the_rules_are_said_and_applied(account: User) -> None:
    client = signed_in_client(account)
    assert "Au moins 12 caractères" in client.get(CHANGE).content.decode()
    for refused in (
        "court",
        "motdepasse12345",
        "Été-2026-été-2026",
        "ababababababab",
        "rita@example.org",
        "zq7 xv" * 22,
        "x" * 5000,
    ):
        answer = client.post(CHANGE, {"password": refused, "again": refused})
        assert answer.status_code == 422
        assert "fr-error-text" in answer.content.decode()
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


@pytest.mark.parametrize("length", [12, 128])
def test_the_shortest_and_the_longest_are_taken(account: User, length: int) -> None:
    assert why_not_password(("zq7 xv" * 30)[:length], account) is None


def test_two_different_passwords_are_refused(account: User) -> None:
    answer = signed_in_client(account).post(CHANGE, {"password": NEW, "again": NEW + "!"})
    assert (answer.status_code, "diffèrent" in answer.content.decode()) == (422, True)


def test_changing_keeps_this_session_ends_the_others_and_tells(account: User) -> None:
    here, there = signed_in_client(account), signed_in_client(account)
    key = here.session.session_key
    assert here.post(CHANGE, {"password": NEW, "again": NEW, "may_use_password": "0"}).status_code == 302
    assert here.session.session_key != key
    assert here.get("/compte/").status_code == 200
    assert there.get("/compte/").status_code == 302
    account.refresh_from_db()
    assert (account.check_password(NEW), account.may_use_password) == (True, True)
    assert OutgoingMail.objects.get().kind == "security_password_changed"
    assert "change_password" in set(AuditLine.objects.values_list("act", flat=True))


def test_changing_asks_who_is_there_after_a_while(account: User) -> None:
    client = signed_in_client(account, at=datetime.now(UTC) - timedelta(minutes=26))
    assert client.get(CHANGE)["Location"] == "/connexion/confirmer/?next=/compte/mot-de-passe/"
    assert client.post(CHANGE, {"password": NEW, "again": NEW}).status_code == 302
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_an_invitation_gives_the_first_password(account: User) -> None:
    set_first_password(user=account, password=NEW, **SETTING_UP)
    account.refresh_from_db()
    assert account.check_password(NEW)
    with pytest.raises(AccountRefused, match="trop court"):
        set_first_password(user=account, password="court", **SETTING_UP)
    by_card, _ = create_account(email="b@example.org", roles=[Role.IOA], **SETTING_UP)
    with pytest.raises(AccountRefused, match="Pro Santé Connect"):
        set_first_password(user=by_card, password=NEW, **SETTING_UP)


def test_an_address_answers_the_same_whoever_has_it(account: User, client: Client) -> None:
    create_account(email="carte@example.org", roles=[Role.IOA], **SETTING_UP)
    closed, _ = create_account(email="ferme@example.org", roles=[Role.IOA], password=PASSWORD, **SETTING_UP)
    close_account(user=closed, reason=User.ClosedFor.DECISION, **SETTING_UP)
    pages = set()
    for email in ("rita@example.org", "personne@example.org", "carte@example.org", "ferme@example.org"):
        answer = client.post(FORGOTTEN, {"email": email})
        text = re.sub(r'(nonce|value)="[A-Za-z0-9+/=_-]{16,}"', "", answer.content.decode())
        pages.add(text.replace(email, "X"))
    assert len(pages) == 1
    assert list(OutgoingMail.objects.values_list("kind", "to")) == [("password_reset", "rita@example.org")]


def test_an_unknown_address_is_written_nowhere_but_costs_the_same(account: User, client: Client) -> None:
    def statements(email: str) -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as seen:
            client.post(FORGOTTEN, {"email": email})
        return len([query for query in seen if "SAVEPOINT" not in query["sql"]])

    known, unknown = statements("rita@example.org"), statements("personne@example.org")
    assert known == unknown
    assert not AuditLine.objects.filter(target="compte 0").exists()


def test_the_link_works_once_and_lifts_the_lock(account: User, client: Client) -> None:
    session = signed_in_client(account)
    client.post(FORGOTTEN, {"email": account.email})
    asked = link_of(OutgoingMail.objects.get(kind="password_reset"))
    for number in range(10):
        at = datetime.now(UTC) - timedelta(seconds=10 - number)
        SignIn.objects.create(user=account, at=at, method="password", refusal="wrong_password")
    assert locked_until(account, at=datetime.now(UTC)) is not None
    assert client.get(asked).status_code == 200
    answer = client.post(asked, {"password": NEW, "again": NEW, "is_active": "0", "user": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/?motif=motdepasse")
    account.refresh_from_db()
    assert (account.check_password(NEW), account.is_active) == (True, True)
    assert locked_until(account, at=datetime.now(UTC)) is None
    assert session.get("/compte/").status_code == 302
    assert client.get(asked).status_code == 410
    assert client.post(asked, {"password": PASSWORD, "again": PASSWORD}).status_code == 410


def test_a_link_expires(account: User, asked: str, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    today = tokens.PasswordResetTokenGenerator._now
    later = timedelta(hours=2, seconds=2)
    monkeypatch.setattr(tokens.PasswordResetTokenGenerator, "_now", lambda self: today(self) + later)
    assert client.get(asked).status_code == 410


def test_a_link_dies_with_the_account_or_its_address(account: User, asked: str, client: Client) -> None:
    User.objects.update(email="autre@example.org")
    assert client.get(asked).status_code == 410
    User.objects.update(email="rita@example.org")
    assert client.get(asked).status_code == 200
    close_account(user=account, reason=User.ClosedFor.DECISION, **SETTING_UP)
    assert client.get(asked).status_code == 410


@pytest.mark.parametrize("uid", ["MQ", "AAAA", "é", "MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw", "-"])
def test_a_link_of_any_shape_is_a_page(client: Client, db: None, uid: str) -> None:
    assert client.get(f"{FORGOTTEN}{uid}/abc-def/").status_code == 410


def test_a_link_speaks_of_the_address_of_this_site_whatever_the_request_says(
    account: User, client: Client, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    client.post(FORGOTTEN, {"email": account.email}, headers={"host": "evil.example"})
    mail = OutgoingMail.objects.get()
    assert "evil.example" not in mail.text + mail.html
    assert settings.SAS_BASE_URL in mail.text


def test_asking_too_often_for_one_address_is_stopped(client: Client, db: None) -> None:
    cache.clear()
    statuses = [client.post(FORGOTTEN, {"email": "rita@example.org"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
