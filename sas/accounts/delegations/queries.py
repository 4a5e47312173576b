"""Reads of delegations: what is in force for whom, whose delegation it is, where each one stands."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.http import Http404

from sas.accounts.delegations.rules import Facts, Giver, State, state_of
from sas.accounts.models import Delegation, RoleGrant, StructureAttachment, User
from sas.accounts.permissions import GRANTS, Permission, Role
from sas.accounts.services import token_digest
from sas.directory.models import Structure

LONGEST_TOKEN = 100


def today_of(now: datetime) -> date:
    """The day where most of the country lives, as for the last day of accounts."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _roles_with(permission: Permission) -> list[Role]:
    return [role for role in Role if permission in GRANTS[role]]


def known(on: date) -> QuerySet[Delegation]:
    """Every delegation, with `delegator_stands` and `delegate_stands` as they are in the database now.

    Computed rather than written when an account closes: it is true at once, whoever closes it, and a closing that is
    undone the same day costs nobody their delegation. The night writes the end down (`ending.py`).
    """
    grants = RoleGrant.objects.filter(user=OuterRef("delegator"))
    own = Exists(grants.filter(role__in=_roles_with(Permission.OWN_PRACTICE)))
    manages = Exists(grants.filter(role__in=_roles_with(Permission.OWN_STRUCTURES)))
    attached = Exists(StructureAttachment.objects.filter(user=OuterRef("delegator"), structure=OuterRef("structure")))
    extent = Q(own, structure=None) | Q(manages, attached, structure__isnull=False)
    return Delegation.objects.select_related("delegator", "delegate", "structure").annotate(
        delegator_stands=ExpressionWrapper(_open("delegator", on) & extent, output_field=BooleanField()),
        delegate_stands=ExpressionWrapper(Q(delegate=None) | _open("delegate", on), output_field=BooleanField()),
    )


def _open(side: str, on: date) -> Q:
    within = Q(**{f"{side}__expires_on": None}) | Q(**{f"{side}__expires_on__gte": on})
    return Q(**{f"{side}__is_active": True}) & within


def in_force(on: date) -> QuerySet[Delegation]:
    """Those under which the delegate may act on that day."""
    agreed = known(on).filter(confirmed_at__isnull=False, accepted_at__isnull=False, ended_at=None, ends_on__gte=on)
    return agreed.filter(Q(("delegator_stands", True), ("delegate_stands", True)))


def delegation_in_force(
    user: User, *, scope: Delegation.Scope, on: date, delegator: int | None = None, structure: int | None = None
) -> Delegation | None:
    """The delegation under which `user` may act that day on `scope`, for the own practice of the account `delegator`
    (primary key), or for `structure` (primary key): give one of the two. One query, read at each request."""
    if (delegator is None) == (structure is None):
        raise ValueError("delegation_in_force is asked about a delegator or about a structure")
    whose = Q(delegator=delegator, structure=None) if structure is None else Q(structure=structure)
    found = in_force(on).filter(whose, delegate=user.pk, scopes__contains=[str(scope)])
    return found.order_by("-ends_on", "pk").first()


def delegators_of(user: User, on: date) -> list[Delegation]:
    """For whom `user` acts that day, with delegators and structures; one query."""
    return list(in_force(on).filter(delegate=user.pk).order_by("delegator__search_text", "pk"))


def acting_label(delegate: User, delegation: Delegation) -> str:
    """How the audit trail names somebody who acts for somebody else: « compte 12 pour compte 34 »."""
    return f"{delegate.audit_label} pour compte {delegation.delegator_id}"


def giver_of(user: User) -> Giver:
    """What this account could delegate, as it is in the database now; two queries."""
    roles = {Role(role) for role in user.grants.values_list("role", flat=True)}
    permissions = {permission for role in roles for permission in GRANTS[role]}
    manages = Permission.OWN_STRUCTURES in permissions
    return Giver(
        email=user.email or "",
        active=user.is_active,
        own_practice=Permission.OWN_PRACTICE in permissions,
        structures=frozenset(user.attachments.values_list("structure_id", flat=True)) if manages else frozenset(),
        acts_for_others=Role.DELEGATE in roles,
    )


def structures_of(giver: Giver) -> list[Structure]:
    """The structures that an account may delegate, by name."""
    return list(Structure.objects.filter(pk__in=giver.structures).order_by("name", "pk"))


def facts_of(delegation: Delegation) -> Facts:
    """The facts of a delegation read by `known`."""
    return Facts(
        confirmed=delegation.confirmed_at is not None,
        accepted=delegation.accepted_at is not None,
        ended=delegation.ended_at is not None,
        ends_on=delegation.ends_on,
        delegator_stands=bool(delegation.delegator_stands),  # type: ignore[attr-defined]
        delegate_stands=bool(delegation.delegate_stands),  # type: ignore[attr-defined]
    )


def address_is_proven(user: User) -> bool:
    """Whether this account is known to read its address: it followed a link sent there, or chose a password by one.

    An effector who entered by card types an address that nobody verified: they accept by the link of the e-mail, which
    proves it, and by nothing else.
    """
    if not user.email:
        return False
    if user.may_use_password and user.has_usable_password():
        return True
    return user.invitations.filter(used_at__isnull=False).exists()


def visible_to(user: User, on: date) -> QuerySet[Delegation]:
    """Those that `user` gave, received, or is named by (at an address that is proven to be theirs)."""
    mine = Q(delegator=user.pk) | Q(delegate=user.pk)
    if address_is_proven(user):
        named = Q(
            pk__in=Delegation.objects.annotate(named=Lower("delegate_email"))
            .filter(named=(user.email or "").lower(), delegate=None, ended_at=None)
            .values("pk")
        )
        mine |= named
    return known(on).filter(mine)


def delegation_for(user: User, pk: int, on: date) -> Delegation:
    """That delegation, if it is one of `visible_to`; else `Http404`: others are not said to exist."""
    found = visible_to(user, on).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def given_by(user: User, on: date) -> QuerySet[Delegation]:
    """Those of one delegator that nobody ended, for whoever manages the account; by end."""
    return known(on).filter(delegator=user.pk, ended_at=None).order_by("ends_on", "pk")


class Link(StrEnum):
    """What a link of an e-mail is worth; the reading of `delegation_named`."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    OVER = "over"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Named:
    """A link as its reader sees it. `delegation` is absent when the link is unknown."""

    link: Link
    delegation: Delegation | None = None
    expires_at: datetime | None = None


def delegation_named(token: str, *, now: datetime) -> Named:
    """What this link is worth now; one query, changes nothing."""
    on = today_of(now)
    found = known(on).filter(token_sha256=token_digest(token)).first() if len(token) <= LONGEST_TOKEN else None
    if found is None:
        return Named(Link.UNKNOWN)
    state = state_of(facts_of(found), on)
    sent_at = found.invited_at or found.prepared_at
    expires_at = sent_at + timedelta(days=settings.SAS_ENTERING.invitation_days)
    if state in (State.ENDED, State.LAPSED):
        return Named(Link.OVER, found, expires_at)
    if found.accepted_at is not None:
        return Named(Link.ACCEPTED, found, expires_at)
    return Named(Link.OPEN if now < expires_at else Link.EXPIRED, found, expires_at)
