"""Signing in with an address and a password, and out again."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from sas.accounts.closing import close_account
from sas.accounts.entering import ENTERED_AT, METHOD, note_refusal
from sas.accounts.models import SignIn, User
from sas.accounts.own.passwords import locked_until, unlock_sign_in
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from tests.accounts.conftest import PASSWORD, SETTING_UP

SIGN_IN = "/connexion/"


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings: Settings) -> None:
    """Second factors have their own tests."""
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)


def sign_in(client: Client, email: str = "rita@example.org", password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """The status, and where it leads or the text of the page."""
    answer = client.post(SIGN_IN, {"login": email, "password": password} | more)
    return answer.status_code, answer.get("Location") or answer.content.decode()


@pytest.mark.parametrize("email", ["rita@example.org", "RITA@Example.ORG", " rita@example.org "])
def test_the_case_of_the_address_does_not_matter(client: Client, account: User, email: str) -> None:
    assert sign_in(client, email) == (302, "/")
    assert client.get("/sas/recherche").status_code == 200


@pytest.mark.parametrize("email", ["rita@example.org", "personne@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(
    client: Client, account: User, email: str
) -> None:
    status, page = sign_in(client, email, "autre chose de long")
    assert status == 422
    assert "Adresse ou mot de passe incorrect" in page
    assert client.get("/sas/recherche").status_code == 302


def test_what_was_typed_is_still_there_but_not_the_password(client: Client, account: User) -> None:
    _, page = sign_in(client, password="secret-que-personne-ne-voit")
    assert 'value="rita@example.org"' in page
    assert "secret-que-personne-ne-voit" not in page


def test_too_many_wrong_passwords_are_stopped(client: Client, account: User) -> None:
    pages = [sign_in(client, password=f"faux {number}")[1] for number in range(6)]
    assert "incorrect" in pages[0]
    assert "incorrect" not in pages[-1]
    assert sign_in(client)[0] != 302


def test_too_many_requests_from_one_place_get_the_page_that_says_so(client: Client, account: User) -> None:
    found = [sign_in(client, f"personne{number}@example.org", "faux") for number in range(35)]
    status, page = found[-1]
    assert status == 429
    assert "Attendez cinq minutes" in page


def test_a_closed_account_is_told_so(client: Client, account: User) -> None:
    close_account(user=account, reason=User.ClosedFor.DECISION, **SETTING_UP)
    answer = client.post(SIGN_IN, {"login": account.email, "password": PASSWORD}, follow=True)
    assert answer.status_code == 403
    assert "désactivé" in answer.content.decode()
    assert client.get("/sas/recherche").status_code == 302


def test_a_session_of_an_account_closed_meanwhile_opens_nothing(client: Client, account: User) -> None:
    client.force_login(account)
    close_account(user=account, reason=User.ClosedFor.DECISION, **SETTING_UP)
    assert client.get("/sas/recherche").status_code in (302, 403)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\x00//x",
    ],
)
def test_signing_in_never_leads_to_another_site(client: Client, account: User, target: str) -> None:
    status, where = sign_in(client, next=target)
    assert status == 302
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_signing_in_leads_to_the_page_that_was_wanted(client: Client, account: User) -> None:
    wanted = client.get("/sas/recherche?loc=Lille")
    assert wanted["Location"] == "/connexion/?next=/sas/recherche%3Floc%3DLille"
    assert sign_in(client, next="/sas/recherche?loc=Lille") == (302, "/sas/recherche?loc=Lille")


@pytest.mark.parametrize("hostile", ["\x00", "a" * 10_000, "é" * 10_000, "<script>", "' OR 1=1 --", "\ufffe\u202e"])
@pytest.mark.parametrize("field", ["login", "password", "next"])
def test_a_hostile_form_is_a_page(client: Client, account: User, field: str, hostile: str) -> None:
    form = {"login": "rita@example.org", "password": "faux", "next": "/"} | {field: hostile}
    answer = client.post(SIGN_IN, form)
    assert answer.status_code in (302, 400, 422)
    assert "<script>" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]


def test_signing_out_takes_a_button_not_a_link(client: Client, account: User) -> None:
    client.force_login(account)
    assert client.get("/deconnexion/").status_code == 405
    assert client.get("/sas/recherche").status_code == 200
    assert client.post("/deconnexion/").status_code == 302
    assert client.get("/sas/recherche").status_code == 302


def test_a_form_without_its_token_is_refused_with_what_to_do(account: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(SIGN_IN, {"login": account.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "Rechargez la page" in answer.content.decode()


def test_signing_out_of_a_session_that_had_ended_leads_home(client: Client, db: None) -> None:
    # To the sign-in page, it would come back here by GET, and end on nothing.
    answer = client.post("/deconnexion/")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def page_without_its_secrets(answer: Any) -> str:
    """The bytes of a page but what is new at each one."""
    text = answer.content.decode()
    return re.sub(r'(nonce|value)="[A-Za-z0-9+/=_-]{16,}"', "", text)


def counting_hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every computation of a password's hash from now on."""
    made: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        made.append(salt)
        return encode(self, password, salt)

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counted)
    return made


def lock(account: User, *, at: datetime, wrong: int = 10) -> None:
    for number in range(wrong):
        note = {"user": account, "method": "password", "refusal": "wrong_password"}
        SignIn.objects.create(at=at - timedelta(seconds=wrong - number), **note)


