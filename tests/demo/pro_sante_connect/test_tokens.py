"""The token and userinfo endpoints: the whole dance, and everybody who must not get through it."""

import base64
from typing import Any
from urllib.parse import quote_plus

import pytest
import requests
from authlib.integrations.django_client import OAuth
from django.http import HttpRequest
from django.test import RequestFactory
from joserfc import jwt

from demo.pro_sante_connect.people import person
from demo.pro_sante_connect.running import running_provider
from tests.demo.pro_sante_connect.conftest import CALLBACK, CLIENT, LEA, SECRET, ZOE, Clock, Service, said


def refused(answer: requests.Response) -> tuple[int, str]:
    """Status and word of a refusal, which must be in the form of RFC 6749 §5.2."""
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()["error"]


def basic(name: str, secret: str) -> dict[str, str]:
    """The header of client_secret_basic (RFC 6749 §2.3.1): both encoded as form values."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def test_a_right_client_gets_through_and_learns_who_it_is(service: Service, clock: Clock) -> None:
    tokens, journey = service.tokens()
    claims = service.verified(tokens, journey.nonce)
    assert claims["sub"].startswith("f:")
    assert claims["sub"].endswith(f":{ZOE}")
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] == 300
    assert claims["auth_time"] == int(clock.now.timestamp())
    told = service.userinfo(tokens).json()
    assert told["sub"] == claims["sub"]
    assert (told["SubjectNameID"], told["family_name"], told["given_name"]) == (ZOE, "DURAND", "Zoé")
    assert told["SubjectRole"] == ["10^1.2.250.1.213.1.1.5.5"]
    assert told["SubjectRefPro"]["exercices"][0]["codeSavoirFaire"] == "SM54"
    assert told["email"] == "zoe@exemple.invalid"


def test_authlib_in_django_gets_through() -> None:
    callback = "http://testserver/connexion/psc/retour/"
    with running_provider(
        people=[person(ZOE, "DURAND", "Zoé")], client_id="sas", client_secret="secret", redirect_uris=[callback]
    ) as provider:
        client = OAuth().register(
            "psc",
            client_id="sas",
            client_secret="secret",
            server_metadata_url=f"{provider.issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid scope_all", "code_challenge_method": "S256", "timeout": 3},
            authorize_params={"acr_values": "eidas1"},
        )
        session: dict[str, Any] = {}
        redirect = client.authorize_redirect(with_session("/connexion/", session), callback)
        returned = provider.sign_in(redirect["Location"], ZOE)
        token = client.authorize_access_token(with_session(returned.removeprefix("http://testserver"), session))
        assert token["userinfo"]["acr"] == "eidas1"
        assert client.userinfo(token=token)["SubjectNameID"] == ZOE


def with_session(path: str, session: dict[str, Any]) -> HttpRequest:
    request = RequestFactory().get(path)
    request.session = session  # type: ignore[assignment]
    return request


def test_a_client_may_say_its_secret_in_the_header(service: Service) -> None:
    journey = service.journey()
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "code": said(service.provider.sign_in(journey.url, ZOE))["code"],
        "code_verifier": journey.verifier,
    }
    answer = requests.post(service.metadata["token_endpoint"], data=form, headers=basic(CLIENT, SECRET), timeout=10)
    assert answer.headers["Cache-Control"] == "no-store"
    assert service.verified(answer.json(), journey.nonce)["azp"] == CLIENT


@pytest.mark.parametrize(
    ("headers", "form", "expected"),
    [
        (basic(CLIENT, "faux"), {}, (401, "invalid_client")),
        (basic("autre", SECRET), {}, (401, "invalid_client")),
        ({"Authorization": "Basic pas-du-base64"}, {}, (401, "invalid_client")),
        ({"Authorization": "Basic " + base64.b64encode(b"\xff:x").decode()}, {}, (401, "invalid_client")),
        ({"Authorization": "Bearer x"}, {}, (401, "invalid_client")),
        ({}, {}, (401, "invalid_client")),
        ({}, {"client_id": CLIENT}, (401, "invalid_client")),
        ({}, {"client_id": CLIENT, "client_secret": "faux"}, (401, "invalid_client")),
        ({}, {"client_id": "autre", "client_secret": SECRET}, (401, "invalid_client")),
        (basic(CLIENT, SECRET), {"client_secret": SECRET}, (400, "invalid_request")),
        (basic(CLIENT, SECRET), {"client_id": "autre"}, (400, "invalid_request")),
    ],
)
def test_a_client_that_proves_nothing_is_refused(
    service: Service, headers: dict[str, str], form: dict[str, str], expected: tuple[int, str]
) -> None:
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    told = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form}
    told["code_verifier"] = journey.verifier
    answer = requests.post(service.metadata["token_endpoint"], data=told, headers=headers, timeout=10)
    assert refused(answer) == expected
    assert ("WWW-Authenticate" in answer.headers) == (expected[0] == 401)
    assert service.exchange(code, journey.verifier).status_code == 200, "a stranger cannot spoil the code"


@pytest.mark.parametrize("verifier", ["a" * 43, "court", "a" * 129, "é" * 43, "", None])
def test_another_verifier_is_refused(service: Service, verifier: str | None) -> None:
    code = said(service.provider.sign_in(service.journey().url, ZOE))["code"]
    assert refused(service.exchange(code, verifier)) == (400, "invalid_grant")


def test_a_wrong_verifier_uses_the_code_up(service: Service) -> None:
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    assert refused(service.exchange(code, "a" * 43)) == (400, "invalid_grant")
    assert refused(service.exchange(code, journey.verifier)) == (400, "invalid_grant")


@pytest.mark.parametrize("address", [CALLBACK + "?x", "http://testserver/autre/?via=psc", None])
def test_another_return_address_is_refused(service: Service, address: str | None) -> None:
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    assert refused(service.exchange(code, journey.verifier, redirect_uri=address)) == (400, "invalid_grant")


def test_a_code_lives_sixty_seconds(service: Service, clock: Clock) -> None:
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    clock.advance(seconds=60)
    assert refused(service.exchange(code, journey.verifier)) == (400, "invalid_grant")
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    clock.advance(seconds=59)
    assert service.exchange(code, journey.verifier).status_code == 200


def test_a_code_that_comes_again_takes_the_first_token_with_it(service: Service, clock: Clock) -> None:
    journey = service.journey()
    code = said(service.provider.sign_in(journey.url, ZOE))["code"]
    tokens = service.exchange(code, journey.verifier).json()
    assert service.userinfo(tokens).status_code == 200
    clock.advance(seconds=90)
    assert refused(service.exchange(code, journey.verifier)) == (400, "invalid_grant")
    assert refused(service.userinfo(tokens)) == (401, "invalid_token")


@pytest.mark.parametrize("change", [{"grant_type": "password"}, {"grant_type": None}])
def test_no_other_grant_is_known(service: Service, change: dict[str, str | None]) -> None:
    assert refused(service.exchange("x", "y", **change)) == (400, "unsupported_grant_type")


def test_an_invented_code_is_refused(service: Service) -> None:
    assert refused(service.exchange("inventé", "a" * 43)) == (400, "invalid_grant")


def test_a_field_said_twice_or_in_another_form_is_refused(service: Service) -> None:
    address = service.metadata["token_endpoint"]
    twice = [("client_id", CLIENT), ("client_id", CLIENT), ("client_secret", SECRET)]
    assert refused(requests.post(address, data=twice, timeout=10)) == (400, "invalid_request")
    json = {"grant_type": "authorization_code", "client_id": CLIENT, "client_secret": SECRET}
    assert refused(requests.post(address, json=json, timeout=10)) == (401, "invalid_client")
    flood = "&".join(f"a{rank}=x" for rank in range(1000))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert requests.post(address, data=flood, headers=headers, timeout=10).status_code == 400


def test_an_access_token_dies_with_time(service: Service, clock: Clock) -> None:
    tokens, _ = service.tokens()
    clock.advance(seconds=299)
    assert service.userinfo(tokens).status_code == 200
    clock.advance(seconds=1)
    assert refused(service.userinfo(tokens)) == (401, "invalid_token")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer inventé".encode()}, {"Authorization": "Basic x"}])
def test_userinfo_wants_a_bearer(service: Service, header: dict[str, str | bytes]) -> None:
    answer = requests.get(service.metadata["userinfo_endpoint"], headers=header, timeout=10)
    assert refused(answer) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_userinfo_says_no_more_than_the_scope(service: Service) -> None:
    nothing, _ = service.tokens(scope="openid")
    assert set(service.userinfo(nothing).json()) == {"sub"}
    some, _ = service.tokens(scope="openid profile email")
    names = {"sub", "family_name", "given_name", "preferred_username", "email", "email_verified"}
    assert set(service.userinfo(some).json()) == names


def test_an_email_is_not_always_known(service: Service) -> None:
    tokens, _ = service.tokens(LEA)
    assert "email" not in service.userinfo(tokens).json()


def test_the_level_is_said_when_it_was_asked(service: Service) -> None:
    tokens, _ = service.tokens(acr_values=None)
    claims = jwt.decode(tokens["id_token"], service.keys(), algorithms=["RS256"]).claims
    assert "acr" not in claims
    tokens, journey = service.tokens(acr_values="eidas3 eidas1")
    assert service.verified(tokens, journey.nonce)["acr"] == "eidas1"


def test_claims_can_change_between_two_questions(service: Service) -> None:
    tokens, _ = service.tokens()
    service.provider.change_person(ZOE, family_name="DURAND-PETIT", email=None)
    told = service.userinfo(tokens).json()
    assert (told["family_name"], "email" in told) == ("DURAND-PETIT", False)
    service.provider.people.remove(ZOE)
    assert refused(service.userinfo(tokens)) == (401, "invalid_token")
