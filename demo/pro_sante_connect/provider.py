"""The provider: sessions, codes and tokens, and the decisions of each endpoint. HTTP is in `server`."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from demo.pro_sante_connect import REALM, oauth, signing
from demo.pro_sante_connect import claims as said
from demo.pro_sante_connect.behaviour import SLOW_SECONDS, Behaviour
from demo.pro_sante_connect.kept import Kept
from demo.pro_sante_connect.oauth import AuthorizationRequest, Client, OAuthError, Parameters, UntrustedRequestError
from demo.pro_sante_connect.people import Claims, People, full_name

logger = logging.getLogger(__name__)

CODE_LIFE = timedelta(seconds=60)
QUESTION_LIFE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=4)
USED_CODES_LIFE = timedelta(hours=1)
"""How long a code that comes again is recognised."""


@dataclass(frozen=True)
class Session:
    """Somebody who signed in here, in one browser."""

    national_id: str
    auth_time: datetime


@dataclass(frozen=True)
class SignInQuestion:
    """« Qui êtes-vous ? », asked of one browser for one request."""

    browser: str
    request: AuthorizationRequest


@dataclass(frozen=True)
class SignOutQuestion:
    """« Voulez-vous vous déconnecter ? », asked of one browser; where it goes then."""

    browser: str
    post_logout_uri: str | None
    state: str | None


@dataclass
class Code:
    """A code, and what became of it."""

    grant: said.Grant
    made_at: datetime
    used: bool = field(default=False)
    access_token: str | None = field(default=None)


class Provider:
    """A running provider. Behaviour, keys and people may be changed from another thread, at any time."""

    def __init__(
        self, *, site: str, client: Client, people: Iterable[Claims], clock: Callable[[], datetime], slow_seconds: float
    ) -> None:
        self.site = site
        self.issuer = site + REALM
        self.client = client
        self.people = People(people)
        self.clock = clock
        self.keys = signing.KeyRing()
        self.set_behaviour(Behaviour.OK, slow_seconds)
        self._codes: Kept[Code] = Kept(USED_CODES_LIFE, clock)
        self._tokens: Kept[said.Grant] = Kept(said.TOKEN_LIFE, clock)
        self._sessions: Kept[Session] = Kept(SESSION_LIFE, clock)
        self._questions: Kept[SignInQuestion | SignOutQuestion] = Kept(QUESTION_LIFE, clock)

    # --- The hand of the tester -------------------------------------------------------------------------------------

    def set_behaviour(self, behaviour: Behaviour | str, slow_seconds: float = SLOW_SECONDS) -> None:
        """Behave so from the next request on. Raises ValueError for a word that is not one."""
        self.behaviour = Behaviour(behaviour)
        self.slow_seconds = slow_seconds

    def rotate_keys(self, *, keep_old: bool = True) -> str:
        """Sign with a new key, published at once; its `kid`. Old keys stay published unless `keep_old` is False."""
        return self.keys.rotate(keep_old=keep_old)

    def change_person(self, national_id: str, **claims: Any) -> Claims:
        """Other claims for a person from the next userinfo on; None takes one away. Raises KeyError for nobody."""
        return self.people.change(national_id, **claims)

    # --- Documents --------------------------------------------------------------------------------------------------

    def metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0 §3."""
        protocol = f"{self.issuer}/protocol/openid-connect"
        return {
            "issuer": said.OTHER_ISSUER if self.behaviour is Behaviour.DISCOVERY_OTHER_ISSUER else self.issuer,
            "authorization_endpoint": f"{protocol}/auth",
            "token_endpoint": f"{protocol}/token",
            "userinfo_endpoint": f"{protocol}/userinfo",
            "jwks_uri": f"{protocol}/certs",
            "end_session_endpoint": f"{protocol}/logout",
            "scopes_supported": ["openid", "profile", "email", "scope_all"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "acr_values_supported": [oauth.ACR],
            "id_token_signing_alg_values_supported": [signing.ALGORITHM],
            "userinfo_signing_alg_values_supported": [signing.ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }

    # --- Sign-in ----------------------------------------------------------------------------------------------------

    def authorize(self, parameters: Parameters, session_key: str) -> AuthorizationRequest | str:
        """Where the browser goes, or the request for which its person must be asked.

        Raises UntrustedRequestError when nothing may be sent back.
        """
        redirect_uri = oauth.trusted_redirect(parameters, self.client)
        try:
            request = oauth.read_authorization(parameters, redirect_uri)
        except OAuthError as error:
            state = None if "state" in parameters.doubled else parameters.get("state")
            return oauth.answer(redirect_uri, state, error=error.error, error_description=error.description)
        session = self._sessions.get(session_key)
        if session is not None and self._is_enough(session, request):
            return self._answer_with_code(request, session, session_key)
        if request.never_asks:
            return request.answer(error="login_required", error_description="nobody is signed in here")
        return request

    def ask(self, question: SignInQuestion | SignOutQuestion) -> str:
        """Remember what a browser is asked; the key that its form sends back."""
        return self._questions.add(question)

    def sign_in_question(self, key: str, browser: str) -> AuthorizationRequest:
        """The request that this browser is being asked about. Raises UntrustedRequestError."""
        question = self._questions.get(key)
        if not isinstance(question, SignInQuestion) or question.browser != browser:
            raise UntrustedRequestError("Cette demande de connexion est terminée, ou trop ancienne.")
        return question.request

    def choose(self, key: str, browser: str, national_id: str) -> tuple[str, str]:
        """The person chose: (the session, where the browser goes).

        Raises UntrustedRequestError for a stale question, KeyError for nobody.
        """
        request = self.sign_in_question(key, browser)
        if self.people.get(national_id) is None:
            raise KeyError(national_id)
        self._questions.take(key)
        session = Session(national_id, self.clock())
        session_key = self._sessions.add(session)
        return session_key, self._answer_with_code(request, session, session_key)

    def cancel(self, key: str, browser: str) -> str:
        """The person gave up: where the browser goes. Raises UntrustedRequestError for a stale question."""
        request = self.sign_in_question(key, browser)
        self._questions.take(key)
        return request.answer(error="access_denied", error_description="the person gave up")

    def name_of(self, session_key: str) -> str:
        """Who is signed in under this key; empty for nobody."""
        session = self._sessions.get(session_key)
        claims = session and self.people.get(session.national_id)
        return full_name(claims) if claims else ""

    def _is_enough(self, session: Session, request: AuthorizationRequest) -> bool:
        if request.asks_again or self.people.get(session.national_id) is None:
            return False
        return request.max_age is None or self.clock() - session.auth_time <= timedelta(seconds=request.max_age)

    def _answer_with_code(self, request: AuthorizationRequest, session: Session, session_key: str) -> str:
        grant = said.Grant(
            national_id=session.national_id,
            session=session_id(session_key),
            auth_time=session.auth_time,
            redirect_uri=request.redirect_uri,
            challenge=request.challenge,
            nonce=request.nonce,
            scope=request.scope,
            acr=request.acr,
        )
        return request.answer(code=self._codes.add(Code(grant, self.clock())))

    # --- Tokens -----------------------------------------------------------------------------------------------------

    def exchange(self, form: Parameters, authorization: str | None) -> dict[str, Any]:
        """The answer of the token endpoint. Raises OAuthError."""
        form.refuse_doubles()
        oauth.authenticate_client(self.client, authorization, form)
        if form.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "grant_type must be authorization_code")
        code = self._redeemed(form)
        now = self.clock()
        code.access_token = self._tokens.add(code.grant)
        claims = said.of_id_token(
            code.grant,
            issuer=self.issuer,
            client=self.client,
            access_token=code.access_token,
            behaviour=self.behaviour,
            now=now,
        )
        return {
            "access_token": code.access_token,
            "token_type": "Bearer",
            "expires_in": int(said.TOKEN_LIFE.total_seconds()),
            "scope": " ".join(code.grant.scope),
            "id_token": signing.id_token(claims, self.keys, self.behaviour, self.client.client_secret),
        }

    def _redeemed(self, form: Parameters) -> Code:
        """The code of this request, used up whatever comes next: it cannot be tried twice (RFC 6749 §4.1.2)."""
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise OAuthError("invalid_grant", "unknown code")
        if code.used:
            if code.access_token is not None:
                self._tokens.take(code.access_token)
            raise OAuthError("invalid_grant", "this code was used already; its token is revoked")
        code.used = True
        if self.clock() - code.made_at >= CODE_LIFE:
            raise OAuthError("invalid_grant", "this code is too old")
        if form.get("redirect_uri") != code.grant.redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri is not that of the authorization request")
        if not oauth.verifies(form.get("code_verifier"), code.grant.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not answer the challenge")
        return code

    def userinfo(self, access_token: str) -> Claims | str:
        """What is known of the person, or the same as a signed token. Raises OAuthError."""
        grant = self._tokens.get(access_token)
        claims = None if grant is None else said.of_userinfo(grant, self.people, self.behaviour)
        if claims is None:
            raise OAuthError("invalid_token", "unknown, revoked or expired token", 401)
        if self.behaviour not in (Behaviour.USERINFO_JWT, Behaviour.USERINFO_JWT_BAD_SIGNATURE):
            return claims
        told = said.signed_userinfo(claims, issuer=self.issuer, client=self.client, now=self.clock())
        good = self.behaviour is Behaviour.USERINFO_JWT
        return (signing.signed if good else signing.signed_by_a_stranger)(told, self.keys)

    # --- Sign-out ---------------------------------------------------------------------------------------------------

    def sign_out_question(self, parameters: Parameters, browser: str) -> tuple[SignOutQuestion, str | None]:
        """What to ask of the browser, and the session that the service proved by its id_token, if it did.

        A proof spares the question (RP-Initiated Logout 1.0 §2). Raises UntrustedRequestError.
        """
        if parameters.doubled:
            raise UntrustedRequestError("La demande dit deux fois la même chose.")
        uri, hint = parameters.get("post_logout_redirect_uri"), parameters.get("id_token_hint")
        proved = None if hint is None else self._session_of(hint)
        if "client_id" in parameters and parameters["client_id"] != self.client.client_id:
            raise UntrustedRequestError("Le service qui vous envoie est inconnu (client_id).")
        if uri is not None:
            if proved is None and "client_id" not in parameters:
                raise UntrustedRequestError("Le service qui vous envoie ne dit pas son nom (id_token_hint, client_id).")
            if uri not in self.client.post_logout_uris:
                raise UntrustedRequestError("L’adresse de retour n’est pas celle que le service a déclarée.")
        return SignOutQuestion(browser, uri, parameters.get("state")), proved

    def confirmed_sign_out(self, key: str, browser: str) -> SignOutQuestion:
        """The question that this browser answered by yes. Raises UntrustedRequestError."""
        question = self._questions.get(key)
        if not isinstance(question, SignOutQuestion) or question.browser != browser:
            raise UntrustedRequestError("Cette demande de déconnexion est terminée, ou trop ancienne.")
        self._questions.take(key)
        return question

    def end_session(self, session_key: str) -> None:
        """Nobody is signed in under this key any more, and its access tokens are worth nothing."""
        self._sessions.take(session_key)
        self._tokens.drop(lambda grant: grant.session == session_id(session_key))

    def _session_of(self, hint: str) -> str:
        """The `sid` of an id_token of ours, which may have expired since. Raises UntrustedRequestError."""
        try:
            ours = KeySet.import_key_set(self.keys.published())  # type: ignore[arg-type]
            told = jwt.decode(hint, ours, algorithms=[signing.ALGORITHM]).claims
        except (JoseError, ValueError) as error:
            logger.info("id_token_hint refused: %s", error)
            raise UntrustedRequestError(
                "La preuve envoyée par le service n’est pas de nous (id_token_hint)."
            ) from error
        if told.get("iss") != self.issuer or told.get("aud") != self.client.client_id:
            raise UntrustedRequestError("La preuve envoyée par le service n’est pas pour lui (id_token_hint).")
        return str(told.get("sid", ""))


def session_id(session_key: str) -> str:
    """The public name of a session, `sid`: it does not open it."""
    return signing.half_hash(session_key)
