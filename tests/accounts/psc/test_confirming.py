"""Proving again who is there, with the card; and signing out of both."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from sas.accounts.models import SignIn, User
from sas.accounts.own.confirming import CONFIRMED_AT
from tests.accounts.psc.conftest import LEA, SITE, ZOE, Clock, Visitor, led_to, main_text, parameters

pytestmark = pytest.mark.django_db

CONFIRM = "/connexion/psc/confirmer"
SENSITIVE = "/compte/securite/"


@pytest.fixture
def zoe(visitor: Visitor, account_of: Callable[..., User], clock: Clock) -> Visitor:
    """Zoé, who entered twenty minutes ago."""
    account_of()
    visitor.enter()
    clock.advance(minutes=20)
    return visitor


def test_the_card_is_asked_for_again_even_if_the_provider_knows_who_is_there(zoe: Visitor, clock: Clock) -> None:
    url = zoe.ask(CONFIRM, next=SENSITIVE)
    assert parameters(url)["prompt"] == "login"
    assert parameters(url)["max_age"] == "0"
    before = zoe.client.session.session_key
    answer = zoe.client.get(zoe.back_from(url))
    assert (answer.status_code, answer["Location"]) == (302, SENSITIVE)
    assert zoe.client.session[CONFIRMED_AT] == clock.now.isoformat()
    assert zoe.client.session.session_key != before
    assert SignIn.objects.count() == 1


def test_the_page_of_proofs_offers_the_card(zoe: Visitor) -> None:
    page = zoe.client.get(CONFIRM, {"next": SENSITIVE}, follow=True)
    assert f'action="{CONFIRM}"' in page.content.decode()


def test_the_card_of_somebody_else_confirms_nothing(zoe: Visitor, account_of: Callable[..., User]) -> None:
    account_of(LEA, email="lea@example.org", family_name="Le Gall", given_name="Léa")
    zoe_id = zoe.user_id
    answer = zoe.client.get(zoe.back_from(zoe.ask(CONFIRM), LEA))
    assert answer.status_code == 403
    assert "pas la même carte" in main_text(answer)
    assert CONFIRMED_AT not in zoe.client.session
    assert zoe.user_id == zoe_id
    assert SignIn.objects.order_by("pk").values_list("refusal", flat=True).last() == "confirm_other_card"


def test_a_proof_of_before_the_question_is_refused(zoe: Visitor) -> None:
    """A provider, or somebody between, that answers `max_age=0` with the sign-in of twenty minutes ago."""
    url = zoe.ask(CONFIRM)
    tampered = url.replace("&prompt=login", "").replace("&max_age=0", "")
    assert tampered != url
    answer = zoe.client.get(zoe.back_from(tampered))
    assert answer.status_code == 403
    assert "PSC-AUTH-TIME" in main_text(answer)
    assert CONFIRMED_AT not in zoe.client.session


def test_a_confirmation_that_comes_back_signed_out_opens_nothing(zoe: Visitor) -> None:
    url = zoe.ask(CONFIRM)
    kept = zoe.client.session["sas_psc_questions"]
    zoe.client.post("/deconnexion/")
    session = zoe.client.session
    session["sas_psc_questions"] = kept
    session.save()
    assert zoe.client.get(zoe.back_from(url)).status_code == 400
    assert zoe.user_id is None


def test_an_account_without_a_card_confirms_otherwise(visitor: Visitor, account_of: Callable[..., User]) -> None:
    visitor.client.force_login(account_of(None))
    answer = visitor.client.post(CONFIRM, {"next": SENSITIVE})
    assert (answer.status_code, answer["Location"]) == (302, f"/connexion/confirmer/?next={SENSITIVE}")


def test_confirming_never_leads_to_another_site(zoe: Visitor) -> None:
    url = zoe.ask(CONFIRM, next="https://evil.example/")
    assert zoe.client.get(zoe.back_from(url))["Location"] == "/compte/"


def test_signing_out_ends_both_sessions(zoe: Visitor) -> None:
    answer = zoe.client.post("/deconnexion/")
    assert zoe.user_id is None
    url = led_to(answer)
    said = parameters(url)
    assert urlsplit(url).path.endswith("/logout")
    assert said["post_logout_redirect_uri"] == f"{SITE}/"
    assert said["id_token_hint"] not in answer.content.decode()
    assert zoe.browser is not None
    assert zoe.browser.sign_out(url).partition("?")[0] == f"{SITE}/"
    # The provider forgot her: it asks who is there, and somebody else may answer.
    assert zoe.client.get(zoe.back_from(zoe.ask(), LEA))["Location"] == "/connexion/rattachement/"


def test_a_provider_that_is_down_holds_nobody(zoe: Visitor) -> None:
    zoe.provider.set_behaviour("down")
    assert zoe.client.post("/deconnexion/").status_code == 200
    assert zoe.user_id is None


def test_other_sessions_are_not_led_to_the_provider(visitor: Visitor, account_of: Callable[..., User]) -> None:
    visitor.client.force_login(account_of())
    answer = visitor.client.post("/deconnexion/")
    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_the_proof_of_a_session_is_gone_with_it(zoe: Visitor) -> None:
    token = zoe.client.session["sas_psc"]["id_token"]
    zoe.client.post("/deconnexion/")
    assert token not in str(dict(zoe.client.session.items()))
    assert ZOE not in str(dict(zoe.client.session.items()))
