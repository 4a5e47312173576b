"""From the button of the service to its callback: what is asked, of whom, and what comes back."""

from urllib.parse import parse_qsl

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from demo.pro_sante_connect.browser import PageShownError
from demo.pro_sante_connect.oauth import OAuthError, Parameters, read_authorization
from demo.pro_sante_connect.running import RunningProvider
from tests.demo.pro_sante_connect.conftest import CALLBACK, LEA, ZOE, Clock, Service, said


def test_the_callback_carries_a_code_and_the_state_as_it_was_given(service: Service) -> None:
    strange = "é &?=+%2B\n#"
    answer = said(service.provider.sign_in(service.journey(state=strange).url, ZOE))
    assert set(answer) == {"code", "state"}
    assert answer["state"] == strange


def test_without_a_state_none_is_invented(service: Service) -> None:
    assert set(said(service.provider.sign_in(service.journey(state=None).url, ZOE))) == {"code"}


def test_a_return_address_keeps_its_own_parameters(service: Service) -> None:
    journey = service.journey(redirect_uri="http://testserver/autre/?via=psc")
    assert service.provider.sign_in(journey.url, ZOE).startswith("http://testserver/autre/?via=psc&code=")


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "inconnu"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://voleur.invalid/"},
        {"redirect_uri": CALLBACK + "x"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK.rstrip("/")},
        {"redirect_uri": CALLBACK.upper()},
    ],
)
def test_a_stranger_is_not_sent_back_anywhere(service: Service, change: dict[str, str | None]) -> None:
    with pytest.raises(PageShownError) as shown:
        service.provider.sign_in(service.journey(**change).url, ZOE)
    assert shown.value.status == 400
    assert "Revenez au service" in shown.value.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile email"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openidx"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "trop-court"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "bientôt"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://a.invalid/"}, "request_uri_not_supported"),
    ],
)
def test_a_wrong_request_comes_back_as_an_error_with_its_state(
    service: Service, change: dict[str, str | None], error: str
) -> None:
    journey = service.journey(**change)
    answer = said(service.provider.sign_in(journey.url, ZOE))
    assert (answer["error"], answer["state"], "code" in answer) == (error, journey.state, False)


def test_a_parameter_said_twice_is_refused(service: Service) -> None:
    url = service.journey().url
    assert said(service.provider.sign_in(f"{url}&nonce=x", ZOE))["error"] == "invalid_request"
    with pytest.raises(PageShownError):
        service.provider.sign_in(f"{url}&redirect_uri={CALLBACK}", ZOE)


def test_a_request_may_come_by_post(service: Service) -> None:
    address, _, query = service.journey().url.partition("?")
    page = service.provider.browser().open(address, dict(parse_qsl(query)))
    assert (page.status_code, "DURAND" in page.text) == (200, True)


@given(
    st.dictionaries(
        st.sampled_from(["scope", "state", "prompt", "max_age", "code_challenge", "response_type", "acr_values", "x"]),
        st.text(max_size=60) | st.sampled_from(["openid", "S256", "code", "a" * 43, "none", "10"]),
    )
)
def test_any_request_is_understood_or_refused_in_the_words_of_the_protocol(parameters: dict[str, str]) -> None:
    right = {"response_type": "code", "scope": "openid", "code_challenge": "a" * 43, "code_challenge_method": "S256"}
    told = Parameters({**right, **parameters}.items())
    request, refusal = None, ""
    try:
        request = read_authorization(told, CALLBACK)
    except OAuthError as error:
        refusal = error.error
    assert refusal in {"", "invalid_request", "invalid_scope", "unsupported_response_type"}
    assert (request is None) == bool(refusal)
    if request is not None:
        assert "openid" in request.scope
        assert said(request.answer(code="x")).get("state") == parameters.get("state")


@pytest.mark.parametrize("odd", ["%FF", "%00", "%ED%A0%80", "%E2%82"])
def test_bytes_that_are_no_text_break_nothing(service: Service, odd: str) -> None:
    url = f"{service.journey(state=None).url}&state={odd}"
    assert "code" in said(service.provider.sign_in(url, ZOE))
    assert requests.get(url.replace("client_id=", f"client_id={odd}"), timeout=10).status_code == 400


def test_giving_up_says_access_denied(service: Service) -> None:
    journey = service.journey()
    answer = said(service.provider.browser().cancel(journey.url))
    assert (answer["error"], answer["state"]) == ("access_denied", journey.state)


def test_a_person_who_is_not_there_cannot_be_chosen(service: Service) -> None:
    with pytest.raises(PageShownError) as shown:
        service.provider.sign_in(service.journey().url, "899900009999")
    assert "pas dans le bac à sable" in shown.value.text


def test_the_next_request_of_the_same_browser_asks_nothing(service: Service, clock: Clock) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    clock.advance(minutes=10)
    journey = service.journey(prompt="none")
    tokens = service.exchange(said(browser.sign_in(journey.url, LEA))["code"], journey.verifier).json()
    claims = service.verified(tokens, journey.nonce)
    assert claims["sub"].endswith(ZOE)
    assert claims["auth_time"] == int(clock.now.timestamp()) - 600


def test_another_browser_is_asked(service: Service) -> None:
    service.provider.sign_in(service.journey().url, ZOE)
    assert said(service.provider.sign_in(service.journey(prompt="none").url, ZOE))["error"] == "login_required"


@pytest.mark.parametrize("again", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "599"}])
def test_a_service_may_ask_to_be_sure_of_who_is_there(service: Service, clock: Clock, again: dict[str, str]) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    clock.advance(minutes=10)
    journey = service.journey(**again)
    tokens = service.exchange(said(browser.sign_in(journey.url, LEA))["code"], journey.verifier).json()
    claims = service.verified(tokens, journey.nonce)
    assert claims["sub"].endswith(LEA)
    assert claims["auth_time"] == int(clock.now.timestamp())


def test_within_max_age_nothing_is_asked(service: Service, clock: Clock) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    clock.advance(minutes=10)
    assert "code" in said(browser.sign_in(service.journey(max_age="600", prompt="none").url, ZOE))


def test_a_session_ends_by_itself(service: Service, clock: Clock) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    clock.advance(hours=4)
    assert said(browser.sign_in(service.journey(prompt="none").url, ZOE))["error"] == "login_required"


def test_somebody_who_left_is_no_longer_signed_in(service: Service) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    service.provider.people.remove(ZOE)
    assert said(browser.sign_in(service.journey(prompt="none").url, ZOE))["error"] == "login_required"


def test_another_browser_cannot_answer_the_question_of_this_one(provider: RunningProvider, service: Service) -> None:
    page = provider.browser().open(service.journey().url).text
    key = page.partition('name="demande" value="')[2].partition('"')[0]
    assert key
    stolen = provider.browser().open(f"{provider.issuer}/login-actions/authenticate", {"demande": key, "identite": ZOE})
    assert (stolen.status_code, "Location" in stolen.headers) == (400, False)


def test_a_question_is_answered_once(provider: RunningProvider, service: Service) -> None:
    browser = provider.browser()
    key = browser.open(service.journey().url).text.partition('name="demande" value="')[2].partition('"')[0]
    answers = [
        browser.open(f"{provider.issuer}/login-actions/authenticate", {"demande": key, "identite": ZOE})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 400]
