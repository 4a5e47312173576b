"""Structures that an account manages: found by FINESS, SIRET or name, attached, detached (platform.md §1)."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from sas.accounts.access import reached_territories
from sas.accounts.administration.drafts import Draft
from sas.accounts.administration.services import create_invited_account, held_for_change
from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Coverage, Structure
from sas.directory.rules import is_structure_id, search_key
from sas.web import audit

MOST_FOUND = 20
SHORTEST_NAME = 3


def structure_key(typed: str) -> str:
    """The prefixed identifier of what people type (FINESS, SIRET, or prefixed already); "" when it is none."""
    bare = re.sub(r"[\s.\-]", "", typed).upper()
    for candidate in (bare, f"1{bare}" if len(bare) == 9 else "", f"3{bare}" if len(bare) == 14 else ""):
        if candidate and is_structure_id(candidate) and candidate[0] in "134":
            return candidate
    return ""


def attachable(actor: User) -> QuerySet[Structure]:
    """The structures that `actor` may attach people to: still there, in what their territories cover."""
    structures = Structure.objects.filter(ended_on=None)
    if actor.reach(Permission.MANAGE_ACCOUNTS).everywhere:
        return structures
    there = reached_territories(actor, Permission.MANAGE_ACCOUNTS).order_by()
    areas = Coverage.objects.filter(territory__in=there).values("area")
    return structures.filter(Q(department__in=areas) | Q(insee__in=areas))


def find_structures(actor: User, typed: str) -> list[Structure]:
    """By identifier; else those whose name contains every word, by name, a few."""
    if key := structure_key(typed):
        return list(attachable(actor).filter(national_id=key))
    words = search_key(typed).split()
    if sum(map(len, words)) < SHORTEST_NAME:
        return []
    found = attachable(actor)
    for word in words[:6]:
        found = found.filter(name_key__contains=word)
    return list(found.order_by("name_key", "pk")[:MOST_FOUND])


def structures_named(actor: User, typed: Iterable[str]) -> list[Structure]:
    """Those that these identifiers name. Raises `AccountRefused` for one that is none, or not one's to attach."""
    found = []
    for text in typed:
        key = structure_key(text)
        structure = attachable(actor).filter(national_id=key).first() if key else None
        if structure is None:
            raise AccountRefused(
                f"Structure « {text[:40]} » introuvable dans vos territoires : donnez son FINESS (9 caractères) ou son "
                "SIRET (14 chiffres)."
            )
        found.append(structure)
    return found


@transaction.atomic
def attach_structure(*, user: User, structure: Structure, by: User, at: datetime) -> bool:
    """Let the account manage this structure; False when it does already. Raises `AccountRefused`."""
    held = held_for_change(user, by)
    if not held.grants.filter(role=Role.STRUCTURE_MANAGER).exists():
        raise AccountRefused("Donnez d’abord à ce compte le rôle « Gestionnaire de structure ».")
    if not attachable(by).filter(pk=structure.pk).exists():
        raise AccountRefused("Cette structure n’est pas dans vos territoires.")
    _, made = StructureAttachment.objects.get_or_create(user=held, structure=structure, defaults={"attached_at": at})
    if made:
        after = {"structure": structure.national_id}
        audit.record("attach_structure", by=by.audit_label, at=at, target=held.audit_label, after=after)
    return made


@transaction.atomic
def detach_structure(*, user: User, structure: Structure, by: User, at: datetime) -> bool:
    """The account no longer manages this structure; False when it did not."""
    held = held_for_change(user, by)
    gone, _ = StructureAttachment.objects.filter(user=held, structure=structure).delete()
    if gone:
        before = {"structure": structure.national_id}
        audit.record("detach_structure", by=by.audit_label, at=at, target=held.audit_label, before=before)
    return bool(gone)


@transaction.atomic
def create_with_structures(*, draft: Draft, typed: Iterable[str], by: User, at: datetime) -> User:
    """Make an invited account that manages the structures typed (FINESS, SIRET). Raises `AccountRefused`."""
    structures = structures_named(by, typed)
    user = create_invited_account(draft=draft, by=by, at=at)
    for structure in structures:
        attach_structure(user=user, structure=structure, by=by, at=at)
    return user
