"""Writes on other people's accounts: each by somebody who may (`by`), one transaction, one audit line.

`by` is the account that acts, whose rank and territories decide (sas/accounts/rules.py); refusals are `AccountRefused`,
in French. Nobody acts on their own account here.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from sas.accounts import closing
from sas.accounts.access import managed_accounts, standing_of_actor, standing_of_target
from sas.accounts.administration.cards import typed_id, why_not_id
from sas.accounts.administration.drafts import Draft, changed_since, check_draft, differences, draft_of, plain
from sas.accounts.administration.granting import (
    add_grants,
    check_grants,
    grants_of,
    keep_one_national_admin,
    key_of,
    remove_grants,
    touchable,
)
from sas.accounts.administration.telling import tell_card_changed, tell_email_changed, tell_roles_added
from sas.accounts.changes import Change, announce
from sas.accounts.invitations import invite, why_not_invite
from sas.accounts.models import User
from sas.accounts.names import why_not_same_person
from sas.accounts.own.passwords import unlock_sign_in
from sas.accounts.permissions import Role
from sas.accounts.rules import why_not_change, why_not_see
from sas.accounts.services import AccountRefused
from sas.web import audit
from sas.web.mail import post_mail

ONESELF = "Nul ne change son propre compte ici : demandez à un autre gestionnaire, ou à un administrateur national."
ABOVE = "Ce compte a un rang supérieur au vôtre : adressez-vous à un administrateur national."
LONGEST_WHY = 200
TAKEN = "Un autre compte a déjà cette adresse électronique."
SEALED_AWAY = frozenset({"email", "may_use_password", "grants"})
"""What ends sessions when it changes: who may enter, how, and to do what."""


class AlreadyThere(AccountRefused):
    """An account has this e-mail already. `managed`: it is one that the person who acts administers. `other`: it is
    somebody else's by its names (sas/accounts/names.py): no role can be added to it."""

    def __init__(self, account: User, *, managed: bool, other: str | None) -> None:
        self.account, self.managed, self.other = account, managed, other
        super().__init__(
            other or "Un compte existe déjà avec cette adresse : ouvrez-le pour le modifier."
            if managed or other
            else "Un compte existe déjà avec cette adresse, sur un autre territoire. Vous pouvez lui ajouter les rôles "
            "cochés ; son nom et ses autres réglages ne changeront pas."
        )


class Stale(AccountRefused):
    """The account changed since the form was shown; `changes` says how, one sentence each."""

    def __init__(self, changes: list[str]) -> None:
        self.changes = changes
        super().__init__("Ce compte a changé depuis que vous avez ouvert ce formulaire : rien n’a été enregistré.")


def why_not_manage(actor: User, target: User) -> str | None:
    """Why `actor` may not change, close or reopen `target` (French), or nothing."""
    if actor.pk == target.pk:
        return ONESELF
    return why_not_change(standing_of_actor(actor), standing_of_target(target))


def held_for_change(user: User, by: User) -> User:
    """The account as it is now, locked, that `by` may change. Raises `AccountRefused`."""
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if reason := why_not_manage(by, held):
        raise AccountRefused(reason)
    return held


@transaction.atomic
def create_invited_account(*, draft: Draft, by: User, at: datetime) -> User:
    """Make the account and send its invitation. Raises `AlreadyThere`, or `AccountRefused`."""
    if not draft.grants:
        raise AccountRefused("Donnez au moins un rôle.")
    check_grants(by, draft.grants)
    check_draft(draft, at=at)
    if (known := User.objects.filter(email__iexact=draft.email).first()) is not None:
        raise _already_there(known, draft, by)
    user = User(created_at=at, **draft.values())
    user.email = draft.email.lower()
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:  # made by somebody else, at the same instant
        made = User.objects.get(email__iexact=draft.email)
        raise _already_there(made, draft, by) from None
    add_grants(user, draft.grants)
    audit.record("create_account", by=by.audit_label, at=at, target=user.audit_label, after=plain(draft))
    announce(Change.UPDATED, user, at=at)
    invite(user=user, by=by.audit_label, at=at)
    return user