def test_nothing_tells_an_unknown_address_from_any_refused_account(
    account: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    locked, _ = create_account(email="verrou@example.org", roles=[Role.IOA], password=PASSWORD, **SETTING_UP)
    lock(locked, at=now)
    create_account(email="carte@example.org", roles=[Role.IOA], **SETTING_UP)
    pages, hashes = {}, {}
    for email in ("personne@example.org", "rita@example.org", "verrou@example.org", "carte@example.org"):
        cache.clear()
        made = counting_hashes(monkeypatch)
        answer = Client().post(SIGN_IN, {"login": email, "password": "une phrase, mais pas la bonne"})
        pages[email] = page_without_its_secrets(answer).replace(email, "X")
        hashes[email] = len(made)
        monkeypatch.undo()
    assert len(set(pages.values())) == 1
    assert set(hashes.values()) == {1}


def test_ten_wrong_passwords_lock_even_the_right_one_until_somebody_unlocks(client: Client, account: User) -> None:
    now = datetime.now(UTC)
    lock(account, at=now)
    assert sign_in(client)[0] == 422
    assert SignIn.objects.latest("pk").refusal == "locked"
    assert locked_until(account, at=now) is not None
    assert unlock_sign_in(user=account, by="compte 1", at=datetime.now(UTC))
    assert not unlock_sign_in(user=account, by="compte 1", at=datetime.now(UTC))
    assert sign_in(client) == (302, "/")


def test_nine_wrong_passwords_do_not_lock(client: Client, account: User) -> None:
    lock(account, at=datetime.now(UTC), wrong=9)
    assert sign_in(client) == (302, "/")


def test_an_entry_and_a_wrong_password_are_kept_for_the_person(client: Client, account: User) -> None:
    sign_in(client, password="faux, et long")
    sign_in(client)
    held = list(SignIn.objects.order_by("pk").values_list("user_id", "method", "refusal", "address"))
    assert held == [
        (account.pk, "password", "wrong_password", "127.0.0.1"),
        (account.pk, "password", "", "127.0.0.1"),
    ]


def test_an_unknown_address_is_kept_nowhere(client: Client, account: User) -> None:
    sign_in(client, "personne@example.org", "faux, et long")
    assert not SignIn.objects.exists()


def test_an_account_that_enters_by_card_has_no_use_for_a_password(client: Client, account: User) -> None:
    User.objects.update(may_use_password=False)
    assert sign_in(client)[0] == 422
    assert SignIn.objects.get().refusal == "no_password"


def test_passwords_closed_nationally_are_neither_shown_nor_taken(
    client: Client, account: User, settings: Settings
) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, password_sign_in=False)
    assert "id_password" not in client.get(SIGN_IN).content.decode()
    status, page = sign_in(client)
    assert status == 403
    assert "entrez avec Pro Santé Connect" in page
    assert client.get("/sas/recherche").status_code == 302


def test_the_last_day_of_an_account_is_whole(client: Client, account: User) -> None:
    User.objects.update(expires_on=datetime.now(UTC).date() + timedelta(days=1))
    assert sign_in(client)[0] == 302


def test_an_account_past_its_last_day_is_closed_and_told(client: Client, account: User) -> None:
    User.objects.update(expires_on=datetime(2026, 1, 6, tzinfo=UTC).date())
    answer = client.post(SIGN_IN, {"login": account.email, "password": PASSWORD}, follow=True)
    assert (answer.status_code, "échéance" in answer.content.decode()) == (403, True)
    account.refresh_from_db()
    assert (account.is_active, account.closed_for) == (False, "expired")
    assert SignIn.objects.get().refusal == "expired"


def test_signing_in_changes_the_key_of_the_session(client: Client, account: User) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    sign_in(client)
    assert client.session.session_key != planted
    assert (client.session[METHOD], ENTERED_AT in client.session) == ("password", True)
    assert Client(headers={"cookie": f"sessionid={planted}"}).get("/sas/recherche").status_code == 302


def test_extra_fields_change_nothing(client: Client, account: User) -> None:
    before: dict[str, object] = dict(User.objects.values().get())
    sign_in(client, is_active="0", may_use_password="0", roles="national_admin", user="1", method="psc")
    after: dict[str, object] = dict(User.objects.values().get())
    assert {name for name in before if before[name] != after[name]} == {"last_login"}
    assert client.session[METHOD] == "password"


def test_another_host_is_refused(account: User) -> None:
    answer = Client(headers={"host": "evil.example"}).get(SIGN_IN)
    assert answer.status_code == 400


def test_the_page_cannot_be_framed_and_runs_no_inline_script(client: Client, db: None) -> None:
    answer = client.get(SIGN_IN)
    policy = answer["Content-Security-Policy"]
    assert (answer["X-Frame-Options"], "frame-ancestors 'none'" in policy) == ("DENY", True)
    assert "unsafe-inline" not in policy


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(client: Client, account: User) -> None:
    sign_in(client)
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_reason_to_be_here_is_said_and_nothing_else(client: Client, db: None) -> None:
    assert "sans activité" in client.get(SIGN_IN, {"motif": "inactivite"}).content.decode()
    assert "pwned" not in client.get(SIGN_IN, {"motif": "pwned"}).content.decode()


def test_a_refusal_of_nobody_is_not_kept(rf: Any, db: None) -> None:
    note_refusal(rf.post("/"), method=SignIn.Method.PSC, refusal="unknown", at=datetime.now(UTC))
    assert not SignIn.objects.exists()


def test_an_empty_form_says_what_to_type(client: Client, db: None) -> None:
    page = client.post(SIGN_IN, {}).content.decode()
    assert "Donnez votre adresse électronique." in page
    assert "Tapez votre mot de passe." in page
