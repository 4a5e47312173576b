"""Keys, their rotation, and signed tokens: good ones, and those of an attacker."""

import hashlib
import hmac
import json
import secrets
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from demo.pro_sante_connect.behaviour import Behaviour
from demo.pro_sante_connect.oauth import base64url

ALGORITHM = "RS256"
KEYS_KEPT = 3
UNKNOWN_KID = "cle-que-personne-ne-publie"


class KeyRing:
    """Our signing keys, the newest first: it signs, and all of them are published."""

    def __init__(self) -> None:
        self._keys = [_new_key()]

    @property
    def current(self) -> RSAKey:
        """The key that signs."""
        return self._keys[0]

    @cached_property
    def stranger(self) -> RSAKey:
        """A key that is never published: that of an attacker, or of a rotation that went wrong."""
        return _new_key()

    def rotate(self, *, keep_old: bool = True) -> str:
        """Sign with a new key from now on, and publish the old ones beside it, or no longer; its `kid`."""
        self._keys = [_new_key(), *(self._keys[: KEYS_KEPT - 1] if keep_old else ())]
        return self.current.kid or ""

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set: public halves only."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}


def signed(claims: dict[str, Any], ring: KeyRing) -> str:
    """A compact JWS by the current key."""
    return _rs256(claims, ring.current, ring.current.kid)


def signed_by_a_stranger(claims: dict[str, Any], ring: KeyRing) -> str:
    """Signed by an unpublished key that says it is the current one."""
    return _rs256(claims, ring.stranger, ring.current.kid)


def id_token(claims: dict[str, Any], ring: KeyRing, behaviour: Behaviour, client_secret: str) -> str:
    """The id_token, signed as the behaviour wants."""
    kid = ring.current.kid
    match behaviour:
        case Behaviour.BAD_SIGNATURE:
            return signed_by_a_stranger(claims, ring)
        case Behaviour.UNKNOWN_KID:
            return _rs256(claims, ring.current, UNKNOWN_KID)
        case Behaviour.UNSIGNED_ROTATION:
            return _rs256(claims, ring.stranger, ring.stranger.kid)
        case Behaviour.ALG_NONE:
            return f"{_unsigned({'alg': 'none', 'typ': 'JWT'}, claims)}."
        case Behaviour.ALG_HS256_WITH_SECRET:
            return _hs256(claims, kid, client_secret.encode())
        case Behaviour.ALG_HS256_WITH_PUBLIC_KEY:
            return _hs256(claims, kid, ring.current.as_pem(private=False))
        case _:
            return signed(claims, ring)


def half_hash(token: str) -> str:
    """`at_hash`: the left half of the token's SHA-256 (OpenID Connect Core §3.1.3.6)."""
    return base64url(hashlib.sha256(token.encode()).digest()[:16])


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_urlsafe(16), "use": "sig", "alg": ALGORITHM})


def _rs256(claims: dict[str, Any], key: RSAKey, kid: str | None) -> str:
    return jwt.encode({"alg": ALGORITHM, "kid": kid}, claims, key, algorithms=[ALGORITHM])


def _hs256(claims: dict[str, Any], kid: str | None, secret: bytes) -> str:
    # By hand: the library rightly refuses to use a public key as a shared secret.
    unsigned = _unsigned({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)
    return f"{unsigned}.{base64url(hmac.digest(secret, unsigned.encode(), 'sha256'))}"


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{base64url(json.dumps(header).encode())}.{base64url(json.dumps(claims).encode())}"
