"""What the tokens and userinfo say, and what each fault changes in it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from demo.pro_sante_connect.behaviour import Behaviour
from demo.pro_sante_connect.oauth import Client
from demo.pro_sante_connect.people import Claims, People, subject_of
from demo.pro_sante_connect.signing import half_hash

TOKEN_LIFE = timedelta(minutes=5)
SHORT_LIFE = timedelta(seconds=20)
"""Of a token made by a clock that is behind, so that a client without leeway sees it as over."""

OTHER_ISSUER = "https://autre-fournisseur.invalid/auth/realms/esante-wallet"

_CHANGES: dict[Behaviour, dict[str, Any]] = {
    Behaviour.WRONG_ISSUER: {"iss": OTHER_ISSUER},
    Behaviour.WRONG_AUDIENCE: {"aud": "autre-service", "azp": "autre-service"},
    Behaviour.WRONG_NONCE: {"nonce": "une-autre-demande"},
    Behaviour.NO_NONCE: {"nonce": None},
    Behaviour.WRONG_ACR: {"acr": "eidas0"},
    Behaviour.NO_ACR: {"acr": None},
    Behaviour.NO_SUB: {"sub": None},
}
"""Claims of the id_token that a fault replaces; None takes one away."""

_SHIFTS = {
    Behaviour.EXPIRED: timedelta(hours=-1),
    Behaviour.ISSUED_IN_FUTURE: timedelta(days=1),
    Behaviour.CLOCK_AHEAD_30S: timedelta(seconds=30),
    Behaviour.CLOCK_BEHIND_30S: timedelta(seconds=-30),
}
"""How far our clock is from the true one, for a fault of time."""

_STANDARD = {"profile": ("family_name", "given_name", "preferred_username"), "email": ("email", "email_verified")}


@dataclass(frozen=True)
class Grant:
    """What a person allowed: who, since when, and what the client asked."""

    national_id: str
    session: str
    auth_time: datetime
    redirect_uri: str
    challenge: str
    nonce: str | None
    scope: tuple[str, ...]
    acr: str | None


def of_id_token(
    grant: Grant, *, issuer: str, client: Client, access_token: str, behaviour: Behaviour, now: datetime
) -> dict[str, Any]:
    """The claims of the id_token (OpenID Connect Core §2), times in seconds since 1970."""
    shift = _SHIFTS.get(behaviour, timedelta())
    life = SHORT_LIFE if behaviour is Behaviour.CLOCK_BEHIND_30S else TOKEN_LIFE
    claims = {
        "iss": issuer,
        "sub": subject_of(grant.national_id),
        "aud": client.client_id,
        "azp": client.client_id,
        "typ": "ID",
        "jti": secrets.token_urlsafe(16),
        "iat": _seconds(now + shift),
        "exp": _seconds(now + shift + life),
        "auth_time": _seconds(grant.auth_time + shift),
        "nonce": grant.nonce,
        "acr": grant.acr,
        "sid": grant.session,
        "at_hash": half_hash(access_token),
    }
    return _without_none({**claims, **_CHANGES.get(behaviour, {})})


def of_userinfo(grant: Grant, people: People, behaviour: Behaviour) -> Claims | None:
    """What userinfo says of the person within the scope granted: `scope_all` is all. None when the person is gone."""
    claims = people.get(grant.national_id)
    if claims is None:
        return None
    if behaviour is Behaviour.OTHER_SUBJECT_IN_USERINFO:
        claims = people.other_than(grant.national_id)
    elif behaviour is Behaviour.MISSING_NAME:
        claims = _without_name(claims)
    elif behaviour is Behaviour.MISSING_NATIONAL_ID:
        claims = {**claims, "SubjectNameID": None, "preferred_username": None, "otherIds": None}
    elif behaviour is Behaviour.CONTRADICTORY_CLAIMS:
        other = people.other_than(grant.national_id)["SubjectNameID"]
        other_ids = [{"identifiant": other, "origine": "RPPS", "qualite": 1}]
        claims = {**claims, "preferred_username": other, "otherIds": other_ids}
    if "scope_all" not in grant.scope:
        names = [name for scope, names in _STANDARD.items() if scope in grant.scope for name in names]
        claims = {name: claims.get(name) for name in ("sub", *names)}
    return _without_none(claims)


def signed_userinfo(claims: Claims, *, issuer: str, client: Client, now: datetime) -> dict[str, Any]:
    """The same as the claims of a token (OpenID Connect Core §5.3.2)."""
    return {**claims, "iss": issuer, "aud": client.client_id, "iat": _seconds(now), "exp": _seconds(now + TOKEN_LIFE)}


def _without_name(claims: Claims) -> Claims:
    """Nowhere: neither the standard claims nor the name of practice."""
    professional = claims.get("SubjectRefPro") or {}
    practices = [
        {name: value for name, value in practice.items() if name not in ("nomDexercice", "prenomDexercice")}
        for practice in professional.get("exercices", ())
    ]
    anonymous = {**professional, "exercices": practices}
    return {**claims, "family_name": None, "given_name": None, "name": None, "SubjectRefPro": anonymous}


def _without_none(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in claims.items() if value is not None}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
