"""Between the sign-in and the pages: what a session must have settled before it opens anything (platform.md §2.4).

In order: the session is neither idle nor too old; the account has not reached its last day; the terms of use of today
are accepted; somebody with a card has been asked for an address once; a password came with a second factor.

In the steady state it asks the database nothing: what was settled is kept in the session, which a change of the
account ends. Once a minute it writes that the session is in use. Machine clients have no session, so no gate.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from sas.accounts.closing import close_account
from sas.accounts.entering import ENTERED_AT, METHOD, SECOND_FACTOR, has_expired
from sas.accounts.models import SignIn, User
from sas.accounts.own.factors.queries import factors_of
from sas.accounts.own.rules import why_over
from sas.accounts.own.services import has_accepted
from sas.accounts.own.settled import NO_ADDRESS_NOW, OFFER_SEEN, TERMS, needs_second_factor
from sas.accounts.sessions import track
from sas.web.http import problem

SEEN_AT = "sas_seen_at"
"""Key of the session: when it was last seen (ISO 8601)."""

SEEN_EVERY = 60
"""Seconds between two writings that a session is in use."""

PAGES = {"home"}
"""Public pages that show more to whoever is signed in: they wait too. Other public pages open to everybody anyway."""

ACCOUNT = ("accounts_own:", "accounts_factors:")
STEPS: dict[str, frozenset[str]] = {
    "accounts_own:terms": frozenset({"accounts_own:terms", "accounts_own:refuse_terms"}),
    "accounts_own:address": frozenset({"accounts_own:address", "accounts_own:address_later"}),
    "accounts_factors:index": frozenset(
        {f"accounts_factors:{name}" for name in ("index", "add_application", "add_passkey", "codes")}
        | {"accounts_own:confirm"}
    ),
}
"""Where each unsettled question leads, with the pages that are open while it is asked."""

WHY = {
    "accounts_own:terms": "Acceptez d’abord les conditions d’utilisation sur le site.",
    "accounts_own:address": "Répondez d’abord à la question posée sur la page d’accueil.",
    "accounts_factors:index": "Ajoutez d’abord un second facteur à votre compte sur le site.",
}


class GateMiddleware:
    """After authentication, before the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """The answer that stands before the page; `None` to open it."""
        if _calls_with_a_token(request) or not request.user.is_authenticated:
            return None
        user, now = request.user, timezone.now()
        name = request.resolver_match.view_name if request.resolver_match else ""
        gated = getattr(view, "access", None) != "public" or name in PAGES
        if reason := _why_ended(request, user, now):
            logout(request)
            return _signed_out(request, view, reason) if gated else None
        question = _question(request, user, name) if gated else None
        if not _note_use(request, user, now):
            return _signed_out(request, view, "ailleurs") if gated else None
        if question is None:
            _offer(request, user, name)
            return None
        return _lead(request, view, question)


def _calls_with_a_token(request: HttpRequest) -> bool:
    """Also anybody who calls `/fhir/`, where no session counts."""
    return request.path.startswith("/fhir/") or (
        request.path.startswith("/api/") and "Authorization" in request.headers
    )


def _why_ended(request: HttpRequest, user: User, now: datetime) -> str | None:
    if has_expired(user, at=now):
        close_account(user=user, reason=User.ClosedFor.EXPIRED, by="échéance", at=now)
        return "echeance"
    if needs_second_factor(request.session, user) and factors_of(user):
        return "facteur"  # it has one, and this session never gave it
    seen = _moment(request, SEEN_AT) or now
    entered = _moment(request, ENTERED_AT) or seen
    limits = settings.SAS_ENTERING
    return why_over(
        entered_at=entered,
        seen_at=max(seen, entered),
        now=now,
        idle=limits.session_idle,
        limit=limits.session_limit,
    )


def _note_use(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the session is still there. What was noted is saved at once: saved with the answer, it would keep a
    database connection for as long as an event stream lasts (docs/adr/0004)."""
    seen = _moment(request, SEEN_AT)
    if seen is None or (now - seen).total_seconds() >= SEEN_EVERY:
        request.session[SEEN_AT] = now.isoformat()
        track(request, user, method=request.session.get(METHOD, ""), at=now)
    if request.session.modified:
        try:
            request.session.save()
        except UpdateError:  # ended from another device meanwhile
            request.session.flush()
            request.user = AnonymousUser()
            return False
        request.session.modified = False
    return True


def _question(request: HttpRequest, user: User, name: str) -> str | None:
    """The page of the first question that is not settled, unless `name` is a page that answers it."""
    session = request.session
    for step, needed in (
        ("accounts_own:terms", lambda: _must_accept(request, user)),
        ("accounts_own:address", lambda: _must_give_address(request, user)),
        ("accounts_factors:index", lambda: needs_second_factor(session, user)),
    ):
        if needed():
            return None if name in STEPS[step] else step
    return None


def _must_accept(request: HttpRequest, user: User) -> bool:
    version = settings.SAS_TERMS_VERSION
    if not version or request.session.get(TERMS) == version:
        return False
    if has_accepted(user, version):
        request.session[TERMS] = version
        return False
    return True


def _must_give_address(request: HttpRequest, user: User) -> bool:
    by_card = request.session.get(METHOD) == SignIn.Method.PSC
    return by_card and not user.email and NO_ADDRESS_NOW not in request.session


def _offer(request: HttpRequest, user: User, name: str) -> None:
    """Where a second factor is only offered: say so on the home page and on those of the account."""
    session = request.session
    if name not in PAGES and not name.startswith(ACCOUNT):
        return
    if session.get(METHOD) != SignIn.Method.PASSWORD or session.get(SECOND_FACTOR) or session.get(OFFER_SEEN):
        return
    if not name.startswith("accounts_factors:") and not factors_of(user):
        request.notice = {  # type: ignore[attr-defined]
            "text": "Votre compte n’a qu’un mot de passe.",
            "link": reverse("accounts_factors:index"),
            "label": "Ajouter un second facteur",
            "dismiss": reverse("accounts_factors:later"),
        }


def _signed_out(request: HttpRequest, view: Callable[..., Any], reason: str) -> HttpResponseBase | None:
    """APIs and streams say themselves, in their way, that nobody is signed in (any more)."""
    if request.path.startswith("/api/") or hasattr(view, "refused"):
        return None
    return redirect(f"{reverse('accounts:sign_in')}?{_query(request, motif=reason)}")


def _lead(request: HttpRequest, view: Callable[..., Any], question: str) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        return problem(403, "Accès refusé", WHY[question])
    if hasattr(view, "refused"):
        refusal: HttpResponseBase = view.refused(WHY[question])
        return refusal
    where = f"{reverse(question)}?{_query(request)}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(headers={"HX-Redirect": where})
    return redirect(where)


def _query(request: HttpRequest, **more: str) -> str:
    query = QueryDict(mutable=True)
    query["next"] = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    query.update(more)
    return query.urlencode(safe="/")


def _moment(request: HttpRequest, key: str) -> datetime | None:
    text = request.session.get(key)
    return datetime.fromisoformat(text) if text else None
