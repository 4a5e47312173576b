"""What the protocol asks of a client, checked without mercy: OpenID Connect Core 1.0, RFC 6749, RFC 7636."""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_plus, urlencode, urlsplit

ACR = "eidas1"
"""The only level that Pro Santé Connect gives."""

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class Client:
    """The one service that may send people here."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    post_logout_uris: tuple[str, ...] = ()

    def origins(self) -> list[str]:
        """Where its pages are: after a choice, a form of ours leads there (CSP `form-action` covers redirects)."""
        addresses = [urlsplit(uri) for uri in (*self.redirect_uris, *self.post_logout_uris)]
        return sorted({f"{address.scheme}://{address.netloc}" for address in addresses})


class UntrustedRequestError(Exception):
    """A request that must not be sent back to its author, who may be anybody: a page says why (in French)."""


class OAuthError(Exception):
    """A refusal in the words of RFC 6749: `error`, and a description for the developer."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


class Parameters(dict[str, str]):
    """Parameters of a request, each said once (RFC 6749 §3.1); those said twice are in `doubled`."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.doubled: list[str] = []
        for name, value in pairs:
            if name in self:
                self.doubled.append(name)
            self[name] = value

    def refuse_doubles(self) -> None:
        """Raises OAuthError when a parameter was said twice."""
        if self.doubled:
            raise OAuthError("invalid_request", f"parameter given twice: {', '.join(self.doubled)}")


@dataclass(frozen=True)
class AuthorizationRequest:
    """What the client asked of the authorization endpoint, checked."""

    redirect_uri: str
    state: str | None
    nonce: str | None
    scope: tuple[str, ...]
    challenge: str
    acr: str | None
    asks_again: bool
    never_asks: bool
    max_age: int | None

    def answer(self, **parameters: str) -> str:
        """Where the browser goes next, with `state` as it was given."""
        return answer(self.redirect_uri, self.state, **parameters)


def answer(uri: str, state: str | None, **parameters: str) -> str:
    """`uri` with parameters, after those that it has; `state` is echoed when there is one."""
    given = {**parameters, **({} if state is None else {"state": state})}
    if not given:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(given)}"


def trusted_redirect(parameters: Parameters, client: Client) -> str:
    """The redirect_uri, when client and address are known, letter by letter. Raises UntrustedRequestError."""
    if {"client_id", "redirect_uri"} & set(parameters.doubled):
        raise UntrustedRequestError("La demande nomme deux services ou deux adresses de retour.")
    if parameters.get("client_id") != client.client_id:
        raise UntrustedRequestError("Le service qui vous envoie est inconnu (client_id).")
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri not in client.redirect_uris:
        raise UntrustedRequestError("L’adresse de retour n’est pas celle que le service a déclarée (redirect_uri).")
    return redirect_uri


def read_authorization(parameters: Parameters, redirect_uri: str) -> AuthorizationRequest:
    """The request of a known client. Raises OAuthError, to be sent to `redirect_uri`."""
    parameters.refuse_doubles()
    _refuse_unsupported(parameters)
    scope = tuple(parameters.get("scope", "").split())
    if "openid" not in scope:
        raise OAuthError("invalid_scope", "scope must contain openid")
    if parameters.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "PKCE is required: code_challenge_method must be S256")
    challenge = parameters.get("code_challenge", "")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge must be the base64url SHA-256 of a verifier")
    prompts = set(parameters.get("prompt", "").split())
    if "none" in prompts and len(prompts) > 1:
        raise OAuthError("invalid_request", "prompt=none stands alone")
    max_age = parameters.get("max_age")
    if max_age is not None and not _SECONDS.fullmatch(max_age):
        raise OAuthError("invalid_request", "max_age is a number of seconds")
    return AuthorizationRequest(
        redirect_uri=redirect_uri,
        state=parameters.get("state"),
        nonce=parameters.get("nonce"),
        scope=scope,
        challenge=challenge,
        acr=ACR if ACR in parameters.get("acr_values", "").split() else None,
        asks_again=bool(prompts & {"login", "select_account"}),
        never_asks="none" in prompts,
        max_age=None if max_age is None else int(max_age),
    )


def _refuse_unsupported(parameters: Parameters) -> None:
    if "request" in parameters:
        raise OAuthError("request_not_supported", "request objects are not supported")
    if "request_uri" in parameters:
        raise OAuthError("request_uri_not_supported", "request objects are not supported")
    if parameters.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code")
    if parameters.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "response_mode must be query")


def authenticate_client(client: Client, authorization: str | None, form: Parameters) -> None:
    """client_secret_basic or client_secret_post, not both (RFC 6749 §2.3). Raises OAuthError."""
    named, secret = form.get("client_id"), form.get("client_secret")
    if authorization is not None:
        if secret is not None:
            raise OAuthError("invalid_request", "two client authentications")
        basic = _basic(authorization)
        if named is not None and named != basic[0]:
            raise OAuthError("invalid_request", "client_id is not that of the Authorization header")
        named, secret = basic
    known = secrets.compare_digest((named or "").encode(), client.client_id.encode())
    right = secrets.compare_digest((secret or "").encode(), client.client_secret.encode())
    if not (known and right):
        raise OAuthError("invalid_client", "unknown client or wrong secret", 401)


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, credentials = authorization.partition(" ")
    try:
        name, colon, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "unreadable Authorization header", 401) from error
    if scheme.lower() != "basic" or not colon:
        raise OAuthError("invalid_client", "Authorization must be Basic", 401)
    return unquote_plus(name), unquote_plus(secret)


def verifies(verifier: str | None, challenge: str) -> bool:
    """Whether the PKCE verifier is the one whose S256 challenge was sent (RFC 7636 §4.6)."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    return secrets.compare_digest(base64url(hashlib.sha256(verifier.encode()).digest()), challenge)


def base64url(content: bytes) -> str:
    """Base 64 for URLs, without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
