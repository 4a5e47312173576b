"""Writes of operators: failed jobs of a task tried again, codes of the day made and revoked."""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from sas.accounts.models import BreakGlassCode
from sas.accounts.operations.break_glass import MOST, SheetLine, regulating_on, regulating_with, sheet_lines
from sas.accounts.own.break_glass import make_break_glass_codes
from sas.directory.models import Territory
from sas.web import audit
from sas.web.jobs import job_manager

AT_ONCE = 200
"""Jobs given back by one press: what a worker does in a minute or two, so that one sees whether the cause is gone."""


class CodesRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """No code is made; the message (French) says why and what to do."""


@transaction.atomic
def retry_task(*, task: str, by: str, at: datetime) -> tuple[int, int]:
    """Run again, now, the failed jobs of a task, the oldest first, `AT_ONCE` at most: how many, and how many are left.

    Jobs that somebody else is giving back meanwhile are left to them.
    """
    failed = ProcrastinateJob.objects.filter(task_name=task, status="failed")
    locked = failed.select_for_update(of=("self",), no_key=True, skip_locked=True)
    chosen = list(locked.order_by("id").values_list("id", flat=True)[:AT_ONCE])
    manager = job_manager()
    for job in chosen:
        manager.retry_job_by_id(job, retry_at=at)
    if chosen:
        audit.record("retry_task", by=by, at=at, target=f"tâches {task}", after={"task": task, "count": len(chosen)})
    return len(chosen), failed.count()


@transaction.atomic
def make_sheet(*, territory: Territory | None, email: str, day: date, by: str, at: datetime) -> list[SheetLine]:
    """Codes for the regulators of a territory, or for the one who has this address.

    The codes are known to the caller only. Raises `CodesRefused`.
    """
    chosen = regulating_on(territory, day) if territory else regulating_with(email, day)
    if len(chosen) > MOST:
        raise CodesRefused(f"Plus de {MOST} personnes : faites les codes une personne à la fois.")
    if not chosen and territory:
        raise CodesRefused("Aucun compte actif de régulation, avec une adresse électronique, sur ce territoire.")
    if not chosen:
        raise CodesRefused("Cette adresse n’est pas celle d’un compte actif de régulation ce jour-là.")
    return sheet_lines(make_break_glass_codes(users=chosen, day=day, by=by, at=at))


@transaction.atomic
def revoke_break_glass_codes(*, codes: Collection[int] | None, by: str, at: datetime) -> int:
    """Revoke these codes, or (`None`) all those whose day is not over; used ones stay as they are. Returns how many."""
    unused = BreakGlassCode.objects.filter(used_at=None, revoked_at=None, valid_until__gt=at)
    if codes is not None:
        unused = unused.filter(pk__in=codes)
    chosen = list(unused.select_for_update(of=("self",)).order_by("pk").values_list("pk", "user_id"))
    if not chosen:
        return 0
    BreakGlassCode.objects.filter(pk__in=[pk for pk, _ in chosen]).update(revoked_at=at)
    after = {"accounts": sorted({user for _, user in chosen}), "count": len(chosen)}
    target = f"compte {chosen[0][1]}" if len(chosen) == 1 else "codes de secours"
    audit.record("revoke_break_glass_codes", by=by, at=at, target=target, after=after)
    return len(chosen)
