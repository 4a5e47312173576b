"""Answers that must not be believed, each told by a real provider that misbehaves; and those that must."""

import logging
from collections.abc import Callable

import pytest
from django.test import Client

from demo.pro_sante_connect.running import RunningProvider
from sas.accounts.models import SignIn, User
from sas.accounts.psc import provider as product
from tests.accounts.psc.conftest import BACK, LEA, START, ZOE, Clock, Visitor, main_text, parameters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def zoe(account_of: Callable[..., User]) -> User:
    """She has an account: whatever is refused is refused for what the provider said."""
    return account_of()


@pytest.mark.parametrize(
    ("fault", "reference"),
    [
        ("wrong_issuer", "PSC-ISS"),
        ("wrong_audience", "PSC-AUD"),
        ("wrong_nonce", "PSC-NONCE"),
        ("no_nonce", "PSC-NONCE"),
        ("bad_signature", "PSC-SIGNATURE"),
        ("alg_none", "PSC-ALGORITHM"),
        ("alg_hs256_with_secret", "PSC-ALGORITHM"),
        ("alg_hs256_with_public_key", "PSC-ALGORITHM"),
        ("expired", "PSC-EXPIRED"),
        ("issued_in_future", "PSC-IAT"),
        ("wrong_acr", "PSC-ACR"),
        ("no_acr", "PSC-ACR"),
        ("no_sub", "PSC-SUB"),
        ("unknown_kid", "PSC-KEY"),
        ("unsigned_rotation", "PSC-KEY"),
        ("other_subject_in_userinfo", "PSC-USERINFO-SUB"),
        ("userinfo_jwt_bad_signature", "PSC-SIGNATURE"),
    ],
)
def test_an_answer_that_is_not_to_be_believed_opens_nothing(visitor: Visitor, fault: str, reference: str) -> None:
    url = visitor.ask()
    visitor.provider.set_behaviour(fault)
    answer = visitor.client.get(visitor.back_from(url))
    assert answer.status_code == 403
    assert f"Référence : {reference} " in main_text(answer)
    assert visitor.user_id is None
    assert SignIn.objects.filter(refusal="").count() == 0


@pytest.mark.parametrize("behaviour", ["ok", "clock_ahead_30s", "clock_behind_30s", "userinfo_jwt"])
def test_clocks_may_differ_by_half_a_minute_and_userinfo_may_be_signed(
    visitor: Visitor, zoe: User, behaviour: str
) -> None:
    url = visitor.ask()
    visitor.provider.set_behaviour(behaviour)
    answer = visitor.client.get(visitor.back_from(url))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert visitor.user_id == zoe.pk


@pytest.mark.parametrize(
    ("fault", "reference"),
    [
        ("missing_name", "PSC-NOM-ABSENT"),
        ("missing_national_id", "PSC-ID-ABSENT"),
        ("contradictory_claims", "PSC-ID-CONTRADICTOIRE"),
    ],
)
def test_a_card_that_does_not_say_who_it_is_gets_a_page_with_a_reference(
    visitor: Visitor, fault: str, reference: str
) -> None:
    visitor.provider.set_behaviour(fault)
    answer = visitor.enter()
    assert answer.status_code == 403
    assert f"Référence : {reference} " in main_text(answer)
    assert "Carte illisible" in main_text(answer)
    assert visitor.user_id is None


@pytest.mark.parametrize("fault", ["token_error_500", "token_html", "userinfo_error", "slow", "down"])
def test_a_provider_out_of_order_says_so_with_the_other_ways_in(
    visitor: Visitor, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product, "TIMEOUT", 0.3)
    back = visitor.back_from(visitor.ask())
    visitor.provider.set_behaviour(fault)
    answer = visitor.client.get(back)
    assert answer.status_code == 503
    said = main_text(answer)
    assert "Pro Santé Connect ne répond pas" in said
    assert "code de secours" in said
    assert "mot de passe" in said
    assert visitor.user_id is None


