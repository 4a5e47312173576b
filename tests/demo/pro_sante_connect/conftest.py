"""A provider on a clock that the test holds, and a strict client of it, written from the specifications."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from demo.pro_sante_connect.people import person
from demo.pro_sante_connect.running import RunningProvider, running_provider

ZOE, LEA = "899900000001", "899900000002"
CLIENT, SECRET = "sas de test", "s:cr+t/%é"
CALLBACK = "http://testserver/connexion/psc/retour/"
AFTER = "http://testserver/au-revoir/"
LEEWAY = 60

Json = dict[str, Any]


class Clock:
    """Time stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 25, 10, 7, 13, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """By what `timedelta` takes."""
        self.now += timedelta(**by)


@dataclass
class Journey:
    """One authorization request, and what only its author knows."""

    url: str
    state: str
    nonce: str
    verifier: str


class Service:
    """What a right client does: nothing is stubbed, everything is verified."""

    def __init__(self, provider: RunningProvider, clock: Clock) -> None:
        self.provider = provider
        self.clock = clock
        self.metadata = requests.get(f"{provider.issuer}/.well-known/openid-configuration", timeout=10).json()

    def journey(self, **changes: str | None) -> Journey:
        """An authorization request; None leaves a parameter out."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        parameters = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": CALLBACK,
            "scope": "openid scope_all",
            "state": state,
            "nonce": nonce,
            "acr_values": "eidas1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        return Journey(f"{self.metadata['authorization_endpoint']}?{urlencode(given)}", state, nonce, verifier)

    def exchange(self, code: str, verifier: str | None, **changes: str | None) -> requests.Response:
        """Ask for the tokens, the client being authenticated by the form."""
        form = {
            "grant_type": "authorization_code",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uri": CALLBACK,
            "code": code,
            "code_verifier": verifier,
            **changes,
        }
        given = {name: value for name, value in form.items() if value is not None}
        return requests.post(self.metadata["token_endpoint"], data=given, timeout=10)

    def keys(self) -> KeySet:
        return KeySet.import_key_set(requests.get(self.metadata["jwks_uri"], timeout=10).json())

    def verified(self, tokens: Json, nonce: str) -> Json:
        """The claims of the id_token. Raises JoseError when anything in it is not right."""
        claims = jwt.decode(tokens["id_token"], self.keys(), algorithms=["RS256"]).claims
        half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
        JWTClaimsRegistry(
            now=int(self.clock.now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self.provider.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": CLIENT},
            azp={"essential": True, "value": CLIENT},
            exp={"essential": True},
            iat={"essential": True},
            auth_time={"essential": True},
            nonce={"essential": True, "value": nonce},
            acr={"essential": True, "value": "eidas1"},
            sid={"essential": True},
            at_hash={"essential": True, "value": base64.urlsafe_b64encode(half).rstrip(b"=").decode()},
        ).validate(claims)
        return claims

    def userinfo(self, tokens: Json) -> requests.Response:
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return requests.get(self.metadata["userinfo_endpoint"], headers=headers, timeout=10)

    def tokens(self, national_id: str = ZOE, **changes: str | None) -> tuple[Json, Journey]:
        """The whole way, for one person."""
        journey = self.journey(**changes)
        answer = self.exchange(said(self.provider.sign_in(journey.url, national_id))["code"], journey.verifier)
        assert answer.status_code == 200, answer.text
        return answer.json(), journey

    def logout_url(self, **parameters: str) -> str:
        return f"{self.metadata['end_session_endpoint']}?{urlencode(parameters)}"


def said(callback_url: str, address: str = CALLBACK) -> dict[str, str]:
    """The parameters of a callback, which must come to the right address."""
    assert callback_url.partition("?")[0] == address
    return dict(parse_qsl(urlsplit(callback_url).query, keep_blank_values=True))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(clock: Clock) -> Iterator[RunningProvider]:
    with running_provider(
        people=[person(ZOE, "DURAND", "Zoé", email="zoe@exemple.invalid"), person(LEA, "PETIT", "Léa")],
        client_id=CLIENT,
        client_secret=SECRET,
        redirect_uris=[CALLBACK, "http://testserver/autre/?via=psc"],
        post_logout_uris=[AFTER],
        clock=clock,
    ) as running:
        yield running


@pytest.fixture
def service(provider: RunningProvider, clock: Clock) -> Service:
    return Service(provider, clock)
