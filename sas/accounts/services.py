"""Writes on accounts: each is one named operation, one transaction, one audit line."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from sas.accounts.changes import Change, announce
from sas.accounts.models import MachineClient, RoleGrant, User
from sas.accounts.names import why_not_same_person
from sas.accounts.permissions import CLIENT_SCOPES, NEEDS_TERRITORY, Role
from sas.directory.models import Territory
from sas.directory.rules import is_card_id
from sas.web import audit
from sas.web.mail import post_mail

LONGEST_NAME = 100
MALFORMED_ID = (
    "Identifiant national mal formé : 8 suivi du RPPS, 0 suivi de l’ADELI, ou celui d’une carte d’établissement (3, "
    "numéro FINESS, barre oblique, numéro interne)."
)


class AccountRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The account cannot be made as asked; the message (French) says why and what to do."""


@transaction.atomic
def create_account(
    *,
    email: str,
    roles: Sequence[Role],
    territories: Sequence[str] = (),
    national_id: str | None = None,
    password: str | None = None,
    family_name: str = "",
    given_name: str = "",
    by: str,
    at: datetime,
) -> tuple[User, bool]:
    """Make the account, or add these roles to that of the same e-mail and compatible names; returns (account, made?).

    Idempotent: calling it twice changes nothing the second time, and is not audited twice. Without `password` nobody
    can sign in with one; with it, the account may be entered without a card.
    """
    if not territories and (lost := sorted(role.label for role in NEEDS_TERRITORY.intersection(roles))):
        raise AccountRefused(f"Donnez un territoire à ce rôle : {', '.join(lost)}.")
    _check(email=email, roles=roles, password=password, national_id=national_id)
    known = {t.code: t for t in Territory.objects.filter(code__in=territories)}
    if missing := sorted(set(territories) - set(known)):
        raise AccountRefused(f"Territoire inconnu : {', '.join(missing)}. Créez-le d’abord, ou corrigez son code.")
    holder = User.objects.filter(national_id=national_id, is_active=True).first() if national_id else None
    if holder and (holder.email or "").lower() != email.lower():
        raise AccountRefused("Cet identifiant national appartient déjà à un autre compte actif.")
    user = User.objects.select_for_update(of=("self",)).filter(email__iexact=email).first()
    if user is not None and not user.is_active:
        raise AccountRefused("Ce compte est désactivé : rouvrez-le avant de changer ses rôles.")
    if user is not None and (reason := _why_not_theirs(user, family_name, given_name)):
        raise AccountRefused(reason)
    made = user is None
    user = user or User(email=email.lower(), created_at=at)
    card = user.national_id
    changed = _fill(user, family_name=family_name, given_name=given_name, national_id=national_id, password=password)
    if made or changed:
        user.save()
    changed |= _grant(user, roles, [known[code] for code in territories])
    if made or changed:
        after = {"roles": [str(role) for role in roles], "territories": sorted(known), "made": made}
        audit.record("create_account", by=by, at=at, target=user.audit_label, after=after)
        announce(Change.UPDATED, user, at=at)
    if not made and user.national_id != card:
        _tell_card_changed(user, card, by, at)
    return user, made


def _tell_card_changed(user: User, before: str | None, by: str, at: datetime) -> None:
    """The same notice as `sas.accounts.own.notices`, which stands above this file."""
    context = {"name": user.full_name, "when": at, "change": "replaced" if before else "attached", "by_other": True}
    to = user.email or ""
    post_mail(kind="security_national_id", to=to, context=context, about=user.audit_label, by=by, at=at)


def _why_not_theirs(user: User, family_name: str, given_name: str) -> str | None:
    return why_not_same_person(given=(family_name, given_name), held=(user.family_name, user.given_name))


def _fill(user: User, *, password: str | None, **given: str | None) -> bool:
    """Write what was given over what is held; True when something changed. What is not given stays."""
    changed = False
    for name, value in given.items():
        if value and getattr(user, name) != value:
            setattr(user, name, value)
            changed = True
    if password and not (user.password and user.check_password(password)):
        user.set_password(password)
        user.may_use_password = changed = True
    elif not user.password:
        user.set_unusable_password()
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from None
    return changed


def _grant(user: User, roles: Sequence[Role], territories: Sequence[Territory]) -> bool:
    held: Sequence[Territory | None] = territories or [None]
    wanted = [(role, territory) for role in roles for territory in held]
    made = [RoleGrant.objects.get_or_create(user=user, role=role, territory=where)[1] for role, where in wanted]
    return any(made)


def _check(*, email: str, roles: Sequence[Role], password: str | None, national_id: str | None) -> None:
    if not roles:
        raise AccountRefused("Donnez au moins un rôle.")
    if national_id and not is_card_id(national_id):
        raise AccountRefused(MALFORMED_ID)
    try:
        validate_email(email)
        if password:
            validate_password(password, User(email=email))
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from None


@transaction.atomic
def create_client(*, name: str, scopes: Sequence[str], by: str, at: datetime) -> str:
    """Make a machine client, or give an existing one a new token; returns the token, which is shown once."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise AccountRefused(f"Donnez au client un nom de {LONGEST_NAME} caractères au plus.")
    if unknown := sorted(set(scopes) - set(CLIENT_SCOPES)):
        raise AccountRefused(f"Portée inconnue : {', '.join(unknown)}. Portées possibles : {', '.join(CLIENT_SCOPES)}.")
    token = f"sas_{secrets.token_urlsafe(32)}"
    MachineClient.objects.update_or_create(
        name=name,
        defaults={"token_sha256": token_digest(token), "scopes": sorted(set(scopes)), "is_active": True},
        create_defaults={
            "name": name,
            "token_sha256": token_digest(token),
            "scopes": sorted(set(scopes)),
            "created_at": at,
        },
    )
    audit.record("create_client", by=by, at=at, target=f"client {name}", after={"scopes": sorted(set(scopes))})
    return token


def token_digest(token: str) -> str:
    """How a token is kept: tokens are 256 random bits, so a plain hash cannot be reversed by trying."""
    return hashlib.sha256(token.encode()).hexdigest()
