"""What the home page shows: each role where its work is, the most urgent first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sas.accounts.access import managed_accounts
from sas.accounts.administration.requests import waiting_count
from sas.accounts.delegations.queries import delegators_of, today_of
from sas.accounts.landing.lines import Line, lines_for
from sas.accounts.landing.sections import Section, sections_for
from sas.accounts.models import Delegation, Invitation, User
from sas.accounts.navigation import address
from sas.accounts.permissions import Permission, Role
from sas.accounts.territories.queries import places_of, structures_of
from sas.accounts.territories.words import Contact, StateInWords, in_words, who_creates_accounts
from sas.directory.models import Territory
from sas.directory.territory_queries import standings, territories_named
from sas.web.job_queries import is_worker_alive, job_counts
from sas.web.mail_queries import count_mails_in_trouble


@dataclass(frozen=True)
class Home:
    """The page of somebody who is signed in. `closed`: territories that have not opened the search to this IOA."""

    may_search: bool
    closed: tuple[str, ...]
    sections: list[Section]


def home_of(user: User, at: datetime) -> Home:
    """In a number of queries that depends on the kinds of roles, never on how many or on how many territories."""
    makers: tuple[tuple[bool, Callable[[User, datetime], Section]], ...] = (
        (user.may(Permission.OWN_PRACTICE), _practice),
        (user.may(Permission.OWN_STRUCTURES), _structures),
        (user.may(Permission.ACT_AS_DELEGATE), _delegations),
        (user.may(Permission.MANAGE_ACCOUNTS), _accounts),
        (Role.TERRITORIAL_REFERENT in user.roles, _territories),
        (user.may(Permission.OPERATE), _operations),
    )
    sections = [*sections_for(user, at), *(make(user, at) for may, make in makers if may)]
    sections.sort(key=lambda section: not section.urgent)  # stable: the order above within each half
    may_search = user.may(Permission.SEARCH)
    return Home(may_search, () if may_search else user.closed_ioa_territories, sections)


def _practice(user: User, at: datetime) -> Section:
    return Section("Vos lieux d’exercice", "accounts/landing/_places.html", places_of(user, at))


def _structures(user: User, at: datetime) -> Section:
    return Section("Vos structures", "accounts/landing/_structures.html", structures_of(user, at))


def _delegations(user: User, at: datetime) -> Section:
    today = today_of(at)
    received = Delegation.objects.filter(delegate=user, ended_at=None, ends_on__gte=today)
    waiting = received.filter(Q(confirmed_at=None) | Q(accepted_at=None)).count()
    data = {"held": delegators_of(user, today), "waiting": waiting, "url": address("accounts_delegations:home")}
    return Section("Vous agissez pour", "accounts/landing/_delegations.html", data, urgent=waiting > 0)


def _accounts(user: User, at: datetime) -> Section:
    waiting = waiting_count(user)
    mine = Invitation.objects.filter(used_at=None, revoked_at=None, user__in=managed_accounts(user))
    counts = mine.aggregate(
        open=Count("pk", filter=Q(expires_at__gt=at)), past=Count("pk", filter=Q(expires_at__lte=at))
    )
    accounts, requests = address("accounts_administration:list"), address("accounts_administration:requests")
    lines = [
        Line(waiting, _plural(waiting, "demande de compte à traiter", "demandes de compte à traiter"), requests, True),
        Line(counts["open"], _plural(counts["open"], "invitation en attente", "invitations en attente"), accounts),
        Line(counts["past"], _plural(counts["past"], "invitation expirée", "invitations expirées"), accounts),
        *lines_for(Permission.MANAGE_ACCOUNTS, user),
    ]
    data = {"lines": lines, "create": address("accounts_administration:create"), "list": accounts}
    return Section("Les comptes de vos territoires", "accounts/landing/_counts.html", data, _urgent(lines))


def _territories(user: User, at: datetime) -> Section:
    mine = {g.territory_id: g.territory for g in user.held if g.role == Role.TERRITORIAL_REFERENT and g.territory}
    standing = standings(mine.values(), at)
    data = [(territory, in_words(standing[territory.pk])) for territory in mine.values()]
    return Section("Vos territoires", "accounts/landing/_territories.html", data)


def _operations(user: User, at: datetime) -> Section:
    failed = sum(one.count for one in job_counts() if one.status == "failed")
    mails, url = count_mails_in_trouble(), address("accounts_operations:home")
    lines = [
        Line(failed, _plural(failed, "tâche en échec", "tâches en échec"), url, urgent=True),
        Line(mails, _plural(mails, "courriel qui ne part pas", "courriels qui ne partent pas"), url, urgent=True),
        *lines_for(Permission.OPERATE, user),
    ]
    silent = not is_worker_alive(now=at)
    data = {"lines": lines, "silent": silent, "list": url}
    return Section("Exploitation", "accounts/landing/_counts.html", data, silent or _urgent(lines))


def _urgent(lines: list[Line]) -> bool:
    return any(line.urgent and line.count for line in lines)


def _plural(count: int, one: str, many: str) -> str:
    return one if count < 2 else many


@dataclass(frozen=True)
class Found:
    """A SAS as the signed-out home shows it."""

    territory: Territory
    state: StateInWords
    contact: Contact | None


LONGEST_ASKED = 100


def found_territories(text: str, at: datetime) -> list[Found]:
    """The SAS that somebody means, by number or name, with whom to write to. Five at most."""
    known = territories_named(text[:LONGEST_ASKED])[:5] if text.strip() else []
    standing = standings(known, at) if known else {}
    return [Found(one, in_words(standing[one.pk]), who_creates_accounts(one)) for one in known]
