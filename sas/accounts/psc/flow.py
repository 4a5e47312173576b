"""The journey of a card: asked, come back, recognised or not (platform.md §2.1–2). Each step answers with a page."""

import logging
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from sas.accounts.closing import close_account
from sas.accounts.entering import enter, has_expired, note_refusal
from sas.accounts.invitations import INVITED, open_invitation, use_invitation
from sas.accounts.models import Invitation, SignIn, User
from sas.accounts.own.confirming import mark_confirmed
from sas.accounts.psc import remembered
from sas.accounts.psc.claims import Card, ClaimsRefusedError, read_card
from sas.accounts.psc.failing import Failure, failed
from sas.accounts.psc.leaving import leave, on_the_right_host, provider
from sas.accounts.psc.provider import AnswerRefused, ProviderDown
from sas.accounts.psc.queries import account_with, practitioner_with
from sas.accounts.psc.remembered import Held, Question
from sas.accounts.psc.services import create_effector, follow_names
from sas.web.http import give_connections_back

logger = logging.getLogger(__name__)

LONGEST_CODE = 4096
PASSING = frozenset({"server_error", "temporarily_unavailable"})
"""Errors by which a provider says that it is out of order (RFC 6749 §4.1.2.1)."""


def start(request: HttpRequest, *, wanted: str, at: datetime, confirms: User | None = None) -> HttpResponse:
    """Lead to Pro Santé Connect, to enter or to confirm that it is still `confirms` who is there."""
    known = provider()
    if known is None:
        return failed(request, Failure.OFF)
    if not on_the_right_host(request):
        page = reverse("accounts_own:confirm" if confirms else "accounts:sign_in")
        url = f"{settings.SAS_BASE_URL}{page}?{urlencode({'next': wanted})}"
        sentence = "Pro Santé Connect ne revient qu’à cette adresse : continuez-y, puis choisissez-le de nouveau."
        return leave(request, url, title="Changement d’adresse", sentence=sentence)
    give_connections_back()
    try:
        url, asked = known.ask(at=at, again=confirms is not None)
    except ProviderDown as down:
        return _down(request, down, wanted)
    except AnswerRefused as refused:
        return _refused(request, refused.reason, wanted)
    remembered.remember_question(request.session, Question(asked, wanted, confirms.pk if confirms else None))
    sentence = "Vous allez à Pro Santé Connect, qui vous ramène ici ensuite."
    return leave(request, url, title="Pro Santé Connect", sentence=sentence)


def come_back(request: HttpRequest, *, at: datetime) -> HttpResponse:
    """The browser is back: the question is written off first, then the answer is verified, then the card is read."""
    question = remembered.take_question(request.session, request.GET.get("state", ""), at=at)
    known = provider()
    if question is None or known is None:
        return failed(request, Failure.STALE)
    wanted, code = question.next, request.GET.get("code", "")
    if error := request.GET.get("error", ""):
        return _not_answered(request, error, wanted)
    if request.GET.get("iss", known.issuer) != known.issuer:
        return _refused(request, "iss", wanted)  # an answer of another provider, RFC 9207
    if not 0 < len(code) <= LONGEST_CODE:
        return _refused(request, "code", wanted)
    give_connections_back()
    try:
        identity = known.answered(question.asked, code=code, at=at)
        card = read_card(identity.claims)
    except ProviderDown as down:
        return _down(request, down, wanted)
    except AnswerRefused as refused:
        return _refused(request, refused.reason, wanted)
    except ClaimsRefusedError as refused:
        logger.warning("Pro Santé Connect: claims refused: %s", refused.reason)
        return failed(request, Failure.CARD, reference=refused.reason, wanted=wanted)
    held = remembered.held_of(identity, card, wanted=wanted)
    if question.confirms is not None:
        return _confirmed(request, held, question.confirms, at)
    return _recognised(request, held, at)


