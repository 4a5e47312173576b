"""Pro Santé Connect, in our words: where to send the browser, and who came back.

`ProviderDown` may pass by itself; `AnswerRefused` is final. Both say a short reason and nothing of the answer. The
discovery document and the keys are kept in the process (`KEPT`). A token that names an unknown key asks for the keys
again, at most once per `KEYS_AGAIN`: a stranger cannot make us call the provider for each token that they send.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from django.conf import settings
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from sas.accounts.psc.fetching import BoundedSession, ProviderDown, document, json_object
from sas.accounts.psc.tokens import ACR, AnswerRefused, Expected, UnknownKey, id_token_claims, userinfo_claims

__all__ = ["AnswerRefused", "Asked", "Identity", "Provider", "ProviderDown", "connected", "post_logout_uri"]

logger = logging.getLogger(__name__)

TIMEOUT = 3.0
"""Seconds for each answer of the provider."""

KEPT = timedelta(hours=1)
KEYS_AGAIN = timedelta(seconds=30)
SCOPE = "openid scope_all"
_NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Asked:
    """One question to the provider: what must be remembered, on our side only, until the answer."""

    state: str
    nonce: str
    verifier: str
    at: datetime
    again: bool = False


@dataclass(frozen=True)
class Identity:
    """Who came back, verified. `claims` are those of userinfo; `id_token` is a proof for the sign-out alone."""

    claims: dict[str, Any]
    id_token: str
    end_session: str


class Provider:
    """One provider and our registration there. Shared by the threads of the process."""

    def __init__(self, *, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self._secret = client_secret
        self._lock = threading.Lock()
        self._metadata: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def ask(self, *, at: datetime, again: bool = False) -> tuple[str, Asked]:
        """(where the browser goes, what to remember). `again` asks the person to prove who they are even if the
        provider knows. Raises `ProviderDown`, `AnswerRefused`."""
        with self._session() as session:
            endpoint = self._discovered(session, at)["authorization_endpoint"]
            asked = Asked(generate_token(32), generate_token(32), generate_token(64), at, again)
            more = {"prompt": "login", "max_age": "0"} if again else {}
            url, _ = session.create_authorization_url(
                endpoint,
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
                acr_values=ACR,
                **more,
            )
        return url, asked

    def answered(self, asked: Asked, *, code: str, at: datetime) -> Identity:
        """Who the code stands for. Raises `ProviderDown`, `AnswerRefused`."""
        with self._session() as session:
            metadata = self._discovered(session, at)
            token = self._exchanged(session, metadata["token_endpoint"], code, asked.verifier)
            expected = Expected(
                issuer=self.issuer,
                client_id=self.client_id,
                nonce=asked.nonce,
                access_token=token["access_token"],
                at=at,
                not_before=asked.at if asked.again else None,
            )
            said = self._verified(session, token["id_token"], expected, id_token_claims)
            claims = self._userinfo(session, metadata["userinfo_endpoint"], expected)
        if claims.get("sub") != said["sub"]:
            raise AnswerRefused("userinfo_sub")
        end = metadata.get("end_session_endpoint")
        return Identity(claims, token["id_token"], str(end) if self._is_address(end) else "")

    def sign_out_url(self, *, end_session: str, id_token: str, back: str) -> str:
        """Where the browser ends the person's session at the provider, then comes `back`. Asks nothing of anybody."""
        hint = {"id_token_hint": id_token} if id_token else {}
        more = {"post_logout_redirect_uri": back, "client_id": self.client_id, "state": generate_token(16), **hint}
        return str(add_params_to_uri(end_session, more))

    # --- What the provider says of itself ---------------------------------------------------------------------------

    def _session(self) -> BoundedSession:
        return BoundedSession(
            timeout=TIMEOUT,
            client_id=self.client_id,
            client_secret=self._secret,
            scope=SCOPE,
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
        )

    def _discovered(self, session: BoundedSession, at: datetime) -> dict[str, Any]:
        with self._lock:
            kept = self._metadata
        if kept is not None and at - kept[0] < KEPT:
            return kept[1]
        found = document(session, f"{self.issuer}/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            raise AnswerRefused("discovery_issuer")
        if not all(self._is_address(found.get(name)) for name in _NEEDED):
            raise AnswerRefused("discovery_address")
        with self._lock:
            self._metadata = (at, found)
        return found

    def _is_address(self, value: Any) -> bool:
        """Whether this is an address that may be called: HTTPS, unless the issuer itself is not (demonstration)."""
        if not isinstance(value, str):
            return False
        scheme = urlsplit(value).scheme
        return scheme == "https" or scheme == urlsplit(self.issuer).scheme == "http"

    def _key_set(self, session: BoundedSession, at: datetime, *, newer: bool = False) -> KeySet:
        with self._lock:
            kept = self._keys
        if kept is not None and at - kept[0] < (KEYS_AGAIN if newer else KEPT):
            return kept[1]
        found = document(session, self._discovered(session, at)["jwks_uri"])
        try:
            keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise ProviderDown("unreadable keys") from None
        with self._lock:
            self._keys = (at, keys)
        return keys

    # --- The answer to a question -----------------------------------------------------------------------------------

    def _exchanged(self, session: BoundedSession, endpoint: str, code: str, verifier: str) -> dict[str, Any]:
        try:
            token = session.fetch_token(endpoint, grant_type="authorization_code", code=code, code_verifier=verifier)
        except OAuthError as error:
            logger.warning("Pro Santé Connect refused a code: %s", _plain(error.error))
            raise AnswerRefused("code" if error.error == "invalid_grant" else "client") from None
        except ValueError:
            raise ProviderDown("token: not JSON") from None
        if not all(isinstance(token.get(name), str) and token[name] for name in ("access_token", "id_token")):
            raise AnswerRefused("token_missing")
        return dict(token)

    def _verified(self, session: BoundedSession, token: str, expected: Expected, read: Any) -> dict[str, Any]:
        try:
            return dict(read(token, self._key_set(session, expected.at), expected))
        except UnknownKey:
            pass
        try:
            return dict(read(token, self._key_set(session, expected.at, newer=True), expected))
        except UnknownKey:
            raise AnswerRefused("key") from None

    def _userinfo(self, session: BoundedSession, endpoint: str, expected: Expected) -> dict[str, Any]:
        try:
            response = session.get(endpoint, headers={"Accept": "application/json, application/jwt"})
        except OAuthError:
            raise AnswerRefused("token_type") from None
        if response.status_code != 200:
            raise AnswerRefused("userinfo")
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/jwt":
            token = response.content.decode("ascii", "replace").strip()
            return self._verified(session, token, expected, userinfo_claims)
        return json_object(response.content)


@cache
def _provider(issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> Provider:
    return Provider(issuer=issuer, client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri)


def connected(redirect_path: str) -> Provider | None:
    """The provider of the settings, one for the process; nothing when Pro Santé Connect is off."""
    entering = settings.SAS_ENTERING
    if not entering.psc_issuer:
        return None
    address = f"{settings.SAS_BASE_URL}{redirect_path}"
    return _provider(entering.psc_issuer, entering.psc_client_id, entering.psc_client_secret, address)


def post_logout_uri() -> str:
    """Where people come back after signing out there: the home page. To be declared at Pro Santé Connect."""
    return f"{settings.SAS_BASE_URL}/"


def _plain(text: Any) -> str:
    """An error word of the provider, fit for a log line."""
    return "".join(letter for letter in str(text)[:40] if letter.isascii() and (letter.isalnum() or letter in "_-"))
