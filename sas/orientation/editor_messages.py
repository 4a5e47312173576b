"""What editors say of their bookings (INT_R03, interop.md §1.5), written once whatever is sent twice or at once.

An appointment is known by its editor and identifier: messages about the same one wait for each other (`lock`), before
anything is read. The first completes the orientation that its regulator opened, or makes one « prise hors recherche »;
the others follow it. What an editor says is kept even when we know neither the regulator nor the professional.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sas.accounts.models import User
from sas.aggregator.models import Editor
from sas.directory.models import Practitioner
from sas.fhir.appointments import AppointmentFacts
from sas.orientation import snapshots
from sas.orientation.asked import AppointmentConflict, Recorded
from sas.orientation.matching import completed_by, hold
from sas.orientation.message_context import Context, account_of, context_of
from sas.orientation.models import EditorAppointment, Orientation
from sas.orientation.recording import change, create, target, territory_of
from sas.orientation.rules import Actor, Happening, Reason, State, category_of
from sas.web import audit

OLDEST = timedelta(days=7)
"""`created` further back, or to come, is the error of a clock: it is then the time of reception."""

DUPLICATE = "Ce rendez-vous est déjà connu avec un autre contenu : envoyez ses changements par PUT."
SEVERAL = "Plusieurs rendez-vous portent cet identifiant : précisez son système (système|identifiant)."


@transaction.atomic
def record_appointment(*, facts: AppointmentFacts, body: dict, digest: str, editor: Editor, at: datetime) -> Recorded:
    """INT_R03 POST: completes the pending orientation it matches, or makes one « prise hors recherche ».

    Raises `AppointmentConflict`.
    """
    lock(editor, facts.value)
    context = context_of(facts, editor, at)
    if context.appointment_id is None:
        return _first(facts, context, body, digest, editor, at)
    known = EditorAppointment.objects.get(pk=context.appointment_id)
    if digest not in (known.digest, known.first_digest):  # the first one, sent again after a change: it was received
        raise AppointmentConflict("duplicate", DUPLICATE)
    return Recorded(known, "unchanged")


@transaction.atomic
def change_appointment(
    *, facts: AppointmentFacts, body: dict, digest: str, editor: Editor, system: str | None, value: str, at: datetime
) -> Recorded:
    """INT_R03 PUT on `system|value` (`system` None: any of this editor's): changes it, or makes it when unknown.

    Raises `AppointmentConflict`.
    """
    lock(editor, value)
    rows = EditorAppointment.objects.filter(editor=editor, value=value)
    found = list(rows.filter(system=system) if system is not None else rows)
    if len(found) > 1:
        raise AppointmentConflict("multiple-matches", SEVERAL)
    if not found:
        return _first(facts, context_of(facts, editor, at), body, digest, editor, at)
    (known,) = found
    if known.digest == digest:
        return Recorded(known, "unchanged")
    row = hold(known.orientation_id)
    known.body, known.digest, known.updated_at, known.version = body, digest, at, known.version + 1
    known.save(update_fields=["body", "digest", "updated_at", "version"])
    _follow(row, facts, editor, audited="change_appointment", at=at)
    return Recorded(known, "changed")


def lock(editor: Editor, value: str) -> None:
    """Messages about this identifier wait for one another until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [value, editor.pk])


def _first(
    facts: AppointmentFacts, context: Context, body: dict, digest: str, editor: Editor, at: datetime
) -> Recorded:
    row = None
    if context.practitioner is not None or not facts.practitioner:
        row = completed_by(
            editor=editor,
            regulator_id=context.regulator_id,
            practitioner=context.practitioner,
            starts_at=facts.starts_at,
            at=at,
        )
    made = EditorAppointment(
        editor=editor,
        system=facts.system,
        value=facts.value,
        body=body,
        digest=digest,
        first_digest=digest,
        received_at=at,
        updated_at=at,
    )
    if row is not None:
        made.orientation = _follow(row, facts, editor, audited="record_appointment", at=at)
        made.save(force_insert=True)
    else:
        columns = _outside(facts, context, editor, at)
        create(
            columns,
            act=Happening.TOLD,
            actor=Actor.EDITOR,
            audited="record_appointment",
            appointment=made,
            by=_by(editor),
            at=at,
        )
    return Recorded(made, "created")


