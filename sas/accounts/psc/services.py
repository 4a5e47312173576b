"""Writes that a card asks for: an effector's first account, a national identifier attached, two accounts made one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from sas.accounts.changes import Change, announce
from sas.accounts.closing import close_account
from sas.accounts.delegations.answering import move_delegations
from sas.accounts.models import RoleGrant, User
from sas.accounts.names import names_equal, names_match
from sas.accounts.own.notices import Notice, tell
from sas.accounts.permissions import Role
from sas.accounts.psc.claims import Card
from sas.accounts.psc.queries import account_with, practitioner_with, territories_where
from sas.accounts.services import MALFORMED_ID, AccountRefused
from sas.directory.models import Territory
from sas.directory.rules import is_card_id
from sas.web import audit
from sas.web.models import AuditLine

TAKEN = (
    "Cette carte ouvre déjà un autre compte actif : deux comptes ne peuvent pas partager un identifiant national. "
    "Entrez avec ce compte, ou demandez au gestionnaire de comptes de le désactiver ; rien n’a été changé."
)
OTHER_CARD = (
    "Ce compte est déjà rattaché à une autre carte. Si vous en avez changé, demandez au gestionnaire de comptes de "
    "corriger votre identifiant national ; rien n’a été changé."
)
CLOSED = "Ce compte est désactivé. Demandez au gestionnaire de comptes de votre territoire de le rouvrir."


@transaction.atomic
def create_effector(*, card: Card, at: datetime) -> User:
    """The account of somebody whom the directory knows, made at their first sign-in (platform.md §2.1).

    Of two first sign-ins at once, one makes it and the other finds it. An e-mail that is another account's is left
    out: the person gives one later.
    """
    territories = territories_where(card.national_id)
    try:
        with transaction.atomic():
            user = _new_effector(card, card.email, at)
    except IntegrityError:
        holder = account_with(card.national_id)
        if holder is not None and holder.is_active:
            return holder
        user = _new_effector(card, None, at)  # the e-mail went to somebody else in between
    _grant_effector(user, territories)
    after = {"roles": [str(Role.EFFECTOR)], "territories": [each.code for each in territories], "made": True}
    audit.record("create_account", by=user.audit_label, at=at, target=user.audit_label, after=after)
    announce(Change.UPDATED, user, at=at)
    return user


@transaction.atomic
def attach_national_id(*, user: User, national_id: str, by: str, at: datetime) -> User:
    """Attach the identifier of a card to an account that has none; editors get the change. Idempotent.

    Whoever the directory knows as practising becomes an effector too. Raises `AccountRefused`: closed account,
    another identifier there already, an identifier that another active account holds.
    """
    if not is_card_id(national_id):
        raise AccountRefused(MALFORMED_ID)
    held = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    if not held.is_active:
        raise AccountRefused(CLOSED)
    if held.national_id == national_id:
        return held
    if held.national_id is not None:
        raise AccountRefused(OTHER_CARD)
    held.national_id = national_id
    try:
        with transaction.atomic():
            held.save(update_fields=["national_id"])
    except IntegrityError:
        raise AccountRefused(TAKEN) from None
    territories = territories_where(national_id) if practitioner_with(national_id) else None
    if territories is not None:
        _grant_effector(held, territories)
    after = {"national_id": national_id, "effector": territories is not None}
    audit.record("attach_national_id", by=by, at=at, target=held.audit_label, before={"national_id": None}, after=after)
    tell(Notice.NATIONAL_ID, held, by=by, at=at)
    announce(Change.UPDATED, held, at=at)
    return held


@transaction.atomic
def merge_invited(*, into: User, invited: User, by: str, at: datetime) -> User:
    """Give the roles of an invited account without card to the account of the card, and close the invited one.

    The e-mail moves when the account of the card has none; so does an end date: access given until a day ends that
    day. Raises `AccountRefused` when one of the two changed meanwhile.
    """
    ids = sorted({into.pk, invited.pk})
    locked = {user.pk: user for user in User.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")}
    kept, left = locked[into.pk], locked[invited.pk]
    if not (kept.is_active and left.is_active):
        raise AccountRefused(CLOSED)
    if left.national_id is not None or kept.national_id is None or kept.pk == left.pk:
        raise AccountRefused(OTHER_CARD)
    moved = [(grant.role, grant.territory) for grant in left.grants.select_related("territory")]
    for role, territory in moved:
        RoleGrant.objects.get_or_create(user=kept, role=role, territory=territory)
    for attachment in left.attachments.all():
        kept.attachments.get_or_create(structure=attachment.structure, defaults={"attached_at": at})
    move_delegations(left=left, kept=kept, by=by, at=at)
    close_account(user=left, reason=User.ClosedFor.MERGED, by=by, at=at)
    email = _move_email(left, kept)
    if left.expires_on and (kept.expires_on is None or left.expires_on < kept.expires_on):
        kept.expires_on = left.expires_on
    kept.profession = kept.profession or left.profession
    kept.save(update_fields=["email", "expires_on", "profession"])
    kept.__dict__.pop("_held", None)
    after = {
        "from": left.audit_label,
        "roles": sorted(f"{role} {territory.code}" if territory else role for role, territory in moved),
        "email_moved": email,
    }
    audit.record("merge_accounts", by=by, at=at, target=kept.audit_label, after=after)
    announce(Change.UPDATED, kept, at=at)
    return kept


@transaction.atomic
def follow_names(*, user: User, card: Card, at: datetime) -> bool:
    """Take the card's names when they are another way of writing the account's; True when something changed.

    Accents, case and hyphens are nothing: « Zoé » is not replaced by « ZOE ». Names of somebody else are left alone
    and noted once, for the account managers to see.
    """
    before = {"family_name": user.family_name, "given_name": user.given_name}
    after = {"family_name": card.family_name, "given_name": card.given_name}
    names = ((card.family_names, user.family_name), (card.given_names, user.given_name))
    if all(any(names_equal(each, held) for each in said) for said, held in names):
        return False
    match = names_match(card.family_names, card.given_names, **before)
    if not match and any(before.values()):
        known = AuditLine.objects.filter(target=user.audit_label, act="note_other_names", after=after)
        if not known.exists():
            audit.record(
                "note_other_names", by=user.audit_label, at=at, target=user.audit_label, before=before, after=after
            )
        return False
    User.objects.filter(pk=user.pk).update(**after)
    user.family_name, user.given_name = card.family_name, card.given_name
    audit.record("follow_names", by=user.audit_label, at=at, target=user.audit_label, before=before, after=after)
    announce(Change.UPDATED, user, at=at)
    return True


def _new_effector(card: Card, email: str | None, at: datetime) -> User:
    free = email is not None and not User.objects.filter(email__iexact=email).exists()
    user = User(
        email=email if free else None,
        family_name=card.family_name,
        given_name=card.given_name,
        national_id=card.national_id,
        created_at=at,
    )
    user.set_unusable_password()
    user.save()
    return user


def _grant_effector(user: User, territories: Iterable[Territory]) -> None:
    where: list[Territory | None] = [*territories] or [None]
    for territory in where:
        RoleGrant.objects.get_or_create(user=user, role=Role.EFFECTOR, territory=territory)


def _move_email(left: User, kept: User) -> bool:
    """An account must be recognisable: the closed one keeps the card's identifier in place of its e-mail."""
    if kept.email is not None or left.email is None:
        return False
    email, left.national_id = left.email, kept.national_id
    User.objects.filter(pk=left.pk).update(email=None, national_id=left.national_id)
    kept.email = email
    return True
