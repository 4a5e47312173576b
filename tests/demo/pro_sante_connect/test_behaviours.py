"""Each fault is what its name says, and only that: a right client refuses it for that reason, or withstands it."""

import base64
import hmac
import json
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import RSAKey

from demo.pro_sante_connect.behaviour import Behaviour
from demo.pro_sante_connect.running import RunningProvider
from tests.demo.pro_sante_connect.conftest import LEA, SECRET, ZOE, Service

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("behaviour", "error", "words"),
    [
        ("wrong_issuer", InvalidClaimError, "iss"),
        ("wrong_audience", InvalidClaimError, "aud"),
        ("wrong_nonce", InvalidClaimError, "nonce"),
        ("no_nonce", MissingClaimError, "nonce"),
        ("bad_signature", BadSignatureError, ""),
        ("alg_none", UnsupportedAlgorithmError, ""),
        ("alg_hs256_with_secret", UnsupportedAlgorithmError, ""),
        ("alg_hs256_with_public_key", UnsupportedAlgorithmError, ""),
        ("expired", ExpiredTokenError, ""),
        ("issued_in_future", InvalidClaimError, "in the future"),
        ("wrong_acr", InvalidClaimError, "acr"),
        ("no_acr", MissingClaimError, "acr"),
        ("no_sub", MissingClaimError, "sub"),
        ("unknown_kid", InvalidKeyIdError, ""),
        ("unsigned_rotation", InvalidKeyIdError, ""),
    ],
)
def test_a_false_id_token_is_refused_for_its_own_fault(
    service: Service, behaviour: str, error: type[JoseError], words: str
) -> None:
    service.provider.set_behaviour(behaviour)
    tokens, journey = service.tokens()
    with pytest.raises(error) as refused:
        service.verified(tokens, journey.nonce)
    assert words in str(refused.value)
    service.provider.set_behaviour("ok")
    tokens, journey = service.tokens()
    assert service.verified(tokens, journey.nonce)["sub"].endswith(ZOE)


@pytest.mark.parametrize(("behaviour", "shift"), [("clock_ahead_30s", 30), ("clock_behind_30s", -30)])
def test_a_clock_half_a_minute_away_is_accepted_with_leeway_only(service: Service, behaviour: str, shift: int) -> None:
    service.provider.set_behaviour(behaviour)
    tokens, journey = service.tokens()
    claims = service.verified(tokens, journey.nonce)
    now = int(service.clock.now.timestamp())
    assert claims["iat"] == now + shift
    exact = jwt.JWTClaimsRegistry(now=now, leeway=0)
    with pytest.raises(JoseError):
        exact.validate(claims)


def parts(token: str) -> tuple[Json, Json, bytes, str]:
    """Header, claims and signature of a compact token, and what was signed."""
    header, claims, signature = token.split(".")
    return json.loads(decoded(header)), json.loads(decoded(claims)), decoded(signature), f"{header}.{claims}"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_confused_algorithms_would_deceive_a_client_that_trusts_the_header(service: Service) -> None:
    published = requests.get(service.metadata["jwks_uri"], timeout=10).json()["keys"][0]
    public = RSAKey.import_key(published).as_pem(private=False)
    for behaviour, secret in (("alg_hs256_with_secret", SECRET.encode()), ("alg_hs256_with_public_key", public)):
        service.provider.set_behaviour(behaviour)
        header, _, signature, signed = parts(service.tokens()[0]["id_token"])
        assert (header["alg"], header["kid"]) == ("HS256", published["kid"])
        assert hmac.digest(secret, signed.encode(), "sha256") == signature
    service.provider.set_behaviour("alg_none")
    header, claims, signature, _ = parts(service.tokens()[0]["id_token"])
    assert (header["alg"], signature) == ("none", b"")
    assert claims["sub"].endswith(ZOE)


def test_a_stranger_signs_under_the_name_of_our_key(service: Service) -> None:
    service.provider.set_behaviour("bad_signature")
    header, *_ = parts(service.tokens()[0]["id_token"])
    assert header == {"typ": "JWT", "alg": "RS256", "kid": service.provider.keys.current.kid}


def test_an_unknown_name_is_on_a_signature_of_ours(service: Service) -> None:
    service.provider.set_behaviour("unknown_kid")
    token = service.tokens()[0]["id_token"]
    assert parts(token)[0]["kid"] not in {key.kid for key in service.keys().keys}
    assert jwt.decode(token, service.provider.keys.current, algorithms=["RS256"]).claims["sub"].endswith(ZOE)


def test_userinfo_speaks_of_somebody_else(service: Service) -> None:
    service.provider.set_behaviour("other_subject_in_userinfo")
    tokens, journey = service.tokens()
    told = service.userinfo(tokens).json()
    assert service.verified(tokens, journey.nonce)["sub"].endswith(ZOE)
    assert (told["sub"].rpartition(":")[2], told["SubjectNameID"]) == (LEA, LEA)


