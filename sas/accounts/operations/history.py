"""One's own history: what a person did, what was done to them, without what belongs to others."""

from dataclasses import dataclass
from datetime import datetime

from sas.accounts.access import managed_accounts
from sas.accounts.models import User
from sas.accounts.operations.acts import sentence_of
from sas.accounts.operations.readable import Change, changes
from sas.accounts.operations.trail import account_id
from sas.accounts.permissions import Permission
from sas.web.audit_queries import AuditRow, history_of

THE_PLATFORM = "la plateforme"
SOMEBODY = "un autre compte"


@dataclass(frozen=True)
class HistoryLine:
    """`who` is « vous », another account without its name, or the platform; `about` is empty when it is oneself.

    The address is one's own: that of somebody else who acted is not shown.
    """

    at: datetime
    sentence: str
    who: str
    about: str
    address: str
    changes: list[Change]


@dataclass(frozen=True)
class HistoryPage:
    """Lines, and where the next page starts; empty on the last one."""

    lines: list[HistoryLine]
    next: str


def own_history(user: User, *, after: str = "") -> HistoryPage:
    """One page, newest first; a constant number of queries. Raises `InvalidCursorError`."""
    page = history_of(user.audit_label, after=after)
    names = _names(user, [row.target for row in page.rows if row.who == user.audit_label])
    return HistoryPage([_line(row, user.audit_label, names) for row in page.rows], page.next)


def _names(user: User, targets: list[str]) -> dict[str, str]:
    """Names of those whom `user` still administers; the others stay a number."""
    wanted = {pk for label in targets if (pk := account_id(label)) and pk != user.pk}
    if not wanted or not user.may(Permission.MANAGE_ACCOUNTS):
        return {}
    return {other.audit_label: str(other) for other in managed_accounts(user).filter(pk__in=wanted)}


def _line(row: AuditRow, label: str, names: dict[str, str]) -> HistoryLine:
    mine = row.who == label
    return HistoryLine(
        at=row.at,
        sentence=sentence_of(row.act),
        who="vous" if mine else (SOMEBODY if account_id(row.who) else THE_PLATFORM),
        about="" if row.target == label else names.get(row.target, row.target),
        address=row.address if mine else "",
        changes=changes(row.before, row.after, known=True) if row.target == label else [],
    )
