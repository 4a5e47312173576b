"""Roles by territory, as people who administer accounts give them and take them back.

A grant is a pair (role, code of the territory), the code being empty for a role given on no territory. Rules are those
of `sas.accounts.rules`; this file applies them to pairs.
"""

from collections.abc import Collection, Iterable

from sas.accounts.access import standing_of_actor
from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import NEEDS_TERRITORY, RANK, Role
from sas.accounts.rules import Standing, why_not_grant
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory

Grant = tuple[Role, str]

GRANTABLE = tuple(role for role in Role if role is not Role.DELEGATE)
"""Whoever acts for somebody else gets that role from a delegation only (platform.md §2.6)."""

LAST_ADMIN = (
    "C’est le dernier administrateur national actif : nommez-en un autre d’abord, sans quoi personne ne pourrait plus "
    "administrer la plateforme."
)


def key_of(grant: Grant) -> str:
    """How a form and an audit line write it: `regulator@SAS-59`, `national_admin@`."""
    return f"{grant[0]}@{grant[1]}"


def in_words(key: str) -> str:
    """What `key_of` wrote, as people read it; anything else as it is."""
    role, _, code = key.partition("@")
    if role not in set(Role):
        return key
    return f"{Role(role).label} ({code})" if code else Role(role).label


def grant_of(key: str) -> Grant | None:
    """What `key_of` wrote; nothing for anything else, unknown roles and those that nobody gives included."""
    role, _, code = key.partition("@")
    return (Role(role), code) if role in GRANTABLE else None


def grants_of(user: User) -> set[Grant]:
    """Every role held, read now."""
    return {(Role(role), code or "") for role, code in user.grants.values_list("role", "territory__code")}


def why_not_give(actor: Standing, grant: Grant) -> str | None:
    """Why `actor` may not give, or take back, this role there (French)."""
    role, code = grant
    if role not in GRANTABLE:
        return "Ce rôle vient d’une délégation : il ne se donne pas ici."
    return why_not_grant(
        actor,
        rank=RANK.get(role, 0),
        needs_territory=role in NEEDS_TERRITORY,
        territories=[code] if code else [],
    )


def check_grants(actor: User, grants: Iterable[Grant]) -> None:
    """Raise `AccountRefused` at the first role that `actor` may not give."""
    standing = standing_of_actor(actor)
    for grant in sorted(grants):
        if reason := why_not_give(standing, grant):
            raise AccountRefused(f"{grant[0].label} : {reason}")


def touchable(actor: User, grants: Iterable[Grant]) -> set[Grant]:
    """Those among `grants` that `actor` may take back; the others stay whatever a form says."""
    standing = standing_of_actor(actor)
    return {grant for grant in grants if why_not_give(standing, grant) is None}


def territories_by_code(codes: Collection[str]) -> dict[str, Territory]:
    """These territories. Raises `AccountRefused` for an unknown code."""
    known = {territory.code: territory for territory in Territory.objects.filter(code__in=[c for c in codes if c])}
    if missing := sorted({code for code in codes if code} - set(known)):
        raise AccountRefused(f"Territoire inconnu : {', '.join(missing)}.")
    return known


def add_grants(user: User, grants: Collection[Grant]) -> None:
    """Write these roles; those that are held already stay. Inside the transaction of a service, which audits."""
    known = territories_by_code({code for _, code in grants})
    RoleGrant.objects.bulk_create(
        [RoleGrant(user=user, role=role, territory=known.get(code)) for role, code in sorted(grants)],
        ignore_conflicts=True,
    )


def remove_grants(user: User, grants: Collection[Grant]) -> None:
    """Take these roles back. Inside the transaction of a service, which audits."""
    for role, code in sorted(grants):
        there = {"territory__code": code} if code else {"territory": None}
        user.grants.filter(role=role, **there).delete()


def lock_national_admins(leaving: User) -> list[int]:
    """Whoever administers the country, if `leaving` does: their roles are held until the end of the transaction.

    Call it before any other lock: of two who leave together, the second waits here, then sees that the first has left.
    """
    if not leaving.grants.filter(role=Role.NATIONAL_ADMIN).exists():
        return []
    admins = RoleGrant.objects.filter(role=Role.NATIONAL_ADMIN).order_by("pk")
    return list(admins.select_for_update(of=("self",)).values_list("user_id", flat=True))


def keep_one_national_admin(leaving: User) -> None:
    """Raise `AccountRefused` if nobody else would administer the country once `leaving` no longer does."""
    held = lock_national_admins(leaving)
    others = User.objects.filter(pk__in=held, is_active=True).exclude(pk=leaving.pk)
    if leaving.pk in held and not others.exists():
        raise AccountRefused(LAST_ADMIN)
