"""Asking again who is there."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from sas.accounts.models import SignIn, User
from sas.accounts.own.factors.services import add_application
from sas.web.models import AuditLine
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.accounts.own.factors.test_factors import SECRET, code_of
from tests.accounts.signing import signed_in_client

HERE = "/connexion/confirmer/"


@pytest.fixture
def stale(account: User) -> Client:
    """Signed in half an hour ago."""
    return signed_in_client(account, at=datetime.now(UTC) - timedelta(minutes=30))


def test_a_password_opens_what_was_asked_under_a_new_key(stale: Client) -> None:
    wanted = stale.get("/compte/mot-de-passe/")["Location"]
    assert 'value="/compte/mot-de-passe/"' in stale.get(wanted).content.decode()
    key = stale.session.session_key
    answer = stale.post(HERE, {"password": PASSWORD, "next": "/compte/mot-de-passe/"})
    assert answer["Location"] == "/compte/mot-de-passe/"
    assert stale.session.session_key != key
    assert stale.get("/compte/mot-de-passe/").status_code == 200
    assert AuditLine.objects.get(act="confirm_identity").after == {"proof": "password"}


def test_a_code_does_as_well(stale: Client, account: User) -> None:
    add_application(user=account, secret=SECRET, **SETTING_UP)
    assert stale.post(HERE, {"code": "000000"}).status_code == 422
    assert stale.post(HERE, {"code": code_of(SECRET)})["Location"] == "/compte/"
    assert stale.get("/compte/mot-de-passe/").status_code == 200


def test_a_wrong_password_says_so_is_kept_and_is_counted(stale: Client, account: User) -> None:
    for _ in range(10):
        answer = stale.post(HERE, {"password": "faux"})
    assert answer.status_code == 422
    assert SignIn.objects.filter(user=account, refusal="wrong_password").count() == 10
    assert "Trop d’essais" in stale.post(HERE, {"password": PASSWORD}).content.decode()


def test_a_post_that_comes_too_late_says_that_nothing_was_done(stale: Client) -> None:
    answer = stale.post("/compte/securite/codes/", follow=True)
    assert "n’a pas été enregistrée" in answer.content.decode()


@pytest.mark.parametrize(
    ("minutes", "opens", "sends"), [(9, True, True), (11, False, True), (24, False, True), (26, False, False)]
)
def test_a_form_that_was_opened_in_time_may_be_sent_a_quarter_of_an_hour_later(
    account: User, minutes: int, opens: bool, sends: bool
) -> None:
    client = signed_in_client(account, at=datetime.now(UTC) - timedelta(minutes=minutes))
    assert (client.get("/compte/mot-de-passe/").status_code == 200) is opens
    answer = client.post("/compte/mot-de-passe/", {"current": "x"})
    assert (answer.status_code == 422) is sends
    assert answer.status_code in (302, 422)


def test_a_session_that_does_not_say_when_it_opened_is_not_recent(account: User, client: Client) -> None:
    client.force_login(account)
    assert client.get("/compte/mot-de-passe/").status_code == 302


def test_a_code_of_the_day_proves_nothing_more(by_card: User) -> None:
    User.objects.update(national_id=None)
    client = signed_in_client(by_card, method=SignIn.Method.BREAK_GLASS, at=datetime(2026, 11, 1, tzinfo=UTC))
    session = client.session
    session["sas_entered_at"] = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    session.save()
    assert "ne peut pas le prouver" in client.get(HERE).content.decode()


@pytest.mark.parametrize("page", ["/compte/securite/application/", "/compte/mot-de-passe/"])
def test_a_code_of_the_day_never_opens_what_outlives_the_day(account: User, page: str) -> None:
    client = signed_in_client(account, method=SignIn.Method.BREAK_GLASS)
    answer = client.get(page)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, HERE)


def test_the_right_code_does_not_open_a_locked_account(account: User) -> None:
    add_application(user=account, secret=SECRET, **SETTING_UP)
    client = Client()
    assert client.post("/connexion/", {"login": account.email, "password": PASSWORD}).status_code == 302
    now = datetime.now(UTC)
    SignIn.objects.bulk_create(SignIn(user=account, at=now, method="password", refusal="wrong_code") for _ in range(10))
    answer = client.post("/connexion/second-facteur/", {"code": code_of(SECRET)})
    assert (answer.status_code, "bloqué" in answer.content.decode()) == (422, True)
    assert client.get("/compte/").status_code == 302


def test_an_address_that_only_takes_forms_leads_back_to_the_page_of_the_form(stale: Client) -> None:
    page = "/compte/securite/?vue=1"
    answer = stale.post("/compte/securite/retirer/", headers={"referer": f"http://testserver{page}"})
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [page]}


@pytest.mark.parametrize("referer", ["", "https://evil.example/compte/", "http://testserver.evil.example/", "http://["])
def test_the_page_of_a_form_is_believed_only_when_it_is_one_of_ours(stale: Client, referer: str) -> None:
    answer = stale.post("/compte/securite/retirer/", headers={"referer": referer})
    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": ["/compte/securite/retirer/"]}


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_confirming_never_leads_to_another_site(stale: Client, target: str) -> None:
    assert stale.post(HERE, {"password": PASSWORD, "next": target})["Location"] == "/compte/"