def _follow(row: Orientation, facts: AppointmentFacts, editor: Editor, *, audited: str, at: datetime) -> Orientation:
    """The orientation as this message says it is: state, times, who receives, who sent when we did not know them."""
    reason = Reason.EDITOR if facts.status == State.CANCELLED else None
    wanted: dict[str, Any] = {
        "state": facts.status,
        "reason": reason.value if reason else "",
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "expected_at": None,
    }
    if row.state == facts.status:
        wanted["reason"] = row.reason
    wanted |= _who_receives(row, facts)
    if row.regulator is None and (operator := _operator(facts)) is not None:
        wanted |= {"regulator": operator, "operator_system": "", "operator_value": ""}
        wanted |= {"territory_id": row.territory_id or territory_of(operator)}
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        audit.record(audited, by=_by(editor), at=at, target=target(row))
        return row
    act, actor = Happening.EDITOR_MESSAGE, Actor.EDITOR
    return change(row, changed, act=act, actor=actor, audited=audited, reason=reason, by=_by(editor), at=at)


def _who_receives(row: Orientation, facts: AppointmentFacts) -> dict[str, Any]:
    """Another professional than the one we knew; an empty one says nothing."""
    if not facts.practitioner or (row.practitioner is not None and row.practitioner.national_id == facts.practitioner):
        return {}
    practitioner = _practitioner(facts)
    if practitioner is None:
        nobody = {"place_key": "", "address": "", "phone": "", "specialty": ""}
        return {"practitioner": None, "practitioner_name": _stranger(facts)} | nobody
    location = snapshots.location_at(practitioner.pk, row.place_key) if row.place_key else None
    columns = snapshots.of_person(practitioner, location or snapshots.only_location_of(practitioner.pk))
    if row.structure is not None and row.structure.kind in snapshots.THERE:
        columns |= {"address": row.address, "phone": row.phone, "timezone": row.timezone}
    return columns


def _outside(facts: AppointmentFacts, context: Context, editor: Editor, at: datetime) -> dict[str, Any]:
    """« Prise hors recherche »: what the message says, and what the directory knows of it."""
    columns = _as_known(facts, context, editor)
    if facts.category or context.is_tool:
        columns["category"] = facts.category or Orientation.Category.PDM.value
    regulator = User.objects.get(pk=context.regulator_id) if context.regulator_id else None
    territory = territory_of(regulator) if regulator else None
    columns |= {
        "path": Orientation.Path.LOCAL_TOOL if context.is_tool else Orientation.Path.EDITOR,
        "state": facts.status,
        "reason": Reason.EDITOR.value if facts.status == State.CANCELLED else "",
        "editor": editor,
        "starts_at": facts.starts_at,
        "ends_at": facts.ends_at,
        "outside_search": True,
        "regulator": regulator,
        "territory_id": territory or context.tool_territory_id,
    }
    if regulator is None:
        columns |= {"operator_system": facts.operator_system, "operator_value": facts.operator_value}
    if facts.created is not None and at - OLDEST <= facts.created <= at:
        columns["created_at"] = facts.created
    return columns


def _as_known(facts: AppointmentFacts, context: Context, editor: Editor) -> dict[str, Any]:
    if context.practitioner is None:
        given = {"practitioner_name": _stranger(facts)} if facts.practitioner else {}
        return given | {"category": _category_of_flows(editor) if not facts.practitioner else "PS"}
    if context.location is not None:
        return snapshots.of_location_by(context.location, context.way)
    way = context.way
    everywhere = way if way is not None and not way.place_keys else None
    known = snapshots.of_person(context.practitioner, None)
    return known | {"category": category_of(everywhere.via if everywhere else None)}


def _category_of_flows(editor: Editor) -> str:
    """Somebody whom the editor will name later: of SOS Médecins or of a CPTS, as far as its flows say."""
    for flow, category in ((Editor.Flow.SOS, "SOS"), (Editor.Flow.CPTS, "CPTS")):
        if flow in editor.flows:
            return category
    return "PS"


def _operator(facts: AppointmentFacts) -> User | None:
    """The account of that regulator, open or closed."""
    found = account_of(facts)
    return User.objects.get(pk=found) if found else None


def _practitioner(facts: AppointmentFacts) -> Practitioner | None:
    return Practitioner.objects.filter(national_id=facts.practitioner).first() if facts.practitioner else None


def _stranger(facts: AppointmentFacts) -> str:
    """Not in our directory: the identifier is all we can say of them."""
    return f"identifiant {facts.practitioner}"


def _by(editor: Editor) -> str:
    return f"éditeur {editor.key}"
