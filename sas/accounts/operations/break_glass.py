"""Codes of a day without Pro Santé Connect: for whom, and what became of those that were printed."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from sas.accounts.models import BreakGlassCode, RoleGrant, User
from sas.accounts.operations.dates import in_words
from sas.accounts.permissions import Role
from sas.directory.models import Territory

MOST = 1000
"""People on one sheet: the regulators of a large territory, several times over."""

LISTED = 500


def national_day(now: datetime) -> date:
    """Today, where the national administration works."""
    return now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _regulates() -> Q:
    """Who answers calls: regulators, and IOA where their territory has opened the search to them (platform.md §1)."""
    return Q(role=Role.REGULATOR) | Q(role=Role.IOA, territory__ioa_open=True)


def regulating(day: date) -> QuerySet[User]:
    """Active accounts, still open on that day, with a role of regulation; their roles come with them."""
    grants = RoleGrant.objects.filter(_regulates(), user=OuterRef("pk"))
    held = RoleGrant.objects.select_related("territory").order_by("role", "territory__code")
    still_open = Q(expires_on=None) | Q(expires_on__gte=day)
    found = User.objects.filter(Exists(grants), still_open, is_active=True)
    return found.prefetch_related(Prefetch("grants", queryset=held)).order_by("family_name", "given_name", "pk")


def regulating_on(territory: Territory, day: date) -> list[User]:
    """Those of a territory whose address is known: without one, a code opens nothing. One more than `MOST`, if so
    many. Two queries."""
    there = RoleGrant.objects.filter(_regulates(), user=OuterRef("pk"), territory=territory)
    return _with_roles(regulating(day).filter(Exists(there), email__isnull=False)[: MOST + 1])


def regulating_with(email: str, day: date) -> list[User]:
    """The one who has this address, if there is one."""
    return _with_roles(regulating(day).filter(email__iexact=email))


def _with_roles(found: "QuerySet[User]") -> list[User]:
    users = list(found)
    for user in users:
        user.__dict__["_held"] = tuple(user.grants.all())  # what `held` would read, one account at a time
    return users


@dataclass(frozen=True)
class CodeSeen:
    """A printed code: whose, for when, what became of it. Never the code itself, which nobody knows any more."""

    id: int
    name: str
    label: str
    valid_from: datetime
    valid_until: datetime
    made_at: datetime
    made_by: str
    used_at: datetime | None
    revoked_at: datetime | None

    @property
    def unused(self) -> bool:
        """Whether it can still be used, or revoked."""
        return self.used_at is None and self.revoked_at is None


@dataclass(frozen=True)
class CodesSeen:
    """The codes of today and later: counts of all, and the `LISTED` first, those that were used before the others."""

    unused: int
    used: int
    revoked: int
    codes: list[CodeSeen]

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.unused + self.used - len(self.codes)


def codes_seen(*, now: datetime) -> CodesSeen:
    """Codes whose day is not over, but those revoked: two queries and one for the names of who made them."""
    start = datetime.combine(national_day(now), time.min, ZoneInfo(settings.TIME_ZONE))
    current = BreakGlassCode.objects.filter(valid_until__gt=start)
    counts = current.aggregate(
        unused=Count("pk", filter=Q(used_at=None, revoked_at=None)),
        used=Count("pk", filter=Q(used_at__isnull=False)),
        revoked=Count("pk", filter=Q(used_at=None, revoked_at__isnull=False)),
    )
    kept = current.filter(Q(used_at__isnull=False) | Q(revoked_at=None)).select_related("user")
    rows = kept.order_by("used_at", "user__family_name", "user__given_name", "pk")[:LISTED]
    return CodesSeen(counts["unused"], counts["used"], counts["revoked"], [_seen(row) for row in rows])


def _seen(row: BreakGlassCode) -> CodeSeen:
    return CodeSeen(
        row.pk,
        str(row.user),
        row.user.audit_label,
        row.valid_from,
        row.valid_until,
        row.made_at,
        row.made_by,
        row.used_at,
        row.revoked_at,
    )


@dataclass(frozen=True)
class SheetLine:
    """A person of the printed sheet."""

    name: str
    roles: str
    code: str


def sheet_lines(made: list[tuple[User, str]]) -> list[SheetLine]:
    """The rows to print, in the order given: no query."""
    return [SheetLine(str(user), _roles(user), code) for user, code in made]


def _roles(user: User) -> str:
    names: dict[Role, list[str]] = {}
    for grant in user.held:
        names.setdefault(Role(grant.role), []).extend([grant.territory.code] if grant.territory else [])
    said = (f"{role.label} ({', '.join(codes)})" if codes else role.label for role, codes in names.items())
    return " ; ".join(said)


def days(now: datetime) -> list[tuple[str, str]]:
    """The days that codes may be made for: today and tomorrow, with their words."""
    today = national_day(now)
    tomorrow = today + timedelta(days=1)
    return [
        (today.isoformat(), f"aujourd’hui, {in_words(today)}"),
        (tomorrow.isoformat(), f"demain, {in_words(tomorrow)}"),
    ]
