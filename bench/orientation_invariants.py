"""What is true of orientations whatever happened: asked of the rows, after races and after deaths."""

from collections import Counter
from uuid import UUID

from django.db.models import Count, F, Q

from sas.agenda.models import Use
from sas.lrm.envelopes import appointment_of
from sas.lrm.models import Message
from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from sas.orientation.telling import told_of
from sas.web.models import AuditLine


def broken() -> list[str]:
    """Every sentence that is not true of the database; none when all is well."""
    return [*capacities(), *histories(), *messages(), *appointments()]


def capacities() -> list[str]:
    """Places taken are those that the doctor said taken and those of orientations that are not cancelled."""
    live = Count("orientations", filter=~Q(orientations__state="cancelled"))
    wrong = Use.objects.annotate(live=live).exclude(taken=F("marked") + F("live"))
    return [f"use {use.pk}: {use.taken} taken, {use.marked} marked, {use.live} live" for use in wrong]


def histories() -> list[str]:
    """Each event leaves the state that the one before left, the last one the state of the row; each is audited."""
    found: list[str] = []
    state: dict[int, str] = {}
    for event in OrientationEvent.objects.order_by("pk"):
        if event.before != state.get(event.orientation_id, ""):
            found.append(f"event {event.pk} of {event.orientation_id}: from {event.before}, not from its state")
        state[event.orientation_id] = event.after
    found += [f"orientation {row.uuid}: {row.state}, not as its last event says"
              for row in Orientation.objects.all() if state.get(row.pk) != row.state]  # fmt: skip
    lines = Counter(AuditLine.objects.filter(target__startswith="orientation ").values_list("target", flat=True))
    events = Counter(
        f"orientation {uuid}" for uuid in OrientationEvent.objects.values_list("orientation__uuid", flat=True)
    )
    return found + [f"{name}: {count} events, {lines[name]} audit lines" for name, count in events.items()
                    if lines[name] < count]  # fmt: skip


def messages() -> list[str]:
    """Of what was reported the last message is the orientation as it is; ranks follow one another from the first."""
    found: list[str] = []
    last: dict[UUID, Message] = {}
    ranks: dict[tuple[UUID, int], int] = {}
    for message in Message.objects.select_related("lrm").order_by("pk"):
        known = ranks.get((message.subject, message.lrm_id), 0)
        if message.rank != known + 1:
            found.append(f"message {message.uuid}: rank {message.rank} after {known}")
        method = "UpdateAppointment" if known else "CreateAppointment"
        if message.payload["method"] != method:
            found.append(f"message {message.uuid}: {message.payload['method']} at rank {message.rank}")
        ranks[message.subject, message.lrm_id] = message.rank
        last[message.subject] = message
    reported = Orientation.objects.filter(reported_at__isnull=False)
    for row in reported.select_related("practitioner", "structure", "regulator"):
        if row.uuid not in last:
            found.append(f"orientation {row.uuid}: reported, without a message")
            continue
        message = last.pop(row.uuid)
        method, tells = message.payload["method"], message.lrm.tells_regulator
        if message.payload != appointment_of(told_of(row), method=method, tells_regulator=tells):
            found.append(f"orientation {row.uuid}: its last message says something else")
    return found + [f"message about {subject}: nobody reported it" for subject in last]


def appointments() -> list[str]:
    """Each says what its orientation says, unless somebody has acted since."""
    acts = OrientationEvent.objects.filter(act__in=["confirm", "honour", "miss", "cancel", "undo"])
    touched = set(acts.values_list("orientation_id", flat=True))
    return [
        f"appointment {row.value}: {row.body['status']}, its orientation is {row.orientation.state}"
        for row in EditorAppointment.objects.select_related("orientation")
        if row.body["status"] != row.orientation.state and row.orientation_id not in touched
    ]
