"""Second factors: an application's codes and recovery codes, from enrolment to loss. (Passkeys: tests/browser.)"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from sas.accounts.models import SignIn, User
from sas.accounts.own.factors.queries import factors_of
from sas.accounts.own.factors.services import add_application, remove_all_factors
from sas.accounts.services import AccountRefused
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.accounts.signing import signed_in_client

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
APPLICATION = "/compte/securite/application/"
STEP = "/connexion/second-facteur/"


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an application shows now (or some half-minutes later)."""
    counter = int(datetime.now(UTC).timestamp()) // 30 + steps
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def recovery(account: User) -> list[str]:
    """The account has an application; these are its recovery codes."""
    return add_application(user=account, secret=SECRET, **SETTING_UP)


def first_step(client: Client, **more: str) -> Any:
    return client.post("/connexion/", {"login": "rita@example.org", "password": PASSWORD} | more)


def test_enrolling_shows_the_secret_twice_then_the_codes_once(client: Client, account: User) -> None:
    first_step(client)
    client.get("/sas/recherche", follow=True)
    key = client.session.session_key
    page = client.get(APPLICATION).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    typed = re.search(r'sas-secret">([A-Z2-7 ]+)<', page)
    assert typed
    secret = typed[1].replace(" ", "")
    assert client.post(APPLICATION, {"code": "000000"}).status_code == 422
    assert secret in client.post(APPLICATION, {"code": "x"}).content.decode().replace(" ", "")
    done = client.post(APPLICATION, {"code": code_of(secret), "user": "1", "secret": "AAAA"})
    assert (done.status_code, len(re.findall(r"<code>\d{4} \d{4}</code>", done.content.decode()))) == (200, 10)
    assert 'href="/sas/recherche"' in done.content.decode()
    assert client.session.session_key != key
    assert client.get("/sas/recherche").status_code == 200
    assert [factor.is_passkey for factor in factors_of(account)] == [False]
    assert OutgoingMail.objects.get().kind == "security_factor_added"
    assert AuditLine.objects.filter(act="add_factor").count() == 1
    assert SECRET not in client.get("/compte/securite/").content.decode()


def test_enrolling_ends_sessions_that_a_password_alone_had_opened(client: Client, account: User) -> None:
    other = signed_in_client(account, second_factor=False)
    other.get("/compte/securite/")
    first_step(client)
    page = client.get(APPLICATION).content.decode()
    secret = re.sub(r".*sas-secret\">([A-Z2-7 ]+)<.*", r"\1", page, flags=re.S).replace(" ", "")
    client.post(APPLICATION, {"code": code_of(secret)})
    assert other.get("/compte/securite/")["Location"].startswith("/connexion/")


def test_a_session_that_never_gave_the_factor_of_its_account_ends(account: User, recovery: list[str]) -> None:
    client = signed_in_client(account, second_factor=False)
    assert client.get("/compte/securite/")["Location"].endswith("motif=facteur")


def test_the_code_is_asked_after_the_password_and_noted_once(
    client: Client, account: User, recovery: list[str]
) -> None:
    answer = first_step(client, next="/sas/recherche")
    assert answer["Location"] == STEP
    assert client.get("/sas/recherche").status_code == 302
    assert not SignIn.objects.exists()
    assert client.post(STEP, {"code": "000000"}).status_code == 422
    key = client.session.session_key
    answer = client.post(STEP, {"code": code_of(SECRET)})
    assert (answer.status_code, answer["Location"]) == (302, "/sas/recherche")
    assert client.session.session_key != key
    assert client.get("/sas/recherche").status_code == 200
    assert list(SignIn.objects.order_by("pk").values_list("refusal", flat=True)) == ["wrong_code", ""]
    assert AuditLine.objects.filter(act="sign_in").count() == 1


def test_a_code_opens_one_session_only(account: User, recovery: list[str]) -> None:
    code = code_of(SECRET)
    statuses = []
    for client in (Client(), Client()):
        first_step(client)
        statuses.append(client.post(STEP, {"code": code}).status_code)
    assert statuses == [302, 422]


def test_a_recovery_code_replaces_the_application_once(account: User, recovery: list[str]) -> None:
    statuses = []
    for client in (Client(), Client()):
        first_step(client)
        statuses.append(client.post(STEP, {"code": f"{recovery[0][:4]} {recovery[0][4:]}"}).status_code)
    assert statuses == [302, 422]


def test_guessing_codes_is_stopped_and_locks_the_account(account: User, recovery: list[str], client: Client) -> None:
    first_step(client)
    pages = [client.post(STEP, {"code": "000000"}).content.decode() for _ in range(10)]
    assert "Trop d’essais" in pages[-1]
    cache.clear()
    again = first_step(Client())
    assert (again.status_code, "incorrect" in again.content.decode()) == (422, True)