def _already_there(account: User, draft: Draft, by: User) -> AlreadyThere:
    managed = managed_accounts(by).filter(pk=account.pk).exists()
    return AlreadyThere(account, managed=managed, other=_why_other(account, draft))


def _why_other(account: User, draft: Draft) -> str | None:
    names = (draft.family_name, draft.given_name)
    return why_not_same_person(given=names, held=(account.family_name, account.given_name))


@transaction.atomic
def add_roles(*, user: User, draft: Draft, by: User, at: datetime) -> bool:
    """Add to an account, of other territories perhaps, roles on one's own; nothing else changes. False when it held
    them all. Raises `AccountRefused`, notably for an account whose names are not those of the draft: an e-mail alone
    may have been typed by somebody else."""
    if not draft.grants:
        raise AccountRefused("Cochez au moins un rôle à ajouter.")
    check_grants(by, draft.grants)
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if held.pk == by.pk:
        raise AccountRefused(ONESELF)
    if other := _why_other(held, draft):
        raise AccountRefused(other)
    if held.rank > by.rank:
        raise AccountRefused(ABOVE)
    if not held.is_active:
        raise AccountRefused("Ce compte est désactivé : demandez à un administrateur national de le réactiver.")
    before = grants_of(held)
    if added := draft.grants - before:
        add_grants(held, added)
        after = {"added": sorted(key_of(grant) for grant in added)}
        audit.record("add_roles", by=by.audit_label, at=at, target=held.audit_label, after=after)
        tell_roles_added(held, added, by=by.audit_label, at=at)
        _announce_roles(held, at)
    return bool(added)


@transaction.atomic
def edit_account(*, user: User, draft: Draft, seal: str, by: User, at: datetime) -> bool:
    """Write the form over the account; False when nothing changed. Roles that `by` may not touch stay.

    Raises `Stale` when somebody changed the account since the form was shown, else `AccountRefused`.
    """
    if Role.NATIONAL_ADMIN not in {role for role, _ in draft.grants}:
        keep_one_national_admin(user)
    held = held_for_change(user, by)
    if changes := changed_since(seal, held):
        raise Stale(changes)
    before = draft_of(held)
    mine = touchable(by, before.grants)
    check_grants(by, draft.grants - before.grants)
    after = Draft(**draft.values(), grants=frozenset((before.grants - mine) | draft.grants))
    if not after.grants:
        raise AccountRefused("Un compte garde au moins un rôle : désactivez-le s’il ne doit plus servir.")
    check_draft(after, at=at, known=held)
    changed = differences(plain(before), plain(after))
    if changed:
        _write(held, before, after, sealed=bool(SEALED_AWAY & set(changed)), by=by, at=at)
        old, new = ({name: pair[i] for name, pair in changed.items()} for i in (0, 1))
        audit.record("edit_account", by=by.audit_label, at=at, target=held.audit_label, before=old, after=new)
        tell_roles_added(held, after.grants - before.grants, by=by.audit_label, at=at)
        announce(Change.UPDATED, held, at=at)
    return bool(changed)


def _write(held: User, before: Draft, after: Draft, *, sealed: bool, by: User, at: datetime) -> None:
    for name, value in after.values().items():
        setattr(held, name, value)
    held.email = after.email.lower() or None
    held.session_stamp += int(sealed)
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        raise AccountRefused(TAKEN) from None
    add_grants(held, after.grants - before.grants)
    remove_grants(held, before.grants - after.grants)
    held.__dict__.pop("_held", None)
    if before.email != after.email:
        tell_email_changed(held, before=before.email, by=by.audit_label, at=at)
        # Neither allauth's copy of the old address, nor the link that it received, may open this account.
        EmailAddress.objects.filter(user_id=held.pk).delete()
        if held.invitations.filter(used_at=None, revoked_at=None).update(revoked_at=at) and not why_not_invite(held):
            invite(user=held, by=by.audit_label, at=at)


def _announce_roles(user: User, at: datetime) -> None:
    closing.end_sessions(user)
    user.__dict__.pop("_held", None)
    announce(Change.UPDATED, user, at=at)


