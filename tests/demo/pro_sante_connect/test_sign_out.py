"""RP-initiated logout: who is signed out, who is asked first, and where one goes then."""

import pytest

from demo.pro_sante_connect.browser import Browser, PageShownError
from tests.demo.pro_sante_connect.conftest import AFTER, CALLBACK, CLIENT, LEA, ZOE, Clock, Json, Service, said


def signed_in(service: Service) -> tuple[Browser, Json]:
    """Zoé's browser, and the tokens of the service."""
    browser, journey = service.provider.browser(), service.journey()
    return browser, service.exchange(said(browser.sign_in(journey.url, ZOE))["code"], journey.verifier).json()


def is_known(service: Service, browser: Browser) -> bool:
    return "code" in said(browser.sign_in(service.journey(prompt="none").url, ZOE))


def test_a_service_that_shows_the_token_signs_out_at_once(service: Service, clock: Clock) -> None:
    browser, tokens = signed_in(service)
    clock.advance(hours=1)
    url = service.logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER, state="é&1")
    answer = browser.open(url)
    assert (answer.status_code, said(answer.headers["Location"], AFTER)) == (303, {"state": "é&1"})
    assert not is_known(service, browser)


def test_tokens_die_with_the_session(service: Service) -> None:
    browser, tokens = signed_in(service)
    browser.sign_out(service.logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER))
    assert service.userinfo(tokens).status_code == 401


def test_without_a_state_nothing_is_added(service: Service) -> None:
    browser, _ = signed_in(service)
    assert browser.sign_out(service.logout_url(client_id=CLIENT, post_logout_redirect_uri=AFTER)) == AFTER


def test_without_the_token_the_person_is_asked_first(service: Service) -> None:
    browser, _ = signed_in(service)
    url = service.logout_url(client_id=CLIENT, post_logout_redirect_uri=AFTER, state="s")
    page = browser.open(url)
    assert (page.status_code, "Zoé DURAND" in page.text) == (200, True)
    assert is_known(service, browser)
    assert said(browser.sign_out(url), AFTER) == {"state": "s"}
    assert not is_known(service, browser)


def test_the_token_of_another_session_proves_nothing(service: Service) -> None:
    browser, _ = signed_in(service)
    _, others = signed_in(service)
    answer = browser.open(service.logout_url(id_token_hint=others["id_token"], post_logout_redirect_uri=AFTER))
    assert answer.status_code == 200
    assert is_known(service, browser)


def test_without_an_address_the_end_is_said_here(service: Service) -> None:
    browser, _ = signed_in(service)
    with pytest.raises(PageShownError) as shown:
        browser.sign_out(service.logout_url())
    assert (shown.value.status, "Vous êtes déconnecté" in shown.value.text) == (200, True)
    assert not is_known(service, browser)


@pytest.mark.parametrize("address", [AFTER + "?x", AFTER + "x", CALLBACK, "https://voleur.invalid/", ""])
def test_an_address_that_was_not_declared_is_refused(service: Service, address: str) -> None:
    browser, tokens = signed_in(service)
    for proof in ({"id_token_hint": tokens["id_token"]}, {"client_id": CLIENT}):
        answer = browser.open(service.logout_url(post_logout_redirect_uri=address, **proof))
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert is_known(service, browser)


@pytest.mark.parametrize("proof", [{}, {"client_id": "autre"}, {"id_token_hint": "x.y.z"}, {"id_token_hint": ""}])
def test_a_service_that_nobody_knows_is_not_served(service: Service, proof: dict[str, str]) -> None:
    answer = service.provider.browser().open(service.logout_url(post_logout_redirect_uri=AFTER, **proof))
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


@pytest.mark.parametrize("behaviour", ["bad_signature", "alg_none", "alg_hs256_with_secret", "wrong_issuer"])
def test_a_false_token_is_no_proof(service: Service, behaviour: str) -> None:
    service.provider.set_behaviour(behaviour)
    browser, tokens = signed_in(service)
    service.provider.set_behaviour("ok")
    answer = browser.open(service.logout_url(id_token_hint=tokens["id_token"], post_logout_redirect_uri=AFTER))
    assert answer.status_code == 400
    assert is_known(service, browser)


def test_nobody_signs_out_for_somebody_else(service: Service) -> None:
    browser, _ = signed_in(service)
    stranger = service.provider.browser().open(service.logout_url()).text
    key = stranger.partition('name="demande" value="')[2].partition('"')[0]
    answer = browser.open(f"{service.provider.issuer}/login-actions/logout", {"demande": key})
    assert answer.status_code == 400
    assert is_known(service, browser)
    assert LEA not in stranger
