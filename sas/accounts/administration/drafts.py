"""What a form says of an account, compared with what the account is: who it is, what it may do, until when."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from sas.accounts.administration.granting import Grant, grants_of, in_words, key_of
from sas.accounts.models import User
from sas.accounts.services import AccountRefused

SALT = "sas.accounts.administration.seen"

LABELS = {
    "email": "adresse électronique",
    "family_name": "nom",
    "given_name": "prénom",
    "profession": "profession",
    "may_use_password": "entrée sans carte",
    "expires_on": "échéance",
    "grants": "rôles",
}


@dataclass(frozen=True)
class Draft:
    """An account as somebody wants it. `email` is empty only for an effector whose card gives none."""

    email: str
    family_name: str
    given_name: str
    profession: str = ""
    may_use_password: bool = False
    expires_on: date | None = None
    grants: frozenset[Grant] = frozenset()

    def values(self) -> dict[str, Any]:
        """Its columns, without the roles."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "grants"}


def draft_of(user: User) -> Draft:
    """The account as it stands."""
    return Draft(
        email=user.email or "",
        family_name=user.family_name,
        given_name=user.given_name,
        profession=user.profession,
        may_use_password=user.may_use_password,
        expires_on=user.expires_on,
        grants=frozenset(grants_of(user)),
    )


def plain(draft: Draft) -> dict[str, Any]:
    """As text and numbers: for a form to carry, for an audit line to keep."""
    expires_on = draft.expires_on.isoformat() if draft.expires_on else ""
    return draft.values() | {"expires_on": expires_on, "grants": sorted(key_of(grant) for grant in draft.grants)}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What changed between two `plain` drafts, by column."""
    return {name: (before.get(name), after[name]) for name in LABELS if before.get(name) != after[name]}


def seal(user: User) -> str:
    """What a form shows of this account, for `changed_since` to compare with when it comes back."""
    return signing.dumps({"user": user.pk, "seen": plain(draft_of(user))}, salt=SALT, compress=True)


def changed_since(sealed: str, user: User) -> list[str]:
    """What changed in the account since the form was shown, in sentences; a seal that is not ours says so too."""
    try:
        held = signing.loads(sealed, salt=SALT)
    except signing.BadSignature:
        return ["Ce formulaire est incomplet : rechargez la page."]
    if held.get("user") != user.pk:
        return ["Ce formulaire est celui d’un autre compte : rechargez la page."]
    found = differences(held["seen"], plain(draft_of(user)))
    return [f"{LABELS[name]} : « {_said(old)} » est devenu « {_said(new)} »" for name, (old, new) in found.items()]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or "aucun"
    return str(value) if value not in (None, "") else "rien"


def check_draft(draft: Draft, *, at: datetime, known: User | None = None) -> None:
    """Raise `AccountRefused` for columns that cannot be kept. `known`: the account that is edited."""
    if not draft.family_name or not draft.given_name:
        raise AccountRefused("Indiquez le nom et le prénom.")
    if not draft.email and (known is None or not known.national_id):
        raise AccountRefused("Indiquez l’adresse électronique : sans elle ni identifiant national, nul n’entre.")
    if draft.may_use_password and not draft.email:
        raise AccountRefused("Pour entrer sans carte, il faut une adresse électronique.")
    changed = known is None or known.expires_on != draft.expires_on
    if changed and draft.expires_on is not None and draft.expires_on < at.date():
        raise AccountRefused("L’échéance est passée : choisissez une date à venir, ou désactivez le compte.")
    trial = User(**(draft.values() | {"email": draft.email or None, "created_at": at}))
    try:
        if draft.email:
            validate_email(draft.email)
        trial.clean_fields(exclude=["password", "national_id"])
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from None
