"""The audit trail as administrators read it: found by a filter, in words, bounded in time and in number."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet

from sas.accounts.models import User
from sas.accounts.operations.acts import act_label
from sas.accounts.operations.readable import WORDS, Change, changes, raw
from sas.web import audit
from sas.web.audit_queries import AuditFilter, AuditPage, AuditRow, InvalidCursorError, audit_lines, audit_page
from sas.web.models import AuditLine

LABEL = "compte "
PATIENCE = 10_000
"""Milliseconds granted to one page. Who, act, target and dates have their index; the address has none, and a filter
that lets nearly nothing pass reads what is between."""

MOST_EXPORTED = 100_000
HEADER = ("Date", "Qui", "Nom", "Rôles", "Adresse", "Acte", "En français", "Objet", "Nom de l’objet", "Avant", "Après")
CUT = f"Export arrêté à {MOST_EXPORTED} lignes : précisez les dates."


class TooWideError(Exception):
    """The filter asks for too long a reading: the message (French) says what to do."""


@dataclass(frozen=True)
class TrailFilter(AuditFilter):
    """The same, and from which address."""

    address: str = ""

    def rows(self) -> "QuerySet[AuditLine]":
        """The lines it lets pass, unordered."""
        found = super().rows()
        return found.filter(address=self.address) if self.address else found


@dataclass(frozen=True)
class TrailLine:
    """A line in words. Names are those that accounts have now; empty for what is not an account."""

    row: AuditRow
    who_name: str
    target_name: str
    role: str
    act: str
    changes: list[Change]
    raw: str


@dataclass(frozen=True)
class TrailPage:
    """Lines, and where the next page starts; empty on the last one."""

    lines: list[TrailLine]
    next: str


def trail_page(wanted: TrailFilter, *, after: str = "") -> TrailPage:
    """One page; two queries and their time limit. Raises `TooWideError`, and `InvalidCursorError`."""
    page, refused = AuditPage(), None
    with _patience():
        try:
            page = audit_page(wanted, after=after)
        except InvalidCursorError as error:  # not a reason to undo anything
            refused = error
    if refused:
        raise refused
    names = names_of(page.rows)
    return TrailPage([_line(row, names) for row in page.rows], page.next)


@contextmanager
def _patience() -> Iterator[None]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE:d}")
            yield
            cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        raise TooWideError(
            "La recherche a été arrêtée après 10 s : précisez des dates, une personne ou un acte."
        ) from None


def names_of(rows: Iterable[AuditRow]) -> dict[str, str]:
    """Names of the accounts that these lines tell of, by label; one query."""
    labels = {label for row in rows for label in (row.who, row.target)}
    return {user.audit_label: str(user) for user in User.objects.filter(pk__in=filter(None, map(account_id, labels)))}


def account_id(label: str) -> int:
    """The account that a label names; 0 when it names something else."""
    number = label.removeprefix(LABEL)
    plain = label.startswith(LABEL) and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if plain else 0


def _line(row: AuditRow, names: dict[str, str]) -> TrailLine:
    kept = raw({"avant": row.before, "après": row.after})
    return TrailLine(
        row=row,
        who_name=names.get(row.who, ""),
        target_name=names.get(row.target, "") if row.target != row.who else "",
        role=", ".join(WORDS["role"].get(each, each) for each in row.role.split(", ")),
        act=act_label(row.act),
        changes=changes(row.before, row.after),
        raw=kept if row.before is not None or row.after is not None else "",
    )


def label_of(typed: str) -> str | None:
    """The label that the trail uses for what somebody typed: an address, a number, or a label; `None` for an address
    that no account has."""
    if "@" in typed:
        user = User.objects.filter(email__iexact=typed).only("pk").first()
        return user.audit_label if user else None
    return f"{LABEL}{int(typed)}" if typed.isascii() and typed.isdecimal() and len(typed) < 19 else typed


def export_trail(wanted: TrailFilter, *, by: str, at: datetime) -> Iterator[Sequence[object]]:
    """The rows of the file, read as they are sent; asking for it is itself a line of the trail.

    Lines written after `at` are not in it. Raises `TooWideError` before anything is sent.
    """
    with _patience():
        audit_page(wanted, size=1)
    after = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(wanted).items()
    }
    with transaction.atomic():
        audit.record("export_audit", by=by, at=at, target="piste d’audit", after={k: v for k, v in after.items() if v})
    bounded = wanted if wanted.until and wanted.until < at else TrailFilter(**{**asdict(wanted), "until": at})
    return _exported(bounded)


def _exported(wanted: TrailFilter) -> Iterator[Sequence[object]]:
    lines = audit_lines(wanted)
    sent = 0
    while lot := list(islice(lines, min(1000, MOST_EXPORTED - sent))):
        names = names_of(lot)
        yield from (_cells(row, names) for row in lot)
        sent += len(lot)
    if sent >= MOST_EXPORTED and next(lines, None) is not None:
        yield (CUT,)


def _cells(row: AuditRow, names: dict[str, str]) -> Sequence[object]:
    return (
        row.at,
        row.who,
        names.get(row.who, ""),
        row.role,
        row.address,
        row.act,
        act_label(row.act),
        row.target,
        names.get(row.target, ""),
        "" if row.before is None else raw(row.before),
        "" if row.after is None else raw(row.after),
    )