@pytest.mark.parametrize("fault", ["discovery_error", "slow", "down"])
def test_a_provider_that_cannot_be_reached_is_told_before_leaving(
    visitor: Visitor, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(product, "TIMEOUT", 0.3)
    visitor.provider.set_behaviour(fault)
    answer = visitor.client.post(START)
    assert answer.status_code == 503
    assert "Refresh" not in answer


def test_a_discovery_document_of_somebody_else_is_refused(visitor: Visitor) -> None:
    visitor.provider.set_behaviour("discovery_other_issuer")
    answer = visitor.client.post(START)
    assert answer.status_code == 403
    assert "PSC-DISCOVERY-ISSUER" in main_text(answer)


def test_keys_that_cannot_be_had_are_a_provider_out_of_order(visitor: Visitor) -> None:
    back = visitor.back_from(visitor.ask())
    visitor.provider.set_behaviour("keys_error")
    assert visitor.client.get(back).status_code == 503


def test_a_new_key_is_accepted_when_the_provider_publishes_it(visitor: Visitor, zoe: User, clock: Clock) -> None:
    assert visitor.enter().status_code == 302
    clock.advance(minutes=5)
    visitor.provider.rotate_keys(keep_old=False)
    again = Visitor(visitor.provider)
    again.enter()
    assert again.user_id == zoe.pk


def test_a_cancelled_sign_in_is_told_as_such(visitor: Visitor) -> None:
    assert visitor.browser is not None
    back = visitor.browser.cancel(visitor.ask(next="/sas/recherche"))
    answer = visitor.client.get(back.removeprefix("http://127.0.0.1:8000"))
    assert answer.status_code == 200
    assert "Connexion annulée" in main_text(answer)
    assert 'name="next" value="/sas/recherche"' in answer.content.decode()
    assert visitor.user_id is None


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        ("server_error", 503, "ne répond pas"),
        ("temporarily_unavailable", 503, "ne répond pas"),
        ("invalid_scope", 403, "PSC-REPONSE"),
        ("<script>alert(1)</script>", 403, "PSC-REPONSE"),
    ],
)
def test_an_error_of_the_provider_is_a_page(visitor: Visitor, error: str, status: int, said: str) -> None:
    state = parameters(visitor.ask())["state"]
    answer = visitor.client.get(BACK, {"state": state, "error": error, "error_description": "<b>"})
    assert answer.status_code == status
    assert said in main_text(answer)
    assert "<script>alert" not in answer.content.decode()


def test_an_answer_works_once(visitor: Visitor, zoe: User) -> None:
    back = visitor.back_from(visitor.ask())
    assert visitor.client.get(back).status_code == 302
    visitor.client.post("/deconnexion/")
    answer = visitor.client.get(back)
    assert answer.status_code == 400
    assert "recommencer" in main_text(answer)
    assert visitor.user_id is None


@pytest.mark.parametrize("fault", ["token_error_500", "wrong_nonce"])
def test_an_answer_that_failed_cannot_be_tried_again(visitor: Visitor, fault: str) -> None:
    back = visitor.back_from(visitor.ask())
    visitor.provider.set_behaviour(fault)
    assert visitor.client.get(back).status_code in (403, 503)
    visitor.provider.set_behaviour("ok")
    assert visitor.client.get(back).status_code == 400


def test_a_code_that_served_elsewhere_is_refused(visitor: Visitor) -> None:
    first = parameters(visitor.back_from(visitor.ask()))
    assert visitor.client.get(BACK, first).status_code == 302
    other = Visitor(visitor.provider)
    state = parameters(other.ask())["state"]
    answer = other.client.get(BACK, {"state": state, "code": first["code"]})
    assert answer.status_code == 403
    assert "PSC-CODE" in main_text(answer)
    assert other.user_id is None


def test_a_fresh_code_of_another_session_is_refused_for_its_verifier(visitor: Visitor) -> None:
    stolen = parameters(visitor.back_from(visitor.ask()))["code"]
    thief = Visitor(visitor.provider)
    state = parameters(thief.ask())["state"]
    answer = thief.client.get(BACK, {"state": state, "code": stolen})
    assert answer.status_code == 403
    assert thief.user_id is None


def test_the_answer_to_somebody_else_s_question_is_refused(visitor: Visitor) -> None:
    """Otherwise one could sign a victim in to one's own account, by a link."""
    attacker = Visitor(visitor.provider)
    assert visitor.client.get(attacker.back_from(attacker.ask())).status_code == 400
    visitor.ask()
    assert visitor.client.get(attacker.back_from(attacker.ask())).status_code == 400
    assert visitor.user_id is None


@pytest.mark.parametrize(
    "query", [{}, {"code": "x"}, {"state": ""}, {"state": "inconnu", "code": "x"}, {"state": "é\x00" * 900}]
)
def test_a_return_that_nobody_asked_for_is_to_start_again(visitor: Visitor, query: dict[str, str]) -> None:
    assert visitor.client.get(BACK, query).status_code == 400


@pytest.mark.parametrize("code", ["", "x" * 5000, "\x00", "é"])
def test_a_code_that_cannot_be_one_is_refused(visitor: Visitor, code: str) -> None:
    state = parameters(visitor.ask())["state"]
    assert visitor.client.get(BACK, {"state": state, "code": code}).status_code == 403


