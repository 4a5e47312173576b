"""Lists that leave as files: asking for one is itself a line of the audit trail, written before anything is sent."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from sas.accounts.access import territory_for
from sas.accounts.administration.filters import Filter
from sas.accounts.administration.queries import Access, Row, access_of, accesses, accounts_counted, accounts_exported
from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.directory.models import Territory
from sas.directory.territories import target_of
from sas.web import audit

TARGET = "comptes"


@transaction.atomic
def export_accounts(*, wanted: Filter, by: User, at: datetime) -> Iterator[Row]:
    """The accounts that the filter finds among those that `by` administers, read as they are sent. The line keeps the
    filter, and how many there were at that instant."""
    after = wanted.values() | {"count": accounts_counted(by, wanted, now=at)}
    audit.record("export_accounts", by=by.audit_label, at=at, target=TARGET, after=after)
    return accounts_exported(by, wanted, now=at)


@transaction.atomic
def export_access(*, code: str, by: User, at: datetime) -> tuple[Territory, Iterator[Access]]:
    """Who has access to what on this territory, and the territory; `Http404` when `by` does not administer it."""
    territory = territory_for(by, code, Permission.MANAGE_ACCOUNTS)
    found = access_of(territory)
    after = {"count": found.count()}
    audit.record("export_access", by=by.audit_label, at=at, target=target_of(territory), after=after)
    return territory, accesses(found)
