"""Requests for an account, from the signed-out home (platform.md §2.2): received, told to managers, answered.

Whoever asks learns nothing: the answer is the same whether an account or a request exists already. What arrives too
often is dropped in the same silence, so that nobody can fill a territory's list nor flood its managers.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower

from sas.accounts.access import reached_territories
from sas.accounts.models import AccountRequest, RoleGrant, User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from sas.web import audit
from sas.web.mail import post_mail

ASKED_ROLES = (Role.REGULATOR, Role.IOA, Role.STRUCTURE_MANAGER, Role.ACCOUNT_MANAGER, Role.TERRITORIAL_REFERENT)
"""What may be asked for: effectors enter without an account, delegates by their delegation."""

BY_TASK = "tâche demandes de compte"
MOST_FROM_ONE_PLACE = 5
PLACE_WINDOW = timedelta(hours=1)
MOST_OF_ONE_ADDRESS = 3
ADDRESS_WINDOW = timedelta(days=1)
MOST_WAITING = 500
"""Of one territory: beyond, managers have other troubles than one more request."""

LONGEST_MESSAGE = 1000
LONGEST_REASON = 500


class TooManyRequestsError(Exception):
    """Too many requests came from this place; the message (French) says when to come back."""


@dataclass(frozen=True)
class Asked:
    """What the form says, cleaned."""

    email: str
    family_name: str
    given_name: str
    profession: str
    message: str


def ask_for_account(
    *,
    territory: Territory,
    role: Role,
    email: str,
    family_name: str,
    given_name: str,
    profession: str = "",
    message: str = "",
    by: str,
    at: datetime,
) -> None:
    """Keep a request for the managers of `territory`. `by` says where it comes from: an address, never shown.

    Raises `AccountRefused` (French) for a form that cannot be kept, `TooManyRequestsError` when `by` asks too often:
    both say nothing of what exists. Anything else ends in the same way: a second request of the same person, or too
    many of the same address, are dropped in silence.
    """
    asked = _cleaned(role, Asked(email, family_name, given_name, profession, message), at)
    if not _counted("place", by, MOST_FROM_ONE_PLACE, PLACE_WINDOW):
        raise TooManyRequestsError("Trop de demandes depuis cet endroit : réessayez dans une heure.")
    if _counted("address", asked.email, MOST_OF_ONE_ADDRESS, ADDRESS_WINDOW):
        _keep(territory, role, asked, at)


def _cleaned(role: Role, given: Asked, at: datetime) -> Asked:
    if role not in ASKED_ROLES:
        raise AccountRefused("Choisissez un des rôles proposés.")
    values = {name: " ".join(getattr(given, name).split()) for name in ("family_name", "given_name", "profession")}
    asked = Asked(email=given.email.strip().lower(), message=given.message.replace("\0", "").strip(), **values)
    draft = AccountRequest(role=role, created_at=at, **vars(asked))
    if not asked.family_name or not asked.given_name:
        raise AccountRefused("Indiquez votre nom et votre prénom.")
    if len(asked.message) > LONGEST_MESSAGE:
        raise AccountRefused("Message trop long : 1 000 caractères au plus.")
    try:
        validate_email(asked.email)
        draft.clean_fields(exclude=["territory"])
    except ValidationError as error:
        raise AccountRefused(" ".join(error.messages)) from None
    return asked


@transaction.atomic
def _keep(territory: Territory, role: Role, asked: Asked, at: datetime) -> None:
    # Two clicks at once: the second waits here, and sees the first.
    Territory.objects.select_for_update(of=("self",), no_key=True).get(pk=territory.pk)
    waiting = AccountRequest.objects.filter(territory=territory, state=AccountRequest.State.NEW)
    if waiting.filter(email__iexact=asked.email).exists() or waiting.count() >= MOST_WAITING:
        return
    made = AccountRequest.objects.create(territory=territory, role=role, created_at=at, **vars(asked))
    after = {"territory": territory.code, "role": str(role)}
    audit.record("ask_for_account", by="visiteur", at=at, target=label_of(made), after=after)


def _counted(kind: str, value: str, most: int, window: timedelta) -> bool:
    """Count one more; whether it is within `most` of this window."""
    key = f"account-request:{kind}:{hashlib.sha256(value.encode()).hexdigest()}"
    seconds = int(window.total_seconds())
    if cache.add(key, 1, seconds):
        return True
    try:
        return cache.incr(key) <= most
    except ValueError:  # it lapsed in between
        cache.set(key, 1, seconds)
        return True


def label_of(request: AccountRequest) -> str:
    """How the audit trail names it."""
    return f"demande de compte {request.pk}"


@transaction.atomic
def refuse_request(*, request: AccountRequest, reason: str, by: User, at: datetime) -> None:
    """Refuse, and tell the person why. Raises `AccountRefused` without a reason, or if it was answered meanwhile."""
    reason = reason.replace("\0", "").strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise AccountRefused(f"Écrivez le motif, en {LONGEST_REASON} caractères au plus : la personne le lira.")
    held = locked(request)
    held.state, held.answered_at, held.answered_by = AccountRequest.State.REFUSED, at, by.audit_label
    held.answer = reason
    held.save(update_fields=["state", "answered_at", "answered_by", "answer"])
    context = {
        "given_name": held.given_name,
        "family_name": held.family_name,
        "territory": held.territory.label,
        "reason": reason,
        "support_email": held.territory.support_email,
    }
    post_mail(
        kind="account_request_refused",
        to=held.email,
        context=context,
        about=label_of(held),
        by=by.audit_label,
        at=at,
    )
    audit.record("refuse_request", by=by.audit_label, at=at, target=label_of(held), after={"reason": reason})


def locked(request: AccountRequest) -> AccountRequest:
    """The request, still to answer, held until the end of the transaction. Raises `AccountRefused`."""
    waiting = AccountRequest.objects.select_for_update(of=("self",)).select_related("territory")
    held = waiting.filter(pk=request.pk, state=AccountRequest.State.NEW).first()
    if held is None:
        raise AccountRefused("Cette demande a déjà été traitée : rechargez la liste.")
    return held


@transaction.atomic
def tell_managers(*, at: datetime) -> int:
    """One e-mail to each manager with something new to answer; how many e-mails. Run at most once an hour.

    Where nobody manages accounts, national administrators are told.
    """
    new = list(
        AccountRequest.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(told_at=None, state=AccountRequest.State.NEW)
        .select_related("territory")
        .order_by("pk")[:MOST_WAITING]
    )
    counts = Counter(request.territory for request in new)
    managers = _managers_of(counts)
    for manager, territories in managers.items():
        _tell(manager, [(territory.label, counts[territory]) for territory in territories], at)
    AccountRequest.objects.filter(pk__in=[request.pk for request in new]).update(told_at=at)
    return len(managers)


def _managers_of(territories: Iterable[Territory]) -> dict[User, list[Territory]]:
    active = {"user__is_active": True, "user__email__isnull": False}
    grants = RoleGrant.objects.filter(**active).select_related("user").order_by("user_id")
    found: dict[User, list[Territory]] = {}
    for territory in sorted(territories, key=lambda each: each.code):
        there = list(grants.filter(role=Role.ACCOUNT_MANAGER, territory=territory))
        for grant in there or grants.filter(role=Role.NATIONAL_ADMIN):
            found.setdefault(grant.user, []).append(territory)
    return found


def _tell(manager: User, territories: list[tuple[str, int]], at: datetime) -> None:
    count = sum(number for _, number in territories)
    link = f"{settings.SAS_BASE_URL}/gestion/demandes/"
    context = {"count": count, "territories": territories, "link": link}
    post_mail(
        kind="account_requests_waiting",
        to=manager.email or "",
        context=context,
        about=manager.audit_label,
        by=BY_TASK,
        at=at,
    )


@dataclass(frozen=True)
class Seen:
    """A request as a manager sees it. `account`: an account with the same e-mail; `twins`: other waiting requests."""

    request: AccountRequest
    role: str
    account: bool
    twins: int


def requests_for(user: User, *, answered: bool = False, most: int = 200) -> list[Seen]:
    """Requests to the territories that `user` administers: those to answer, the oldest first; or the last answered."""
    there = reached_territories(user, Permission.MANAGE_ACCOUNTS).order_by()
    found = AccountRequest.objects.filter(territory__in=there).select_related("territory", "user")
    if answered:
        shown = list(found.exclude(state=AccountRequest.State.NEW).order_by("-answered_at", "-pk")[:most])
        return [Seen(request, _role(request), False, 0) for request in shown]
    shown = list(found.filter(state=AccountRequest.State.NEW).order_by("created_at", "pk")[:most])
    emails = [request.email.lower() for request in shown]
    lowered = User.objects.annotate(lowered=Lower("email")).filter(lowered__in=emails)
    known = set(lowered.values_list("lowered", flat=True))
    waiting = AccountRequest.objects.filter(state=AccountRequest.State.NEW, email__in=emails)
    same = Counter(email.lower() for email in waiting.values_list("email", flat=True))
    return [Seen(r, _role(r), r.email.lower() in known, same[r.email.lower()] - 1) for r in shown]


def _role(request: AccountRequest) -> str:
    return Role(request.role).label if request.role in set(Role) else request.role


def waiting_count(user: User) -> int:
    """How many requests `user` has to answer: one query, on an index."""
    there = reached_territories(user, Permission.MANAGE_ACCOUNTS).order_by()
    return AccountRequest.objects.filter(territory__in=there, state=AccountRequest.State.NEW).count()
