"""Verifying what Pro Santé Connect signs: OpenID Connect Core 1.0 §3.1.3.7, strictly, with 60 s between clocks.

Pure: keys, client and clock are given. A refusal carries a short reason, never what was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, ExpiredTokenError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

ACR = "eidas1"
"""The level that is asked for, and the only one accepted (platform.md §2.1)."""

SKEW_SECONDS = 60

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Asymmetric ones only: with `none` or an HMAC, whoever knows the public key or our secret could sign."""

_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


class AnswerRefused(Exception):  # noqa: N818 — an answer to the person, not a fault of ours
    """The provider's answer is not to be believed; trying the same again is useless. `reason` is a short key."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(Exception):  # noqa: N818 — asks for the keys again
    """No key of the set has the name (`kid`) that the token says: the provider may have new ones."""


@dataclass(frozen=True)
class Expected:
    """What an id_token must answer to."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str
    at: datetime
    not_before: datetime | None = None
    """When given, the person must have proved who they are since (`auth_time`)."""


def id_token_claims(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of a token that is signed, for us, fresh, and the answer to our question.

    Raises `AnswerRefused`, and `UnknownKey`.
    """
    decoded = _decoded(token, keys)
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
        },
        {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token},
    )
    try:
        claims.validate(now=int(expected.at.timestamp()), leeway=SKEW_SECONDS)
    except (ClaimError, TypeError, ValueError, AttributeError) as error:
        raise AnswerRefused(_reason(error)) from None
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise AnswerRefused("sub")
    if claims.get("acr") != ACR:
        raise AnswerRefused("acr")
    _check_auth_time(claims, expected.not_before)
    return dict(claims)


def userinfo_claims(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """The claims of a signed userinfo answer (Core §5.3.2), for us and not over. Same errors."""
    claims = _decoded(token, keys).claims
    audience = claims.get("aud")
    if claims.get("iss") != expected.issuer:
        raise AnswerRefused("userinfo_iss")
    if expected.client_id not in (audience if isinstance(audience, list) else [audience]):
        raise AnswerRefused("userinfo_aud")
    over = claims.get("exp")
    if over is not None and not (isinstance(over, int | float) and over > expected.at.timestamp() - SKEW_SECONDS):
        raise AnswerRefused("userinfo_exp")
    return claims


def _decoded(token: str, keys: KeySet) -> jwt.Token:
    try:
        return jwt.decode(token, keys, registry=_REGISTRY)
    except InvalidKeyIdError:
        raise UnknownKey from None
    except UnsupportedAlgorithmError:
        raise AnswerRefused("algorithm") from None
    except JoseError as error:
        raise AnswerRefused("signature" if error.error == "bad_signature" else "malformed") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise AnswerRefused("malformed") from None


def _reason(error: Exception) -> str:
    if isinstance(error, ExpiredTokenError):
        return "expired"
    return error.claim if isinstance(error, ClaimError) else "malformed"


def _check_auth_time(claims: Mapping[str, Any], not_before: datetime | None) -> None:
    if not_before is None:
        return
    proved = claims.get("auth_time")
    if not isinstance(proved, int | float) or proved < not_before.timestamp() - SKEW_SECONDS:
        raise AnswerRefused("auth_time")