def test_an_answer_signed_by_another_issuer_s_name_is_refused(visitor: Visitor) -> None:
    back = visitor.back_from(visitor.ask())
    answer = visitor.client.get(f"{back}&iss=https%3A%2F%2Fautre.invalid")
    assert answer.status_code == 403
    assert "PSC-ISS " in main_text(answer)


def test_a_question_lasts_ten_minutes(visitor: Visitor, clock: Clock) -> None:
    early = visitor.ask()
    clock.advance(minutes=9, seconds=30)
    assert visitor.client.get(visitor.back_from(early)).status_code == 302
    other = Visitor(visitor.provider)
    late = other.ask()
    clock.advance(minutes=10)
    assert other.client.get(other.back_from(late)).status_code == 400


def test_several_tabs_may_ask_but_not_without_limit(visitor: Visitor) -> None:
    asked = [visitor.ask() for _ in range(6)]
    assert visitor.client.get(visitor.back_from(asked[0])).status_code == 400
    assert visitor.client.get(visitor.back_from(asked[1])).status_code == 302


def test_nothing_that_proves_who_we_are_is_asked_twice_or_told(visitor: Visitor) -> None:
    first, second = parameters(visitor.ask()), parameters(visitor.ask())
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name]) >= 32
    assert {first[name] for name in ("acr_values", "code_challenge_method", "response_type")} == {
        "eidas1",
        "S256",
        "code",
    }
    assert first["redirect_uri"] == f"http://127.0.0.1:8000{BACK}"
    assert "secret" not in str(first)


def test_the_session_has_a_new_number_once_opened(visitor: Visitor) -> None:
    back = visitor.back_from(visitor.ask())
    before = visitor.client.cookies["sessionid"].value
    visitor.client.get(back)
    after = visitor.client.cookies["sessionid"].value
    assert visitor.user_id is not None
    assert before != after
    stranger = Client(HTTP_HOST="127.0.0.1:8000")
    stranger.cookies["sessionid"] = before
    assert "_auth_user_id" not in stranger.session


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:evil.example"]
)
def test_a_sign_in_never_leads_to_another_site(visitor: Visitor, target: str) -> None:
    assert visitor.enter(next=target)["Location"] == "/"


def test_a_sign_in_leads_to_the_page_that_was_wanted(visitor: Visitor) -> None:
    assert visitor.enter(next="/sas/recherche?loc=Lille")["Location"] == "/sas/recherche?loc=Lille"


def test_starting_takes_a_form_of_ours(provider: RunningProvider) -> None:
    strict = Client(HTTP_HOST="127.0.0.1:8000", enforce_csrf_checks=True)
    assert strict.get(START).status_code == 405
    assert strict.post(START).status_code == 403


def test_tokens_are_in_no_log_page_or_cookie(
    visitor: Visitor, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    answered = product.Provider.answered

    def spy(self: product.Provider, asked: product.Asked, *, code: str, at: object) -> product.Identity:
        identity = answered(self, asked, code=code, at=at)  # type: ignore[arg-type]
        seen.extend([identity.id_token, asked.nonce, asked.verifier, code, "un secret"])
        return identity

    monkeypatch.setattr(product.Provider, "answered", spy)
    answer = visitor.enter()
    home = visitor.client.get("/")
    told = [answer.content.decode(), home.content.decode(), str(visitor.client.cookies), str(answer.headers)]
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("sas", "django", "authlib"))]
    assert len(seen) == 5
    for secret in seen:
        assert secret not in "\n".join([*told, *ours])


def test_a_wrong_name_of_the_site_leads_to_the_right_one_first(visitor: Visitor) -> None:
    elsewhere = Client(HTTP_HOST="localhost:8000")
    answer = elsewhere.post(START, {"next": "/sas/recherche"})
    assert answer["Refresh"] == "0; url=http://127.0.0.1:8000/connexion/?next=%2Fsas%2Frecherche"


def test_without_settings_the_page_says_so(client: Client, zoe: User) -> None:
    answer = client.post(START)
    assert answer.status_code == 503
    assert "pas reliée à Pro Santé Connect" in main_text(answer)


def test_a_card_of_somebody_else_opens_their_own_account(visitor: Visitor, account_of: Callable[..., User]) -> None:
    lea = account_of(LEA, email="lea@example.org", family_name="Le Gall", given_name="Léa")
    visitor.enter(ZOE)
    other = Visitor(visitor.provider, client=visitor.client)
    other.enter(LEA)
    assert visitor.user_id == lea.pk
    assert ZOE not in str(dict(visitor.client.session.items()))