@transaction.atomic
def remove_own_roles(*, user: User, by: User, at: datetime) -> None:
    """Take back every role of the territories that `by` administers, from an account that keeps others elsewhere."""
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if held.pk == by.pk:
        raise AccountRefused(ONESELF)
    if reason := why_not_see(standing_of_actor(by), standing_of_target(held)):
        raise AccountRefused(reason)
    if held.rank > by.rank:
        raise AccountRefused(ABOVE)
    before = grants_of(held)
    taken = touchable(by, before)
    if not taken or not before - taken:
        raise AccountRefused("Ce compte n’a de rôles que sur vos territoires : désactivez-le, ou modifiez ses rôles.")
    remove_grants(held, taken)
    said = {"removed": sorted(key_of(grant) for grant in taken)}
    audit.record("remove_roles", by=by.audit_label, at=at, target=held.audit_label, before=said)
    _announce_roles(held, at)


@transaction.atomic
def deactivate_account(*, user: User, by: User, at: datetime, why: str = "") -> bool:
    """Close the account: sessions end, editors are told; False when it was closed already. `why` is kept in the audit
    trail, and never sent to the person."""
    why = " ".join(why.replace("\0", "").split())
    if len(why) > LONGEST_WHY:
        raise AccountRefused(f"Motif trop long : {LONGEST_WHY} caractères au plus.")
    keep_one_national_admin(user)
    held = held_for_change(user, by)
    reason = User.ClosedFor.DECISION
    closed = closing.close_account(user=held, reason=reason, by=by.audit_label, at=at, why=why)
    if closed:
        tell_closed(held, "il a été désactivé par un gestionnaire de comptes", by=by.audit_label, at=at)
    return closed


def tell_closed(user: User, why: str, *, by: str, at: datetime) -> None:
    """Tell the person that their account is closed, and why; in the transaction of the closing."""
    if user.email:
        context = {"person": user, "why": why}
        post_mail(kind="account_closed", to=user.email, context=context, about=user.audit_label, by=by, at=at)


@transaction.atomic
def reactivate_account(*, user: User, by: User, at: datetime) -> bool:
    """Open a closed account again, without its expiry; False when it was open."""
    return closing.reopen_account(user=held_for_change(user, by), by=by.audit_label, at=at)


@transaction.atomic
def resend_invitation(*, user: User, by: User, at: datetime) -> None:
    """Send a new link; the former one stops working."""
    invite(user=held_for_change(user, by), by=by.audit_label, at=at)


@transaction.atomic
def set_national_id(*, user: User, national_id: str, by: User, at: datetime) -> bool:
    """Attach a national id, or detach it (empty); False when nothing changes. Sessions end; editors are told."""
    held = held_for_change(user, by)
    wanted = typed_id(national_id) or None
    if wanted is not None and (reason := why_not_id(wanted, held.roles)):
        raise AccountRefused(reason)
    if wanted is None and not held.email:
        raise AccountRefused("Donnez d’abord une adresse électronique à ce compte : sans elle, nul n’y entrerait.")
    if held.national_id == wanted:
        return False
    before, held.national_id = held.national_id, wanted
    held.session_stamp += 1
    try:
        with transaction.atomic():
            held.save(update_fields=["national_id", "session_stamp"])
    except IntegrityError:
        raise AccountRefused(
            "Cet identifiant appartient à un autre compte actif : désactivez-le, ou retirez-lui l’identifiant d’abord."
        ) from None
    told = {"before": {"national_id": before}, "after": {"national_id": wanted}}
    audit.record("set_national_id", by=by.audit_label, at=at, target=held.audit_label, **told)
    tell_card_changed(held, before=before, by=by.audit_label, at=at)
    announce(Change.UPDATED, held, at=at)
    return True


@transaction.atomic
def unlock_account(*, user: User, by: User, at: datetime) -> bool:
    """Lift the lock that wrong passwords put; False when there was none."""
    held = held_for_change(user, by)
    return unlock_sign_in(user=held, by=by.audit_label, at=at)
