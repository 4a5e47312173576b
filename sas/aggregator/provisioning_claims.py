"""Taking rows to deliver: who holds one, for how long, how many travel to one editor at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from sas.aggregator.engine.editors import LONGEST_TIMEOUT, EditorConfig
from sas.aggregator.models import AccountLane, Editor, EditorAccount
from sas.aggregator.provisioning_facts import people, situation_of
from sas.aggregator.provisioning_rules import Act, Decision, Person, decide, digest, room, state_of

LEASE = timedelta(seconds=60)
"""How long a claim holds: longer than an errand can last. Past it, its worker is taken for dead."""

LATER = timedelta(minutes=1)
MOST_AT_ONCE = 4
"""Accounts that travel to one editor at once, from all workers together; fewer where the editor takes fewer calls."""

State, Trouble = EditorAccount.State, EditorAccount.Trouble


@dataclass(frozen=True, slots=True)
class Errand:
    """One row in hand since `claimed_at`, and what to tell. `unsure_before`: what was uncertain before this errand."""

    row: int
    account: int
    config: EditorConfig
    decision: Decision
    person: Person
    unsure_before: tuple[str, ...]
    claimed_at: datetime


@transaction.atomic
def claim(editor_id: int, *, account: int | None = None, at: datetime) -> list[Errand]:
    """Take what is due at this editor (of one account, or of all), withdrawals first, as many as may travel now.

    Rows that need no call are settled here. The lane is locked: counts of what travels are then exact.
    """
    editor = Editor.objects.filter(pk=editor_id, is_active=True).first()
    if editor is None:
        return []
    AccountLane.objects.get_or_create(editor=editor)
    lane = AccountLane.objects.select_for_update(of=("self",)).get(editor=editor)
    if lane.paused_until and lane.paused_until > at:
        return []
    # `next_try_at` is never null on a row that travels: said again for the index.
    travelling = EditorAccount.objects.filter(editor=editor, next_try_at__isnull=False, in_flight_since__gt=at - LEASE)
    free = room(min(editor.max_concurrency, MOST_AT_ONCE), lane.failures, travelling.count())
    if not free:
        return []
    rows = list(_ready(editor, at, account).select_for_update(of=("self",), no_key=True, skip_locked=True)[:free])
    found = people(row.account_id for row in rows)
    errands = (_taken(row, editor, found[row.account_id], at) for row in rows)
    return [errand for errand in errands if errand is not None]


def due(at: datetime) -> QuerySet[EditorAccount]:
    """Rows whose time has come, which nobody holds, at editors that may be told of them."""
    held = Q(in_flight_since__gt=at - LEASE)
    told = Q(editor__is_active=True) & (Q(editor__stage__in=Editor.ASKABLE) | Q(state=State.TO_WITHDRAW))
    return EditorAccount.objects.filter(told, next_try_at__lte=at).exclude(held)


def _ready(editor: Editor, at: datetime, account: int | None) -> QuerySet[EditorAccount]:
    leaving = EditorAccount.objects.filter(editor=OuterRef("editor"), state=State.TO_WITHDRAW)
    leaving = leaving.exclude(account=OuterRef("account"))
    first = Case(When(state=State.TO_WITHDRAW, then=Value(0)), default=Value(1))
    rows = due(at).filter(editor=editor).annotate(first=first)
    rows = rows.annotate(
        leaving=Exists(leaving.filter(Q(sent_value=OuterRef("account__national_id"))))  # rule 3 of interop.md §1.4.3
    )
    if account is not None:
        rows = rows.filter(account=account)
    return rows.order_by("first", "next_try_at", "pk")


def _taken(row: EditorAccount, editor: Editor, person: Person, at: datetime) -> Errand | None:
    """The errand of a row that needs a call, written down before it; None when the row is settled without."""
    now = situation_of(row, editor, person, leaving=row.leaving)  # type: ignore[attr-defined]  # annotated in _ready
    decision = decide(now)
    if not decision.bodies:
        _settled(row, decision, state_of(now), person, at)
        return None
    before = tuple(row.unsure)
    told = (str(account.identifier) for _, account in decision.bodies)
    # What is uncertain until the answer: under each of these the editor may know the account.
    row.unsure = list(dict.fromkeys((*before, *told)))
    row.in_flight_since = row.tried_at = at
    row.save(update_fields=["unsure", "in_flight_since", "tried_at"])
    return Errand(row.pk, row.account_id, config_of(editor), decision, person, before, at)


def _settled(row: EditorAccount, decision: Decision, state: str, person: Person, at: datetime) -> None:
    if decision.act is Act.WAIT:
        row.next_try_at, row.last_error = at + LATER, decision.reason
    elif decision.act is Act.BLOCK:
        row.state, row.trouble, row.last_error = State.IN_ERROR, Trouble.INCOMPLETE, decision.reason
        row.refused_facts, row.next_try_at, row.changed_at = digest(person.wanted), None, at
    else:
        row.state, row.next_try_at, row.last_error, row.changed_at = state, None, "", at
    row.in_flight_since = None
    row.save()


def config_of(editor: Editor) -> EditorConfig:
    """How to call it: the endpoint of its slots (interop.md §1.0), with the guide's deadline for a write, whatever a
    shorter one is worth to searches."""
    return EditorConfig(
        key=editor.key,
        name=editor.name,
        base_url=editor.base_url,
        timeout=min(LONGEST_TIMEOUT, settings.SAS_EDITOR_TIMEOUT),
        max_concurrency=editor.max_concurrency,
    )
