"""How long lines of the audit trail are kept, and the only way to remove old ones.

Not a periodic job: the role of the web server and of its worker should not even hold the right to delete
(docs/operations.md). An operator runs `./run manage purge_audit` with the role that owns the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from sas.web import audit
from sas.web.models import AuditLine

SHORTEST = timedelta(days=180)
"""The database refuses to go below, whatever is asked (migration 0003)."""


class PurgeRefused(ValueError):  # noqa: N818 — an answer to the operator, not a fault
    """These lines are too recent to be removed; the message (French) says so."""


@dataclass(frozen=True)
class Retention:
    """Lines whose act is one of these are kept so long."""

    label: str
    acts: tuple[str, ...]
    kept: timedelta


RETENTIONS = (
    # Who entered and left: a year answers an inquiry (CNIL, recommendation on logs, 2021-122: six months to a year).
    Retention(
        "connexions", ("sign_in", "sign_out", "end_session", "end_other_sessions", "unlock_sign_in"), timedelta(365)
    ),
    Retention("envois", ("post_mail", "send_mail", "retry_mail", "purge_mails", "resume_lost_mails"), timedelta(365)),
    # Traces of the platform itself.
    Retention("tâches", ("retry_job",), timedelta(365)),
)
OTHERWISE = timedelta(5 * 365)
"""Rights, territories, participation, editors: who could do what when a payment or an accident is looked into."""


@transaction.atomic
def purge_audit(*, before: datetime, by: str, at: datetime, acts: Sequence[str] = (), but: Sequence[str] = ()) -> int:
    """Remove lines older than `before`, of these `acts` only, or of all acts `but` those; returns how many.

    Itself audited. Raises `PurgeRefused` for lines of less than 180 days.
    """
    if before > at - SHORTEST:
        raise PurgeRefused(f"Les lignes de moins de {SHORTEST.days} jours ne se purgent pas.")
    chosen = Q(act__in=acts) if acts else ~Q(act__in=but)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL sas.audit_purge = 'retention'")
        count, _ = AuditLine.objects.filter(chosen, at__lt=before).delete()
        cursor.execute("SET LOCAL sas.audit_purge = ''")
    after = {"before": before.isoformat(), "count": count, "acts": list(acts), "but": list(but)}
    audit.record("purge_audit", by=by, at=at, target="piste d’audit", after=after)
    return count


def due_for_purge(*, at: datetime) -> dict[str, int]:
    """How many lines have been kept long enough, by label; changes nothing."""
    counts = {r.label: AuditLine.objects.filter(act__in=r.acts, at__lt=at - r.kept).count() for r in RETENTIONS}
    return counts | {"autres": AuditLine.objects.exclude(act__in=_named()).filter(at__lt=at - OTHERWISE).count()}


def purge_by_retention(*, by: str, at: datetime) -> dict[str, int]:
    """Apply every retention; how many lines went, by label."""
    gone = {r.label: purge_audit(before=at - r.kept, by=by, at=at, acts=r.acts) for r in RETENTIONS}
    return gone | {"autres": purge_audit(before=at - OTHERWISE, by=by, at=at, but=_named())}


def _named() -> list[str]:
    return [act for retention in RETENTIONS for act in retention.acts]
