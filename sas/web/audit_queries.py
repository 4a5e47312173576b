"""Reads of the audit trail, newest first. By keyset: page 10,000 costs what page 1 does, and lines that arrive
meanwhile shift nothing."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from sas.web.http import give_connections_back
from sas.web.models import AuditLine

PAGE = 50
AT_ONCE = 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class AuditFilter:
    """What is looked for; empty means any. Labels are exact (« compte 12 »); `since` included, `until` excluded."""

    who: str = ""
    act: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def rows(self) -> "QuerySet[AuditLine]":
        """The lines it lets pass, unordered."""
        wanted = {
            "actor": self.who,
            "act": self.act,
            "target": self.target,
            "at__gte": self.since,
            "at__lt": self.until,
        }
        return AuditLine.objects.filter(**{name: value for name, value in wanted.items() if value})


@dataclass(frozen=True)
class AuditRow:
    """One line, as it is shown."""

    id: int
    at: datetime
    who: str
    role: str
    address: str
    act: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True)
class AuditPage:
    """Lines, and where the next page starts: give `next` back as `after`. Empty on the last one."""

    rows: list[AuditRow] = field(default_factory=list)
    next: str = ""


class InvalidCursorError(ValueError):
    """`after` is not what a page gave as `next`: start again from the first page."""


def audit_page(wanted: AuditFilter, *, after: str = "", size: int = PAGE) -> AuditPage:
    """One page, in one query. Raises `InvalidCursorError`."""
    return _page(_newest(wanted.rows(), after, size + 1), size)


def history_of(label: str, *, after: str = "", size: int = PAGE) -> AuditPage:
    """What a person did, and what was done to them, in two queries. Raises `InvalidCursorError`."""
    did = _newest(AuditLine.objects.filter(actor=label), after, size + 1)
    undergone = _newest(AuditLine.objects.filter(target=label).exclude(actor=label), after, size + 1)
    return _page(list(heapq.merge(did, undergone, key=lambda row: (row.at, row.id), reverse=True)), size)


def audit_lines(wanted: AuditFilter) -> Iterator[AuditRow]:
    """Every line, for an export: lot by lot, the connection given back between two, so that a slow download holds
    nothing. Lines written after it began are not in it."""
    after = ""
    while True:
        page = audit_page(wanted, after=after, size=AT_ONCE)
        give_connections_back()
        yield from page.rows
        if not page.next:
            return
        after = page.next


def acts() -> list[str]:
    """Every act that was ever recorded, for a list of choices: one step of the index an act, whatever the size."""
    found: list[str] = []
    last = ""
    while (
        act := AuditLine.objects.filter(act__gt=last).order_by("act").values_list("act", flat=True).first()
    ) is not None:
        found.append(act)
        last = act
    return found


def _newest(rows: "QuerySet[AuditLine]", after: str, size: int) -> list[AuditRow]:
    if after:
        at, pk = _read_cursor(after)
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    return [_row(line) for line in rows.order_by("-at", "-pk")[:size]]


def _page(rows: list[AuditRow], size: int) -> AuditPage:
    if len(rows) <= size:
        return AuditPage(rows)
    return AuditPage(rows[:size], _cursor(rows[size - 1]))


def _row(line: AuditLine) -> AuditRow:
    return AuditRow(
        id=line.pk,
        at=line.at,
        who=line.actor,
        role=line.role,
        address=line.address or "",
        act=line.act,
        target=line.target,
        before=line.before,
        after=line.after,
    )


def _cursor(row: AuditRow) -> str:
    return f"{(row.at - EPOCH) // MICROSECOND}-{row.id}"


def _read_cursor(text: str) -> tuple[datetime, int]:
    moment, _, pk = text.partition("-")
    try:
        if not (moment.isascii() and moment.isdecimal() and pk.isascii() and pk.isdecimal() and len(pk) < 19):
            raise InvalidCursorError(text[:60])
        return EPOCH + int(moment) * MICROSECOND, int(pk)
    except OverflowError:
        raise InvalidCursorError(text[:60]) from None