def test_the_second_step_alone_leads_to_the_first(client: Client, db: None) -> None:
    assert client.get(STEP)["Location"] == "/connexion/"
    assert client.post(STEP, {"code": "123456"})["Location"] == "/connexion/"


def test_leaving_the_second_step_forgets_the_first(client: Client, account: User, recovery: list[str]) -> None:
    first_step(client)
    assert client.post("/connexion/abandonner/")["Location"] == "/connexion/"
    assert client.get(STEP)["Location"] == "/connexion/"


def test_the_last_factor_stays_where_it_is_required(account: User, recovery: list[str], settings: Settings) -> None:
    client = signed_in_client(account)
    [factor] = factors_of(account)
    answer = client.post("/compte/securite/retirer/", {"factor": factor.pk}, follow=True)
    assert "seul second facteur" in answer.content.decode()
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    client.post("/compte/securite/retirer/", {"factor": factor.pk})
    assert not Authenticator.objects.exists()
    assert set(OutgoingMail.objects.values_list("kind", flat=True)) == {
        "security_factor_added",
        "security_factor_removed",
    }


def test_factors_of_others_are_out_of_reach(account: User, by_card: User, recovery: list[str]) -> None:
    [factor] = factors_of(account)
    stranger = signed_in_client(by_card)
    for path in ("/compte/securite/retirer/", "/compte/securite/renommer/"):
        assert stranger.post(path, {"factor": factor.pk, "name": "à moi"}).status_code == 302
    assert [held.pk for held in factors_of(account)] == [factor.pk]


def test_new_recovery_codes_replace_the_old_ones(account: User, recovery: list[str]) -> None:
    client = signed_in_client(account)
    shown = client.get("/compte/securite/codes/").content.decode()
    assert not [code for code in recovery if code[:4] + " " + code[4:] in shown]
    page = client.post("/compte/securite/codes/").content.decode()
    new = [code.replace(" ", "") for code in re.findall(r"<code>(\d{4} \d{4})</code>", page)]
    assert len(set(new)) == 10
    assert not set(new) & set(recovery)
    step = Client()
    first_step(step)
    assert step.post(STEP, {"code": recovery[0]}).status_code == 422
    assert step.post(STEP, {"code": new[0]}).status_code == 302


def test_somebody_who_lost_everything_starts_again(account: User, recovery: list[str], client: Client) -> None:
    assert remove_all_factors(user=account, **SETTING_UP) == 2
    first_step(client)
    assert client.get("/sas/recherche")["Location"].startswith("/compte/securite/")


def test_an_account_that_enters_by_card_gets_no_factor(by_card: User) -> None:
    with pytest.raises(AccountRefused, match="Pro Santé Connect"):
        add_application(user=by_card, secret=SECRET, **SETTING_UP)
    assert "déjà deux facteurs" in signed_in_client(by_card).get("/compte/securite/").content.decode()


@pytest.mark.parametrize("path", [APPLICATION, "/compte/securite/cle/", "/compte/securite/codes/"])
def test_changing_factors_asks_who_is_there_after_a_while(account: User, path: str) -> None:
    client = signed_in_client(account, at=datetime.now(UTC) - timedelta(minutes=26))
    assert client.get(path)["Location"] == f"/connexion/confirmer/?next={path}"
    assert client.post(path, {"code": "123456"}).status_code == 302


def passkey_answer(origin: str, kind: str = "webauthn.get") -> str:
    """What a browser would send, but for the proof itself."""
    import base64

    said = json.dumps({"type": kind, "challenge": "AAAA", "origin": origin}).encode()
    text = base64.urlsafe_b64encode(said).decode().rstrip("=")
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": text}})


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "5",
        '"x"',
        "{}",
        '{"response": []}',
        '{"response": {"clientDataJSON": 5}}',
        '{"response": {"clientDataJSON": "!!!"}}',
        "[" * 10_000,
        "x" * 30_000,
        passkey_answer("http://testserver"),
        passkey_answer("https://evil.example"),
        passkey_answer("http://localhost"),
    ],
)
def test_a_passkey_answer_of_any_shape_is_a_refusal(client: Client, account: User, answer: str) -> None:
    cache.clear()
    assert "request_options" in client.get("/connexion/cle/").json()
    refused = client.post("/connexion/cle/", {"credential": answer}, follow=True)
    assert "n’a pas été reconnue" in refused.content.decode()
    assert client.get("/sas/recherche").status_code == 302
    mine = signed_in_client(account)
    mine.get("/compte/securite/cle/")
    assert mine.post("/compte/securite/cle/", {"credential": answer, "name": "clé"}).status_code == 422


def test_the_challenge_is_new_each_time(client: Client, db: None) -> None:
    cache.clear()
    seen = {client.get("/connexion/cle/").json()["request_options"]["publicKey"]["challenge"] for _ in range(3)}
    assert len(seen) == 3
