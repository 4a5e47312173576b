"""What each side answers: accept, confirm, refuse, end. Each is one transaction, on a locked delegation."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from sas.accounts.changes import Change, announce
from sas.accounts.delegations import rules
from sas.accounts.delegations.holding import (
    DelegationRefused,
    give_role,
    held_account,
    held_delegation,
    take_role_back,
)
from sas.accounts.delegations.notices import Notice, Side, tell_both
from sas.accounts.delegations.queries import Link, address_is_proven, delegation_named, facts_of, today_of
from sas.accounts.models import Delegation, User
from sas.accounts.own.passwords import set_first_password
from sas.web import audit

Ending = Delegation.Ending

BY_THE_LINK = (
    "Pour accepter, ouvrez le lien reçu par courriel : il prouve que cette adresse est bien la vôtre. Il peut vous "
    "être renvoyé."
)
HAS_ACCOUNT = "Un compte existe à cette adresse : connectez-vous pour accepter."
WORTHLESS = {
    Link.UNKNOWN: "Ce lien n’ouvre rien : il a été remplacé par un plus récent, ou il est incomplet.",
    Link.EXPIRED: "Ce lien a expiré : demandez à la personne qui délègue de vous en renvoyer un.",
    Link.ACCEPTED: "Ce lien a déjà servi : la délégation est acceptée.",
    Link.OVER: "Cette délégation est terminée : ce lien n’ouvre plus rien.",
}


@transaction.atomic
def accept_delegation(*, delegation: int, user: User, seen: str, token: str = "", by: str, at: datetime) -> Delegation:
    """The person named accepts, from their own account, the terms `seen` (`rules.terms_seal`).

    By the link of the e-mail (`token`), or without it when their address is proven. Raises `DelegationRefused`: not
    the person named, link worth nothing, already accepted, over, terms changed meanwhile.
    """
    held = held_delegation(delegation, at=at)
    if token:
        _check_link(token, held, at)
    elif not address_is_proven(user):
        raise DelegationRefused(BY_THE_LINK)
    return _accept(held, held_account(user.pk), seen, by=by, at=at)


@transaction.atomic
def accept_with_new_account(*, token: str, password: str | None, seen: str, at: datetime) -> User:
    """Make the account of somebody who has none, with the role `delegate` only, and accept; returns the account.

    Without `password` they will enter by Pro Santé Connect. Raises `DelegationRefused` as above, or `AccountRefused`
    for a password that the rules refuse.
    """
    found = delegation_named(token, now=at).delegation
    if found is None:
        raise DelegationRefused(WORTHLESS[Link.UNKNOWN])
    held = held_delegation(found.pk, at=at)
    _check_link(token, held, at)
    if password is not None and not settings.SAS_ENTERING.password_sign_in:
        raise DelegationRefused("L’entrée par mot de passe est fermée : choisissez Pro Santé Connect.")
    user = _new_account(held, at)
    if password is not None:
        set_first_password(user=user, password=password, by=user.audit_label, at=at)
    _accept(held, held_account(user.pk), seen, by=user.audit_label, at=at)
    return User.objects.get(pk=user.pk)


@transaction.atomic
def confirm_delegation(*, delegation: int, user: User, seen: str, by: str, at: datetime) -> Delegation:
    """The person who delegates confirms what was prepared for them. Raises `DelegationRefused`."""
    held = held_delegation(delegation, at=at)
    if held.delegator_id != user.pk:
        raise DelegationRefused("Seule la personne qui délègue peut confirmer.")
    if reason := rules.why_not_confirm(_state(held, at)):
        raise DelegationRefused(reason)
    _check_seen(held, seen)
    held.confirmed_at = at
    held.save(update_fields=["confirmed_at"])
    audit.record("confirm_delegation", by=by, at=at, target=held.delegator.audit_label, after={"delegation": held.pk})
    tell_both(Notice.CONFIRMED, held, by=by, at=at)
    return held


@transaction.atomic
def refuse_delegation(*, delegation: int, side: Delegation.Side, token: str = "", by: str, at: datetime) -> bool:
    """One side says no before it starts; False when it was over already. `token`: by the link, signed in or not."""
    held = held_delegation(delegation, at=at)
    if token:
        _check_link(token, held, at)
    if _state(held, at) in rules.OVER:
        return False
    write_end(held, side, Ending.REFUSED, by=by, at=at)
    tell_both(Notice.REFUSED, held, by=by, at=at, context={"by_delegate": side == Side.DELEGATE})
    return True


@transaction.atomic
def revoke_delegation(*, delegation: int, side: Delegation.Side, by: str, at: datetime) -> bool:
    """One side, or an account manager, ends it: at once, open sessions included. False when it was over already."""
    held = held_delegation(delegation, at=at)
    if _state(held, at) in rules.OVER:
        return False
    write_end(held, side, Ending.REVOKED, by=by, at=at)
    tell_both(Notice.REVOKED, held, by=by, at=at, context={"ended_by": Side(side).label})
    return True


def write_end(held: Delegation, side: Delegation.Side, ending: Delegation.Ending, *, by: str, at: datetime) -> None:
    """End a locked delegation, and take the role back if it was the last one."""
    held.ended_at, held.ended_by, held.ended_for = at, str(side), str(ending)
    held.save(update_fields=["ended_at", "ended_by", "ended_for"])
    after = {"delegation": held.pk, "side": str(side), "for": str(ending)}
    audit.record("end_delegation", by=by, at=at, target=held.delegator.audit_label, after=after)
    if held.delegate_id is not None:
        take_role_back(held.delegate_id, by=by, at=at)


@transaction.atomic
def move_delegations(*, left: User, kept: User, by: str, at: datetime) -> int:
    """Give `kept` what `left` had accepted, when two accounts of one person become one; how many moved.

    One that `kept` gave to `left` is ended: nobody acts for themselves. Call it before `left` is closed.
    """
    moved = 0
    rows = Delegation.objects.filter(delegate=left.pk, ended_at=None).order_by("pk").values_list("pk", flat=True)
    for pk in list(rows):
        held = held_delegation(pk, at=at)
        if held.delegator_id == kept.pk:
            write_end(held, Side.PLATFORM, Ending.DELEGATE_GONE, by=by, at=at)
            continue
        held.delegate = kept
        held.save(update_fields=["delegate"])
        after = {"delegation": held.pk, "delegate": kept.audit_label}
        audit.record("move_delegation", by=by, at=at, target=held.delegator.audit_label, after=after)
        moved += 1
    if moved:
        give_role(held_account(kept.pk), by=by, at=at)
    return moved


def _accept(held: Delegation, user: User, seen: str, *, by: str, at: datetime) -> Delegation:
    if not user.is_active:
        raise DelegationRefused("Ce compte est désactivé : demandez au gestionnaire de comptes de le rouvrir.")
    named, oneself = held.delegate_email, held.delegator_id == user.pk
    if reason := rules.why_not_accept(_state(held, at), named=named, email=user.email or "", oneself=oneself):
        raise DelegationRefused(reason)
    _check_seen(held, seen)
    held.accepted_at, held.delegate = at, user
    held.save(update_fields=["accepted_at", "delegate"])
    give_role(user, by=by, at=at)
    after = {"delegation": held.pk, "delegate": user.audit_label}
    audit.record("accept_delegation", by=by, at=at, target=held.delegator.audit_label, after=after)
    tell_both(Notice.ACCEPTED, held, by=by, at=at)
    return held


def _new_account(held: Delegation, at: datetime) -> User:
    if User.objects.filter(email__iexact=held.delegate_email).exists():
        raise DelegationRefused(HAS_ACCOUNT)
    user = User(
        email=held.delegate_email.lower(),
        family_name=held.delegate_family_name,
        given_name=held.delegate_given_name,
        may_use_password=True,
        created_at=at,
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # made by somebody else, at the same instant
        raise DelegationRefused(HAS_ACCOUNT) from None
    by = f"lien de la délégation {held.pk}"
    audit.record("create_account", by=by, at=at, target=user.audit_label, after={"roles": ["delegate"], "made": True})
    announce(Change.UPDATED, user, at=at)
    return user


def _check_link(token: str, held: Delegation, at: datetime) -> None:
    """The link again, once the delegation is locked: it may have been used, replaced or ended since it was read."""
    now = delegation_named(token, now=at)
    if now.link is not Link.OPEN or now.delegation is None or now.delegation.pk != held.pk:
        raise DelegationRefused(WORTHLESS.get(now.link, WORTHLESS[Link.UNKNOWN]))


def _check_seen(held: Delegation, seen: str) -> None:
    if seen != rules.terms_seal(scopes=held.scopes, ends_on=held.ends_on):
        raise DelegationRefused(rules.CHANGED)


def _state(held: Delegation, at: datetime) -> rules.State:
    return rules.state_of(facts_of(held), today_of(at))
