"""Regulators' accounts at editors: what asks for a delivery, and what people may press (INT_R02, platform.md §2.7).

Creation goes out when the regulator signs in, changes as they are made, both again each night; withdrawal at once. Rows
and jobs are written in the transaction of the fact, and no request ever waits for an editor.
"""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import transaction
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat

from sas.accounts.changes import Change
from sas.accounts.models import RoleGrant, User
from sas.aggregator.models import AccountLane, Editor, EditorAccount
from sas.aggregator.provisioning_claims import due
from sas.aggregator.provisioning_facts import people, situation_of
from sas.aggregator.provisioning_jobs import deliver_account, drain_editor
from sas.aggregator.provisioning_plan import Planned, plan, reopen, wake
from sas.aggregator.provisioning_record import BY
from sas.aggregator.provisioning_rules import HAVE_ACCOUNTS, WAITING, state_of
from sas.web import audit
from sas.web.jobs import Priority, defer

LOT = 250
"""Accounts of one transaction of the night: 10,000 rows at 40 editors, half a second."""

MOST_RETRIED = 5000
"""Rows that one press may try again: every regulator of the country at one editor."""

ACCEPTED = ("accepted_family", "accepted_given", "accepted_email", "accepted_active", "accepted_at")
State, Trouble = EditorAccount.State, EditorAccount.Trouble


class RetryRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """There is nothing to try again; the message (French) says why."""


@transaction.atomic
def on_change(change: Change, user: User, at: datetime) -> None:
    """Listens to `sas.accounts.changes`, in the transaction of the change: rows, and a job when something is due."""
    planned = plan([user.pk], at=at)
    if planned:
        after = {"change": str(change), "made": planned.made, "moved": planned.moved}
        audit.record("plan_editor_accounts", by=BY, at=at, target=user.audit_label, after=after)
    if wake(user.pk, at=at):
        leaves = EditorAccount.objects.filter(account=user, state=State.TO_WITHDRAW).exists()
        defer(deliver_account, {"account_id": user.pk}, priority=Priority.URGENT if leaves else Priority.NORMAL)


def catch_up(*, at: datetime) -> Planned:
    """The night's comparison of every account with what its editors accepted; a lot a transaction."""
    held = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=HAVE_ACCOUNTS)
    known = EditorAccount.objects.filter(account=OuterRef("pk"))
    concerned = User.objects.filter(Q(Exists(known)) | Q(Exists(held), is_active=True, last_login__isnull=False))
    accounts = list(concerned.order_by("pk").values_list("pk", flat=True))
    made = moved = 0
    for first in range(0, len(accounts), LOT):
        lot = _caught_up(accounts[first : first + LOT], at=at)
        made, moved = made + lot.made, moved + lot.moved
    return Planned(made, moved)


@transaction.atomic
def _caught_up(accounts: list[int], *, at: datetime) -> Planned:
    planned = plan(accounts, at=at, skip_locked=True)
    lot = Planned(planned.made, planned.moved + reopen(accounts, at=at))
    if lot:
        after = {"accounts": len(accounts), "made": lot.made, "moved": lot.moved}
        audit.record("catch_up_editor_accounts", by=BY, at=at, target="comptes chez les éditeurs", after=after)
    return lot


