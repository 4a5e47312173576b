"""What a session must have settled before it opens a page."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from sas.accounts.models import SignIn, TermsAcceptance, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_client
from sas.web.models import AuditLine
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.accounts.signing import signed_in_client

SEARCH = "/sas/recherche"
STREAM = "/sas/recherche/flux"
API = "/api/v1/recherche"


@pytest.fixture
def terms(settings: Settings) -> str:
    settings.SAS_TERMS_VERSION = "2026-11"
    return "2026-11"


def test_terms_come_before_any_page_and_are_accepted_once(account: User, terms: str) -> None:
    client = signed_in_client(account)
    for path in ("/", SEARCH, "/compte/", "/compte/sessions/"):
        assert client.get(path)["Location"] == f"/conditions/?next={path}"
    page = client.get("/conditions/").content.decode()
    assert 'name="accepted"' in page
    assert "checked" not in page
    assert client.post("/conditions/", {"next": SEARCH}).status_code == 422
    assert not TermsAcceptance.objects.exists()
    answer = client.post("/conditions/", {"next": SEARCH, "accepted": "on", "version": "1999", "user": "1"})
    assert (answer.status_code, answer["Location"]) == (302, SEARCH)
    assert TermsAcceptance.objects.values_list("user", "version").get() == (account.pk, terms)
    assert AuditLine.objects.filter(act="accept_terms", actor=account.audit_label).count() == 1
    assert client.get(SEARCH).status_code == 200
    assert signed_in_client(account).get(SEARCH).status_code == 200


def test_a_new_version_is_asked_for(account: User, terms: str, settings: Settings) -> None:
    client = signed_in_client(account)
    client.post("/conditions/", {"accepted": "on"})
    settings.SAS_TERMS_VERSION = "2027-01"
    assert client.get(SEARCH).status_code == 302


def test_refusing_the_terms_signs_out(account: User, terms: str) -> None:
    client = signed_in_client(account)
    answer = client.post("/conditions/refuser/")
    assert answer["Location"] == "/connexion/?motif=conditions"
    assert "_auth_user_id" not in client.session
    assert "ne peut pas être utilisée" in client.get(answer["Location"]).content.decode()


def test_apis_and_streams_say_it_in_their_way(account: User, terms: str) -> None:
    client = signed_in_client(account)
    answer = client.get(API, {"loc": "Lille 59000"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "conditions" in answer.json()["detail"]
    stream = client.get(STREAM).content.decode()
    assert "event: fin" in stream
    assert "conditions" in stream


def test_machine_clients_pass_without_terms(account: User, terms: str) -> None:
    token = create_client(name="Logiciel", scopes=["search"], **SETTING_UP)
    answer = signed_in_client(account).get(API, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 400  # a question is missing, and nothing else


@pytest.mark.parametrize("path", ["/healthz", "/connexion/secours/", "/compte-desactive/"])
def test_what_everybody_opens_stays_open(account: User, terms: str, path: str) -> None:
    assert signed_in_client(account).get(path).status_code in (200, 403)


def test_signing_out_needs_no_terms(account: User, terms: str) -> None:
    client = signed_in_client(account)
    assert client.post("/deconnexion/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def seen(client: Client, at: datetime) -> None:
    session = client.session
    session["sas_seen_at"] = at.isoformat()
    session.save()


def test_an_idle_session_ends_with_its_reason_and_the_page_wanted(account: User, settings: Settings) -> None:
    now = datetime.now(UTC)
    client = signed_in_client(account, at=now - timedelta(hours=5))
    seen(client, now - settings.SAS_ENTERING.session_idle)
    answer = client.get(f"{SEARCH}?loc=Lille")
    assert answer["Location"] == "/connexion/?next=/sas/recherche%3Floc%3DLille&motif=inactivite"
    assert "_auth_user_id" not in client.session
    page = client.get(answer["Location"]).content.decode()
    assert "sans activité" in page
    assert 'value="/sas/recherche?loc=Lille"' in page


def test_a_session_in_use_ends_at_its_limit(account: User, settings: Settings) -> None:
    now = datetime.now(UTC)
    client = signed_in_client(account, at=now - settings.SAS_ENTERING.session_limit)
    seen(client, now)
    assert client.get(SEARCH)["Location"].endswith("motif=duree")


def test_an_ended_session_tells_apis_and_streams(account: User, settings: Settings) -> None:
    for path, status, said in ((API, 401, "Connectez-vous"), (STREAM, 200, "session est terminée")):
        client = signed_in_client(account, at=datetime.now(UTC) - timedelta(days=4))
        answer = client.get(path)
        assert (answer.status_code, said in answer.content.decode()) == (status, True)


def test_a_session_that_goes_on_keeps_its_moment_once_a_minute(account: User) -> None:
    client = signed_in_client(account)
    seen(client, datetime.now(UTC) - timedelta(seconds=61))
    client.get("/compte/")
    first = client.session["sas_seen_at"]
    client.get("/compte/")
    assert client.session["sas_seen_at"] == first


def test_in_the_steady_state_the_gate_asks_the_database_nothing(account: User, terms: str) -> None:
    client = signed_in_client(account)
    client.post("/conditions/", {"accepted": "on"})
    client.get(SEARCH)
    with CaptureQueriesContext(connection) as asked:
        client.get(SEARCH)
    tables = re.findall(r'FROM "(\w+)"', " ".join(query["sql"] for query in asked))
    assert tables[:2] == ["django_session", "accounts_user"]
    assert not {"accounts_termsacceptance", "usersessions_usersession", "mfa_authenticator"} & set(tables)
    assert not [query for query in asked if not query["sql"].startswith("SELECT")]


def test_an_account_past_its_last_day_is_closed_at_its_next_page(account: User) -> None:
    client = signed_in_client(account)
    User.objects.update(expires_on=datetime.now(UTC).date() - timedelta(days=2))
    assert client.get(SEARCH)["Location"].endswith("motif=echeance")
    account.refresh_from_db()
    assert (account.is_active, account.closed_for) == (False, "expired")


def test_a_card_without_an_address_is_asked_for_one_and_may_put_it_off(by_card: User) -> None:
    User.objects.update(email=None)
    client = signed_in_client(by_card, method=SignIn.Method.PSC)
    assert client.get(SEARCH)["Location"] == f"/compte/adresse/?next={SEARCH}"
    assert client.post("/compte/adresse/", {"email": "mal formée"}).status_code == 422
    assert client.post("/compte/adresse/plus-tard/", {"next": SEARCH})["Location"] == SEARCH
    assert client.get(SEARCH).status_code == 200
    again = signed_in_client(by_card, method=SignIn.Method.PSC)
    assert again.post("/compte/adresse/", {"email": "Dr@Example.org", "next": SEARCH})["Location"] == SEARCH
    by_card.refresh_from_db()
    assert by_card.email == "dr@example.org"
    assert again.get(SEARCH).status_code == 200


def test_the_address_of_another_account_is_refused_and_an_address_is_not_replaced(account: User, by_card: User) -> None:
    User.objects.filter(pk=by_card.pk).update(email=None)
    client = signed_in_client(by_card, method=SignIn.Method.PSC)
    answer = client.post("/compte/adresse/", {"email": "RITA@example.org"})
    assert (answer.status_code, "autre compte" in answer.content.decode()) == (422, True)
    mine = signed_in_client(account)
    assert mine.post("/compte/adresse/", {"email": "voleuse@example.org"}).status_code == 422
    account.refresh_from_db()
    assert account.email == "rita@example.org"


def test_a_password_alone_leads_to_the_second_factor_and_nowhere_else(client: Client, account: User) -> None:
    client.post("/connexion/", {"login": account.email, "password": PASSWORD, "next": SEARCH})
    assert client.get(SEARCH)["Location"] == f"/compte/securite/?next={SEARCH}"
    assert "Une étape avant de commencer" in client.get("/compte/securite/").content.decode()
    for closed in ("/", "/compte/", "/compte/sessions/", "/compte/mot-de-passe/"):
        assert client.get(closed).status_code == 302
    answer = client.get(API, {"loc": "Lille 59000"})
    assert (answer.status_code, "second facteur" in answer.json()["detail"]) == (403, True)
    assert client.get("/compte/securite/cle/").status_code == 200
    assert client.get("/compte/securite/application/").status_code == 200


def test_where_it_is_only_offered_a_notice_says_so_until_put_off(
    client: Client, account: User, settings: Settings
) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    client.post("/connexion/", {"login": account.email, "password": PASSWORD})
    assert "Ajouter un second facteur" in client.get("/compte/").content.decode()
    assert "Ajouter un second facteur" not in client.get(SEARCH).content.decode()
    assert client.post("/compte/securite/plus-tard/", {"next": "/compte/"})["Location"] == "/compte/"
    assert "Ajouter un second facteur" not in client.get("/compte/").content.decode()


def test_a_card_needs_no_second_factor(by_card: User) -> None:
    client = signed_in_client(by_card, method=SignIn.Method.PSC, second_factor=False)
    assert client.get(SEARCH).status_code == 200
    assert {role.value for role in by_card.roles} == {Role.REGULATOR.value}


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
@pytest.mark.parametrize("path", ["/conditions/", "/compte/adresse/plus-tard/", "/compte/securite/plus-tard/"])
def test_no_question_leads_to_another_site(account: User, terms: str, path: str, target: str) -> None:
    client = signed_in_client(account)
    client.post("/conditions/", {"accepted": "on"})
    answer = client.post(path, {"accepted": "on", "next": target})
    assert answer["Location"] == "/"
