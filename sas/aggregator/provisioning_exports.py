"""Accounts at editors as a file: asking for it is itself a line of the audit trail, written before anything is sent."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from sas.accounts.models import User
from sas.aggregator.provisioning_queries import AccountFilter, accounts_counted, accounts_exported
from sas.aggregator.provisioning_texts import explained
from sas.web import audit

COLUMNS = ("nom", "prénom", "adresse", "éditeur", "état", "depuis", "identifiant accepté", "accepté le", "message")
TARGET = "comptes chez les éditeurs"


@transaction.atomic
def export_editor_accounts(*, wanted: AccountFilter, by: User, at: datetime) -> Iterator[tuple[object, ...]]:
    """The lines of the file, of the accounts that `by` administers, read as they are sent. The line of the trail keeps
    the filter, and how many there were at that instant."""
    after = wanted.values() | {"count": accounts_counted(by, wanted)}
    audit.record("export_editor_accounts", by=by.audit_label, at=at, target=TARGET, after=after)
    return _lines(by, wanted, at)


def _lines(user: User, wanted: AccountFilter, now: datetime) -> Iterator[tuple[object, ...]]:
    for row in accounts_exported(user, wanted):
        person = row.account
        yield (
            *(person.family_name, person.given_name, person.email, row.editor.name, row.get_state_display()),
            *(row.changed_at, row.sent_value, row.accepted_at, explained(row, now=now)[0]),
        )
