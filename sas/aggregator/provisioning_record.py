"""What became of an errand, written down with what its editor is worth at the moment."""

from datetime import datetime, timedelta

from django.db import transaction

from sas.aggregator.engine.accounts_client import Kind, Reply
from sas.aggregator.models import AccountLane, Editor, EditorAccount
from sas.aggregator.provisioning_claims import Errand
from sas.aggregator.provisioning_facts import people, situation_of
from sas.aggregator.provisioning_rules import WAITING, digest, may_move, pause_after, state_of
from sas.web import audit
from sas.web.jobs import Backoff

TRIES = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=1), most=8)
"""About an hour, an editor on pause not counted; then it is seen, and the night tries again."""

BY = "tâche des comptes chez les éditeurs"
UNREADABLE = "Réponse illisible"

State, Trouble = EditorAccount.State, EditorAccount.Trouble


@transaction.atomic
def record(errand: Errand, reply: Reply, *, at: datetime) -> bool:
    """Write down `reply`; False when the claim was lost meanwhile: whoever holds the row now decides."""
    locked = EditorAccount.objects.select_for_update(of=("self",), no_key=True).select_related("editor")
    row = locked.filter(pk=errand.row, in_flight_since=errand.claimed_at).first()
    if row is None:
        return False
    # Read after the lock, in a statement of its own: an account closed while the call lasted is seen closed.
    person = people([row.account_id])[row.account_id]
    row.in_flight_since, row.last_status = None, reply.status
    if reply.kind is Kind.ACCEPTED:
        _accept(row, errand, reply, at)
    elif not reply.kind.possible:
        row.unsure = list(errand.unsure_before)
    target = state_of(situation_of(row, row.editor, person))
    unchanged = digest(person.wanted) == digest(errand.person.wanted)
    if reply.kind is Kind.ACCEPTED or not unchanged:
        _move(row, target, due=at, at=at)
    else:
        _fail(row, target, reply, digest(person.wanted), at)
    row.save()
    _note_lane(row.editor, reply, at)
    if row.state not in WAITING:
        after = {"editor": row.editor.key, "act": str(errand.decision.act), "state": row.state, "status": reply.status}
        audit.record("tell_editor", by=BY, at=at, target=f"compte {row.account_id}", after=after)
    return True


def _accept(row: EditorAccount, errand: Errand, reply: Reply, at: datetime) -> None:
    told = errand.decision.bodies[-1][1]
    row.sent_system, row.sent_value = told.identifier.system, told.identifier.value
    row.accepted_family, row.accepted_given, row.accepted_email = told.family, told.given, told.email
    row.accepted_active, row.accepted_at, row.unsure = told.active, at, []
    row.server_id = reply.server_id or row.server_id


def _move(row: EditorAccount, target: str, *, due: datetime, at: datetime) -> None:
    """Forget the difficulties: the editor accepted, or facts changed while it answered."""
    if not may_move(row.state, target):
        raise AssertionError(f"{row.state} → {target}")
    if row.state != target:
        row.state, row.changed_at = target, at
    row.next_try_at = due if target in WAITING else None
    row.attempts, row.trouble, row.last_error, row.refused_facts = 0, Trouble.NONE, "", ""


def _fail(row: EditorAccount, target: str, reply: Reply, facts: str, at: datetime) -> None:
    """Try again later, or leave it to be seen."""
    trouble = Trouble.NONE
    row.last_error = reply.detail or f"HTTP {reply.status}"
    if reply.kind is Kind.REFUSED:
        trouble = Trouble.REFUSED
    elif reply.kind is Kind.UNREADABLE:
        trouble, row.last_error = Trouble.UNREADABLE, f"{UNREADABLE} : {row.last_error}"[:500]
    else:
        row.attempts += 1
        if row.attempts >= TRIES.most:
            trouble = Trouble.SILENT
    if not trouble:
        row.state, row.next_try_at = target, at + TRIES.wait(row.attempts)
        return
    row.state, row.trouble, row.next_try_at, row.changed_at = State.IN_ERROR, trouble, None, at
    row.refused_facts = facts


def _note_lane(editor: Editor, reply: Reply, at: datetime) -> None:
    """An editor that answers, even to refuse, is alive; one that does not is left alone for a while."""
    lane = AccountLane.objects.select_for_update(of=("self",)).get(editor=editor)
    if reply.kind in (Kind.ACCEPTED, Kind.REFUSED):
        lane.failures, lane.paused_until = 0, None
        if reply.kind is Kind.ACCEPTED:
            lane.last_success_at = at
    else:
        lane.failures += reply.kind is not Kind.BUSY
        lane.last_failure_at = at
        wish = 30.0 if reply.kind is Kind.BUSY and reply.retry_after is None else reply.retry_after
        pause = pause_after(lane.failures, wish)
        lane.paused_until = at + pause if pause else lane.paused_until
    lane.save()
