"""Reads of the accounts that somebody administers: a page of the list, its export, who has access to what."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from sas.accounts.access import managed_accounts
from sas.accounts.administration.filters import Filter, Sort, State
from sas.accounts.models import RoleGrant, SignIn, User
from sas.accounts.own.rules import LOCK, WRONG_WITHIN, Attempt, locked_until
from sas.accounts.permissions import Role
from sas.directory.models import Territory

PAGE = 50
SOON = timedelta(days=30)
AT_ONCE = 500
MOST_ATTEMPTS = 20_000


@dataclass(frozen=True)
class Row:
    """An account, as a line of the list."""

    pk: int
    name: str
    email: str
    national_id: str
    roles: list[str]
    state: str
    tone: str
    last_login: datetime | None
    expires_on: date | None


@dataclass(frozen=True)
class Page:
    """Lines, how many there are in all, and the numbers of the pages around."""

    rows: list[Row]
    count: int
    number: int
    last: int


def accounts_page(actor: User, wanted: Filter, *, now: datetime) -> Page:
    """One page: a count, the lines, their roles; four queries whatever the number."""
    found = _found(actor, wanted, now)
    count = found.count()
    last = max(1, -(-count // PAGE))
    number = min(wanted.page, last)
    start = (number - 1) * PAGE
    return Page([_row(user, now) for user in _in_order(found, wanted)[start : start + PAGE]], count, number, last)


def accounts_counted(actor: User, wanted: Filter, *, now: datetime) -> int:
    """How many the filter finds."""
    return _found(actor, wanted, now).count()


def accounts_exported(actor: User, wanted: Filter, *, now: datetime) -> Iterator[Row]:
    """Every line of the same list, read by lots."""
    for user in _in_order(_found(actor, wanted, now), wanted).iterator(chunk_size=AT_ONCE):
        yield _row(user, now)


def _found(actor: User, wanted: Filter, now: datetime) -> QuerySet[User]:
    found = managed_accounts(actor)
    for word in wanted.words:
        found = found.filter(search_text__contains=word)
    if wanted.role is not None or wanted.territory:
        grants = RoleGrant.objects.filter(user=OuterRef("pk"))
        if wanted.role is not None:
            grants = grants.filter(role=wanted.role)
        if wanted.territory:
            grants = grants.filter(territory__code=wanted.territory)
        found = found.filter(Exists(grants))
    return found if wanted.state is None else _in_state(found, wanted.state, now)


def _in_state(found: QuerySet[User], state: State, now: datetime) -> QuerySet[User]:
    if state is State.CLOSED:
        return found.filter(is_active=False)
    found = found.filter(is_active=True)
    if state is State.ACTIVE:
        return found.filter(last_login__isnull=False)
    if state is State.INVITED:
        return found.filter(last_login=None)
    if state is State.DORMANT:
        return found.filter(dormant_warnings__gt=0)
    if state is State.EXPIRING:
        return found.filter(expires_on__lte=now.date() + SOON)
    return found.filter(pk__in=locked_accounts(now=now))


def locked_accounts(*, now: datetime) -> list[int]:
    """Accounts whose passwords are refused for now: those, few, that failed lately; one query, on an index of dates."""
    recent = SignIn.objects.filter(at__gt=now - WRONG_WITHIN - LOCK, method=SignIn.Method.PASSWORD, user__isnull=False)
    attempts: dict[int, list[Attempt]] = {}
    for user, at, refusal in recent.order_by("-at").values_list("user_id", "at", "refusal")[:MOST_ATTEMPTS]:
        attempts.setdefault(user, []).append(Attempt(at, refusal))
    return [user for user, tried in attempts.items() if locked_until(tried, now) is not None]


def _in_order(found: QuerySet[User], wanted: Filter) -> QuerySet[User]:
    orders: dict[Sort, tuple[Any, ...]] = {
        Sort.NAME: ("search_text", "pk"),
        Sort.LAST_SIGN_IN: (F("last_login").asc(nulls_first=True), "pk"),
        Sort.CREATED: ("-created_at", "-pk"),
    }
    held = RoleGrant.objects.select_related("territory").order_by("role", "territory__code")
    return found.order_by(*orders[wanted.sort]).prefetch_related(Prefetch("grants", queryset=held))


def _row(user: User, now: datetime) -> Row:
    label, tone = state_of(user, now)
    return Row(
        pk=user.pk,
        name=f"{user.family_name} {user.given_name}".strip() or user.email or f"compte {user.pk}",
        email=user.email or "",
        national_id=user.national_id or "",
        roles=roles_in_words(list(user.grants.all())),
        state=label,
        tone=tone,
        last_login=user.last_login,
        expires_on=user.expires_on,
    )


def roles_in_words(grants: list[RoleGrant]) -> list[str]:
    """« Régulateur / OSNP : SAS-59, SAS-62 », one for each role."""
    places: dict[Role, list[str]] = {}
    for grant in grants:
        places.setdefault(Role(grant.role), []).extend([grant.territory.code] if grant.territory else [])
    return [f"{role.label} : {', '.join(codes)}" if codes else role.label for role, codes in places.items()]


def state_of(user: User, now: datetime) -> tuple[str, str]:
    """The state of an account in words, and the tone of its badge."""
    if not user.is_active:
        why = User.ClosedFor(user.closed_for).label if user.closed_for else "désactivé"
        return why, "error"
    if user.expires_on is not None and user.expires_on <= now.date() + SOON:
        return f"échéance le {user.expires_on:%d/%m/%Y}", "warning"
    if user.dormant_warnings:
        return "dormant, averti", "warning"
    if user.last_login is None:
        return "invité, jamais entré", "info"
    return "actif", "success"


@dataclass(frozen=True)
class Access:
    """Somebody who holds a role on a territory."""

    pk: int
    name: str
    email: str
    role: Role
    opens: str
    last_login: datetime | None


OPENS = {
    Role.REGULATOR: "chercher partout en France, orienter, solliciter « en sus »",
    Role.IOA: "chercher et orienter",
    Role.EFFECTOR: "ses propres lieux, son agenda, sa participation",
    Role.STRUCTURE_MANAGER: "les structures rattachées au compte",
    Role.DELEGATE: "ce que ses délégations ouvrent",
    Role.ACCOUNT_MANAGER: "les comptes et les contacts de ce territoire",
    Role.TERRITORIAL_REFERENT: "la fiche et l’annuaire de ce territoire",
    Role.NATIONAL_ADMIN: "tout, tracé",
}
"""What each role opens, in words; a test keeps it in step with `permissions.GRANTS`."""


def access_of(territory: Territory) -> QuerySet[RoleGrant]:
    """Roles held on this territory by open accounts, by role then name."""
    held = RoleGrant.objects.filter(territory=territory, user__is_active=True).select_related("user")
    return held.order_by("role", "user__search_text", "user_id")


def accesses(grants: "QuerySet[RoleGrant] | list[RoleGrant]") -> Iterator[Access]:
    """The same, as lines."""
    for grant in grants:
        user, role = grant.user, Role(grant.role)
        name = f"{user.family_name} {user.given_name}".strip() or str(user)
        yield Access(user.pk, name, user.email or "", role, OPENS[role], user.last_login)
