"""Keys turn; the control pages do by hand what tests do in Python."""

from typing import Any

import pytest
import requests
from joserfc.errors import InvalidKeyIdError

from demo.pro_sante_connect.running import RunningProvider
from tests.demo.pro_sante_connect.conftest import LEA, ZOE, Service


def kids(service: Service) -> list[str | None]:
    return [key.kid for key in service.keys().keys]


def test_only_public_halves_are_published(service: Service) -> None:
    for key in requests.get(service.metadata["jwks_uri"], timeout=10).json()["keys"]:
        assert set(key) == {"kty", "kid", "use", "alg", "n", "e"}


def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_verifies(service: Service) -> None:
    before, journey = service.tokens()
    (old,) = kids(service)
    new = service.provider.rotate_keys()
    assert kids(service) == [new, old]
    assert service.verified(before, journey.nonce)["sub"].endswith(ZOE)
    after, journey = service.tokens()
    assert service.verified(after, journey.nonce)["sub"].endswith(ZOE)


def test_a_rotation_may_withdraw_the_old_key(service: Service) -> None:
    before, journey = service.tokens()
    new = service.provider.rotate_keys(keep_old=False)
    assert kids(service) == [new]
    with pytest.raises(InvalidKeyIdError):
        service.verified(before, journey.nonce)


def test_keys_do_not_pile_up(provider: RunningProvider) -> None:
    made = [provider.rotate_keys() for _ in range(4)]
    assert [key["kid"] for key in provider.keys.published()["keys"]] == made[:0:-1]


def put(provider: RunningProvider, path: str, told: Any) -> requests.Response:
    return requests.put(f"{provider.site}/_sandbox/{path}", json=told, timeout=10)


def test_behaviour_and_keys_change_by_hand(provider: RunningProvider, service: Service) -> None:
    state = put(provider, "behaviour", {"behaviour": "slow", "slow_seconds": 0.5}).json()
    assert (state["behaviour"], provider.slow_seconds) == ("slow", 0.5)
    put(provider, "behaviour", {"behaviour": "ok"})
    assert len(put(provider, "keys", {}).json()["keys"]) == 2
    assert len(put(provider, "keys", {"keep_old": False}).json()["keys"]) == 1
    told = requests.get(f"{provider.site}/_sandbox/state", timeout=10).json()
    assert (told["issuer"], told["people"], told["keys"]) == (provider.issuer, 2, kids(service))


def test_people_change_by_hand(provider: RunningProvider, service: Service) -> None:
    told = put(provider, f"people/{ZOE}", {"family_name": "MARTIN", "email": None}).json()
    assert (told["family_name"], "email" in told) == ("MARTIN", False)
    assert put(provider, "people/899900000003", {"family_name": "NEUF"}).status_code == 201
    tokens, _ = service.tokens("899900000003")
    assert service.userinfo(tokens).json()["family_name"] == "NEUF"
    assert len(provider.people) == 3
    assert provider.people.get(LEA) is not None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("behaviour", {"behaviour": "odd"}),
        ("behaviour", {}),
        ("behaviour", ["ok"]),
        ("behaviour", {"behaviour": "ok", "oups": 1}),
        ("behaviour", {"behaviour": "slow", "slow_seconds": -1}),
        ("behaviour", {"behaviour": "slow", "slow_seconds": True}),
        ("behaviour", {"behaviour": "slow", "slow_seconds": "1"}),
        ("keys", {"keep_old": "non"}),
        ("people/899900000003", {"SubjectNameID": 3}),
    ],
)
def test_an_order_that_makes_no_sense_changes_nothing(provider: RunningProvider, path: str, told: Any) -> None:
    before = requests.get(f"{provider.site}/_sandbox/state", timeout=10).json()
    refused = put(provider, path, told)
    assert (refused.status_code, "erreur" in refused.json()) == (400, True)
    assert requests.get(f"{provider.site}/_sandbox/state", timeout=10).json() == before