def enter_with(request: HttpRequest, user: User, held: Held, *, at: datetime) -> HttpResponse:
    """Open the session of `user` with this card. An invitation for another account stays to be merged."""
    first = user.last_login is None
    invitation = invitation_followed(request, at=at)
    follow_names(user=user, card=held.card, at=at)
    enter(request, user, method=SignIn.Method.PSC, at=at)
    remembered.hold(request.session, held)
    for each in user.invitations.filter(used_at=None, revoked_at=None) if first else ():
        use_invitation(invitation=each, by=user.audit_label, at=at)
    if invitation is not None and invitation.user_id != user.pk:
        request.session[INVITED] = invitation.pk
        return redirect("accounts_psc:reconcile")
    return redirect(held.next)


def enter_as_effector(request: HttpRequest, held: Held, *, at: datetime) -> HttpResponse:
    """The first sign-in of somebody whom the directory knows."""
    return enter_with(request, create_effector(card=held.card, at=at), held, at=at)


def invitation_followed(request: HttpRequest, *, at: datetime) -> Invitation | None:
    """The invitation whose link this browser followed, while it opens."""
    followed = request.session.get(INVITED)
    return open_invitation(followed, now=at) if followed is not None else None


def may_enter_as_effector(card: Card) -> bool:
    """Whether this card has no account, not even a closed one, and the directory knows its holder."""
    return account_with(card.national_id) is None and practitioner_with(card.national_id) is not None


def _recognised(request: HttpRequest, held: Held, at: datetime) -> HttpResponse:
    user = account_with(held.card.national_id)
    if user is not None and user.is_active and has_expired(user, at=at):
        close_account(user=user, reason=User.ClosedFor.EXPIRED, by="échéance", at=at)
        user.refresh_from_db()
    if user is not None and user.is_active:
        return enter_with(request, user, held, at=at)
    followed = invitation_followed(request, at=at)
    if user is None and followed is None and practitioner_with(held.card.national_id) is not None:
        return enter_as_effector(request, held, at=at)
    remembered.wait(request.session, held, at=at)
    if followed is not None:
        return redirect("accounts_psc:reconcile")
    refusal = "unknown_card" if user is None else ("expired" if user.closed_for == "expired" else "closed")
    national_id = held.card.national_id
    note_refusal(request, method=SignIn.Method.PSC, refusal=refusal, at=at, user=user, national_id=national_id)
    if user is None:
        return redirect("accounts_psc:reconcile")
    return failed(request, Failure.CLOSED, invited=True)


def _confirmed(request: HttpRequest, held: Held, confirms: int, at: datetime) -> HttpResponse:
    """The same person, who proved it just now, in the session that asked."""
    user = request.user
    if not user.is_authenticated or user.pk != confirms:
        return failed(request, Failure.STALE)
    opened = remembered.held(request.session)
    same_subject = opened is None or opened.card.subject == held.card.subject
    if not same_subject or user.national_id != held.card.national_id:
        note_refusal(request, method=SignIn.Method.PSC, refusal="confirm_other_card", at=at, user=user)
        return failed(request, Failure.OTHER_CARD)
    remembered.hold(request.session, held)
    mark_confirmed(request, user, proof="psc", at=at)
    return redirect(held.next)


def _not_answered(request: HttpRequest, error: str, wanted: str) -> HttpResponse:
    if error == "access_denied":
        return failed(request, Failure.CANCELLED, wanted=wanted)
    if error in PASSING:
        return failed(request, Failure.DOWN, wanted=wanted)
    return _refused(request, "reponse", wanted)


def _down(request: HttpRequest, down: ProviderDown, wanted: str) -> HttpResponse:
    logger.warning("Pro Santé Connect is down: %s", down)
    return failed(request, Failure.DOWN, wanted=wanted)


def _refused(request: HttpRequest, reason: str, wanted: str) -> HttpResponse:
    logger.warning("Pro Santé Connect: answer refused: %s", reason)
    return failed(request, Failure.REFUSED, reference=reason, wanted=wanted)