def test_userinfo_speaks_of_somebody_else_even_when_there_is_nobody_else(service: Service) -> None:
    service.provider.people.remove(LEA)
    service.provider.set_behaviour("other_subject_in_userinfo")
    assert service.userinfo(service.tokens()[0]).json()["SubjectNameID"] not in (ZOE, LEA)


@pytest.mark.parametrize("behaviour", ["userinfo_jwt", "userinfo_jwt_bad_signature"])
def test_userinfo_may_be_a_signed_token(service: Service, behaviour: str) -> None:
    service.provider.set_behaviour(behaviour)
    answer = service.userinfo(service.tokens()[0])
    assert answer.headers["Content-Type"].partition(";")[0] == "application/jwt"
    if behaviour == "userinfo_jwt_bad_signature":
        with pytest.raises(BadSignatureError):
            jwt.decode(answer.text, service.keys(), algorithms=["RS256"])
    else:
        told = jwt.decode(answer.text, service.keys(), algorithms=["RS256"]).claims
        assert (told["SubjectNameID"], told["iss"], told["given_name"]) == (ZOE, service.provider.issuer, "Zoé")


def test_a_name_that_is_missing_is_missing_everywhere(service: Service) -> None:
    service.provider.set_behaviour("missing_name")
    answer = service.userinfo(service.tokens()[0])
    assert "Zoé" not in answer.text
    assert "DURAND" not in json.dumps({**answer.json(), "SubjectOrganization": "", "SubjectRefPro": {}})
    assert set(answer.json()["SubjectRefPro"]["exercices"][0]).isdisjoint({"nomDexercice", "prenomDexercice"})
    assert answer.json()["SubjectNameID"] == ZOE


def test_a_national_id_that_is_missing_is_left_in_sub_only(service: Service) -> None:
    service.provider.set_behaviour("missing_national_id")
    told = service.userinfo(service.tokens()[0]).json()
    assert set(told).isdisjoint({"SubjectNameID", "preferred_username", "otherIds"})
    assert told["family_name"] == "DURAND"


def test_contradictory_claims_name_two_people(service: Service) -> None:
    service.provider.set_behaviour("contradictory_claims")
    told = service.userinfo(service.tokens()[0]).json()
    ids = (told["SubjectNameID"], told["preferred_username"], told["otherIds"][0]["identifiant"])
    assert ids == (ZOE, LEA, LEA)


def test_the_token_endpoint_breaks(service: Service) -> None:
    journey = service.journey()
    callback = service.provider.sign_in(journey.url, ZOE)
    code = callback.partition("code=")[2].partition("&")[0]
    service.provider.set_behaviour("token_error_500")
    assert service.exchange(code, journey.verifier).status_code == 500
    service.provider.set_behaviour("token_html")
    answer = service.exchange(code, journey.verifier)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
    service.provider.set_behaviour("ok")
    assert service.exchange(code, journey.verifier).status_code == 200


def test_userinfo_breaks(service: Service) -> None:
    tokens, _ = service.tokens()
    service.provider.set_behaviour("userinfo_error")
    assert service.userinfo(tokens).status_code == 500


def test_documents_break(service: Service) -> None:
    discovery = f"{service.provider.issuer}/.well-known/openid-configuration"
    service.provider.set_behaviour("discovery_error")
    assert requests.get(discovery, timeout=10).status_code == 500
    service.provider.set_behaviour("discovery_other_issuer")
    assert requests.get(discovery, timeout=10).json()["issuer"] != service.provider.issuer
    service.provider.set_behaviour("keys_error")
    assert requests.get(service.metadata["jwks_uri"], timeout=10).status_code == 500


def test_when_it_is_down_every_connection_is_closed_but_the_control_one(service: Service) -> None:
    service.provider.set_behaviour("down")
    for address in (service.metadata["jwks_uri"], service.journey().url):
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=10)
    back = requests.put(f"{service.provider.site}/_sandbox/behaviour", json={"behaviour": "ok"}, timeout=10)
    assert back.json()["behaviour"] == "ok"
    assert requests.get(service.metadata["jwks_uri"], timeout=10).status_code == 200


def test_when_it_is_slow_an_impatient_client_gets_nothing_and_a_patient_one_its_answer(service: Service) -> None:
    service.provider.set_behaviour("slow", slow_seconds=600)
    with pytest.raises(requests.ReadTimeout):
        requests.get(service.metadata["jwks_uri"], timeout=(10, 0.05))
    service.provider.set_behaviour("slow", slow_seconds=0.01)
    assert requests.get(service.metadata["jwks_uri"], timeout=10).status_code == 200


def test_a_word_that_is_no_behaviour_is_refused(provider: RunningProvider) -> None:
    with pytest.raises(ValueError, match="odd"):
        provider.set_behaviour("odd")
    assert provider.behaviour is Behaviour.OK