@transaction.atomic
def sweep(*, at: datetime) -> int:
    """Ask for a job for each editor where something is due and none waits; how many. What gives tries their next turn,
    and what finds the rows that a killed worker left."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # models: once the applications are loaded

    asked = ProcrastinateJob.objects.filter(task_name=drain_editor.name, status__in=("todo", "doing"))
    served = set(asked.values_list("args__editor_id", flat=True))
    rows = due(at).exclude(editor__account_lane__paused_until__gt=at).exclude(editor__in=served)
    leaving = Count("pk", filter=Q(state=State.TO_WITHDRAW))
    editors = rows.order_by("editor").values_list("editor").annotate(leaving=leaving)
    for editor, leave in editors:
        defer(drain_editor, {"editor_id": editor}, priority=Priority.URGENT if leave else None)
    return len(editors)


@transaction.atomic
def retry_one(*, row_id: int, by: str, at: datetime) -> EditorAccount:
    """Try again now a row in error, or one that waits for its next try. Raises `RetryRefused`."""
    locked = EditorAccount.objects.select_for_update(of=("self",), no_key=True).select_related("editor")
    row = locked.get(pk=row_id)
    if row.state != State.IN_ERROR and row.state not in WAITING:
        raise RetryRefused(f"Ce compte est {row.get_state_display()} chez {row.editor.name} : rien à relancer.")
    if not row.editor.is_active:
        raise RetryRefused(f"{row.editor.name} est désactivé : rien ne lui est envoyé tant qu’il l’est.")
    before = {"editor": row.editor.key, "state": row.state, "trouble": row.trouble}
    now = situation_of(row, row.editor, people([row.account_id])[row.account_id])
    state = state_of(now)
    waits = state in WAITING
    EditorAccount.objects.filter(pk=row.pk).update(**_opened(at), state=state, next_try_at=at if waits else None)
    _resume(row.editor, at)
    if waits:
        defer(deliver_account, {"account_id": row.account_id})
    after = {"editor": row.editor.key, "state": state}
    audit.record("retry_editor_account", by=by, at=at, target=f"compte {row.account_id}", before=before, after=after)
    return row


@transaction.atomic
def retry_editor(*, editor: Editor, accounts: QuerySet[User] | None, by: str, at: datetime) -> int:
    """Try again now what is in error at this editor, for these accounts (None: all); how many, `MOST_RETRIED` at most.

    Raises `RetryRefused` when there is nothing to try again, or nobody to tell.
    """
    if not editor.is_active:
        raise RetryRefused(f"{editor.name} est désactivé : rien ne lui est envoyé tant qu’il l’est.")
    rows = EditorAccount.objects.filter(editor=editor, state=State.IN_ERROR)
    if accounts is not None:
        rows = rows.filter(account__in=accounts)
    # Rows that somebody else is changing are left to them: a press must not wait for a delivery.
    locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
    chosen = list(locked.values_list("pk", flat=True)[:MOST_RETRIED])
    if not chosen:
        raise RetryRefused(f"Aucun compte en erreur chez {editor.name} : rechargez la page.")
    # Which of the three waiting states matters to readers only: the delivery decides from facts.
    waiting = Case(When(sent_value=None, then=Value(State.TO_CREATE)), default=Value(State.TO_UPDATE))
    EditorAccount.objects.filter(pk__in=chosen).update(**_opened(at), state=waiting, next_try_at=at)
    concerned = list(EditorAccount.objects.filter(pk__in=chosen).values_list("account", flat=True).distinct())
    plan(concerned, at=at, skip_locked=True)
    _resume(editor, at)
    defer(drain_editor, {"editor_id": editor.pk}, priority=Priority.NORMAL)
    audit.record("retry_editor", by=by, at=at, target=f"éditeur {editor.key}", after={"rows": len(chosen)})
    return len(chosen)


@transaction.atomic
def send_again(*, editor: Editor, by: str, at: datetime) -> int:
    """Tell this editor again of every account it should hold: it has lost them (a backup restored, a sandbox that
    starts anew). How many.

    What it accepted is no longer believed, so that each goes out as a PUT by its identifier, which is right whether
    the account is still there or not (docs/adr/0009). Accounts on their way out, or out already, are left as they are.
    """
    rows = EditorAccount.objects.filter(editor=editor, state=State.IN_ORDER)
    chosen = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    key = ArrayAppend(F("unsure"), Concat("sent_system", Value("|"), "sent_value", output_field=TextField()))
    forgotten = dict.fromkeys(("sent_system", "sent_value", *ACCEPTED), None)
    EditorAccount.objects.filter(pk__in=chosen).update(
        **_opened(at), **forgotten, unsure=key, state=State.TO_UPDATE, next_try_at=at
    )
    if chosen:
        _resume(editor, at)
        defer(drain_editor, {"editor_id": editor.pk}, priority=Priority.NORMAL)
        audit.record("send_again", by=by, at=at, target=f"éditeur {editor.key}", after={"rows": len(chosen)})
    return len(chosen)


class ArrayAppend(Func):
    """PostgreSQL's `array_append`: the array, and one more text at its end."""

    function = "array_append"
    template = "%(function)s(%(expressions)s)"
    output_field = ArrayField(TextField())


def _opened(at: datetime) -> dict[str, object]:
    return {"changed_at": at, "attempts": 0, "trouble": Trouble.NONE, "last_error": "", "refused_facts": ""}


def _resume(editor: Editor, at: datetime) -> None:
    """A press ends the pause of an editor: one account goes to see."""
    AccountLane.objects.filter(editor=editor, paused_until__gt=at).update(paused_until=at)
