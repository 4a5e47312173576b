"""What is kept of the provider, for how long, and how often it is asked again."""

from collections import Counter
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey

from demo.pro_sante_connect.running import RunningProvider
from sas.accounts.psc import fetching
from sas.accounts.psc import provider as product
from sas.accounts.psc.leaving import provider as connected
from sas.accounts.psc.provider import AnswerRefused, Provider, ProviderDown
from tests.accounts.psc.conftest import BACK, SITE, ZOE, Clock, parameters


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many times each page of the provider was asked for, by the end of its address."""
    counts: Counter[str] = Counter()
    send = requests.Session.send

    def counted(self: requests.Session, request: Any, **options: Any) -> requests.Response:
        if isinstance(self, fetching.BoundedSession):
            counts[request.url.rpartition("/")[2]] += 1
        return send(self, request, **options)

    monkeypatch.setattr(requests.Session, "send", counted)
    return counts


@pytest.fixture
def connection(provider: RunningProvider) -> Provider:
    found = connected()
    assert found is not None
    return found


def identity(connection: Provider, provider: RunningProvider, clock: Clock) -> product.Identity:
    url, question = connection.ask(at=clock.now)
    code = parameters(provider.sign_in(url, ZOE))["code"]
    return connection.answered(question, code=code, at=clock.now)


def test_discovery_and_keys_are_asked_for_once_an_hour(
    connection: Provider, provider: RunningProvider, clock: Clock, asked: Counter[str]
) -> None:
    for _ in range(3):
        identity(connection, provider, clock)
    assert asked == {"openid-configuration": 1, "certs": 1, "token": 3, "userinfo": 3}
    clock.advance(hours=1)
    identity(connection, provider, clock)
    assert (asked["openid-configuration"], asked["certs"]) == (2, 2)


def test_unknown_keys_ask_for_the_keys_again_but_not_each_time(
    connection: Provider, provider: RunningProvider, clock: Clock, asked: Counter[str]
) -> None:
    identity(connection, provider, clock)
    provider.set_behaviour("unknown_kid")
    clock.advance(minutes=1)
    for _ in range(3):
        with pytest.raises(AnswerRefused, match="key"):
            identity(connection, provider, clock)
    assert asked["certs"] == 2
    clock.advance(minutes=1)
    with pytest.raises(AnswerRefused):
        identity(connection, provider, clock)
    assert asked["certs"] == 3


def test_a_rotation_within_the_half_minute_waits_for_it(
    connection: Provider, provider: RunningProvider, clock: Clock
) -> None:
    identity(connection, provider, clock)
    provider.rotate_keys(keep_old=False)
    with pytest.raises(AnswerRefused, match="key"):
        identity(connection, provider, clock)
    clock.advance(seconds=31)
    assert identity(connection, provider, clock).claims["SubjectNameID"] == ZOE


def test_settings_are_one_provider_for_the_process(connection: Provider) -> None:
    assert connected() is connection
    assert connection.redirect_uri == f"{SITE}{BACK}"


@pytest.mark.parametrize("found", [[], "x", None, 3])
def test_an_answer_that_is_not_an_object_is_a_provider_out_of_order(found: Any) -> None:
    import json

    with pytest.raises(ProviderDown):
        fetching.json_object(json.dumps(found).encode())
    with pytest.raises(ProviderDown):
        fetching.json_object(b"\xff\xfe<html>")


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"token_endpoint": None}, "discovery_address"),
        ({"jwks_uri": "file:///etc/passwd"}, "discovery_address"),
        ({"userinfo_endpoint": ["x"]}, "discovery_address"),
        ({"issuer": "http://autre.invalid"}, "discovery_issuer"),
    ],
)
def test_addresses_that_cannot_be_called_are_refused(
    connection: Provider,
    provider: RunningProvider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    document: dict[str, Any],
    reason: str,
) -> None:
    monkeypatch.setattr(product, "document", lambda session, url: {**provider.metadata(), **document})
    with pytest.raises(AnswerRefused, match=reason):
        connection.ask(at=clock.now)


def test_an_issuer_in_https_is_never_called_in_clear(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    secure = Provider(issuer="https://psc.invalid", client_id="a", client_secret="b", redirect_uri="https://x/")
    document = dict.fromkeys(product._NEEDED, "http://psc.invalid/x") | {"issuer": secure.issuer}
    monkeypatch.setattr(product, "document", lambda session, url: document)
    with pytest.raises(AnswerRefused, match="discovery_address"):
        secure.ask(at=clock.now)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}, {"keys": [3]}])
def test_keys_that_cannot_be_read_are_a_provider_out_of_order(
    connection: Provider,
    provider: RunningProvider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    keys: dict[str, Any],
) -> None:
    url, question = connection.ask(at=clock.now)
    code = parameters(provider.sign_in(url, ZOE))["code"]
    monkeypatch.setattr(product, "document", lambda session, url: keys)
    with pytest.raises(ProviderDown):
        connection.answered(question, code=code, at=clock.now)


def test_an_answer_too_long_is_a_provider_out_of_order(
    connection: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LONGEST_ANSWER", 100)
    with pytest.raises(ProviderDown, match="too long"):
        connection.ask(at=clock.now)


def test_the_key_of_a_stranger_under_our_name_does_not_verify(
    connection: Provider, provider: RunningProvider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control of the tests of signatures: with the stranger's key published, the same token would pass."""
    identity(connection, provider, clock)
    published = provider.keys.published()
    stranger = RSAKey.generate_key(2048, {"kid": published["keys"][-1]["kid"], "use": "sig", "alg": "RS256"})
    monkeypatch.setattr(product, "document", lambda session, url: {"keys": [stranger.as_dict(private=False)]})
    connection._keys = None
    with pytest.raises(AnswerRefused, match="signature"):
        identity(connection, provider, clock)
