"""Whose invited account a card is: same e-mail, compatible names, no card yet (platform.md §2.2).

An unknown e-mail, an account that nobody invited and a wrong name get the same answer: the page tells nobody which
addresses have accounts. An account that administers others is attached by the link of its invitation only; without one,
by whoever manages it (« Identifiant national »). Each refusal is noted with the card, for the help sheet; five in a
quarter of an hour, and the card waits.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from sas.accounts.entering import note_refusal
from sas.accounts.invitations import use_invitation
from sas.accounts.models import Invitation, SignIn, User
from sas.accounts.names import names_match
from sas.accounts.psc.claims import Card
from sas.accounts.psc.queries import account_with, too_many_tries
from sas.accounts.psc.services import OTHER_CARD, attach_national_id, merge_invited
from sas.accounts.services import AccountRefused

NOT_FOUND = (
    "Nous ne trouvons pas d’invitation à ce nom et à cette adresse. Vérifiez l’adresse qui a reçu l’invitation, et "
    "l’orthographe de votre nom ; sinon, écrivez au gestionnaire de comptes de votre territoire."
)
EXPIRED = (
    "Votre invitation n’est plus valable. Demandez au gestionnaire de comptes de votre territoire de vous en envoyer "
    "une nouvelle."
)
TOO_MANY = "Trop d’essais avec cette carte. Attendez un quart d’heure, puis réessayez."


@dataclass(frozen=True)
class Typed:
    """What the person typed."""

    family_name: str
    given_name: str
    email: str


@dataclass(frozen=True)
class _Refused:
    key: str
    message: str
    user: User | None = None


def reconcile(request: HttpRequest, *, card: Card, typed: Typed, invitation: Invitation | None, at: datetime) -> User:
    """The account that this card opens from now on: the invited one, or that of the card with the invited one's roles.

    `invitation`: the one whose link this browser followed. Raises `AccountRefused`.
    """
    if too_many_tries(card.national_id, at=at):
        raise AccountRefused(TOO_MANY)
    found = _invited(card, typed, invitation, at)
    if isinstance(found, _Refused):
        _note(request, found.key, card, found.user, at)
        raise AccountRefused(found.message)
    try:
        return _joined(found, card, at)
    except AccountRefused:
        _note(request, "reconciliation_taken", card, found, at)
        raise


def _invited(card: Card, typed: Typed, invitation: Invitation | None, at: datetime) -> User | _Refused:
    user = User.objects.filter(email__iexact=typed.email, is_active=True).first()
    unknown = _Refused("reconciliation_unknown", NOT_FOUND)
    if user is None:
        return unknown
    by_link = invitation is not None and invitation.user_id == user.pk
    nameless = not (user.family_name or user.given_name)
    if not (nameless and by_link) and not _is_named(user, card, typed):
        return _Refused("reconciliation_names", NOT_FOUND, user)
    invitations = user.invitations.all()
    if not invitations.exists():
        return unknown
    if user.rank and not by_link:  # namesakes exist, and addresses are guessed: administering others takes the link
        return _Refused("reconciliation_unknown", NOT_FOUND, user)
    if user.national_id is not None and user.national_id != card.national_id:
        return _Refused("reconciliation_taken", OTHER_CARD, user)
    if not invitations.filter(Q(used_at__isnull=False) | Q(revoked_at=None, expires_at__gt=at)).exists():
        return _Refused("reconciliation_expired", EXPIRED, user)
    return user


def _is_named(user: User, card: Card, typed: Typed) -> bool:
    """Both the card and what was typed may be the person of the account."""
    names = {"family_name": user.family_name, "given_name": user.given_name}
    by_card = names_match(card.family_names, card.given_names, **names)
    return bool(by_card and names_match([typed.family_name], [typed.given_name], **names))


@transaction.atomic
def _joined(invited: User, card: Card, at: datetime) -> User:
    by = invited.audit_label
    for invitation in invited.invitations.filter(used_at=None, revoked_at=None, expires_at__gt=at):
        use_invitation(invitation=invitation, by=by, at=at)
    holder = account_with(card.national_id)
    if holder is not None and holder.is_active and holder.pk != invited.pk:
        return merge_invited(into=holder, invited=invited, by=holder.audit_label, at=at)
    return attach_national_id(user=invited, national_id=card.national_id, by=by, at=at)


def _note(request: HttpRequest, refusal: str, card: Card, user: User | None, at: datetime) -> None:
    note_refusal(request, method=SignIn.Method.PSC, refusal=refusal, at=at, user=user, national_id=card.national_id)
