"""A line of a list: one orientation in words, and what may be done to it there. Two queries for a page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from sas.agenda.calendar.words import near_day_text
from sas.lrm.models import Message
from sas.lrm.outbox import standing_of
from sas.lrm.wording import standing_text
from sas.orientation import wording
from sas.orientation.lists.attention import ANSWERS, LOST
from sas.orientation.models import Orientation, OrientationEvent
from sas.orientation.rules import (
    ASIDE,
    LIVE,
    REASONS,
    UNDO,
    Act,
    Actor,
    Happening,
    LastAct,
    Reason,
    State,
    is_to_confirm,
    verdict,
)

ACTS: Mapping[Act, str] = {
    Act.CONFIRM: "Confirmer",
    Act.HONOUR: "Honorée",
    Act.MISS: "Non honorée",
}
"""The words of their buttons; to cancel asks for a reason, to undo has its own place."""

OF_REGULATORS = (Reason.TAKEN, Reason.DECLINED, Reason.UNREACHABLE, Reason.MISTAKE)
OF_EFFECTORS = (Reason.DECLINED, Reason.UNREACHABLE, Reason.MISTAKE)
NAMED_LATER = (Orientation.Path.OVERBOOKING, Orientation.Path.AGENDA)

TONES = {State.PENDING: "info", State.BOOKED: "success", State.FULFILLED: "success", State.CANCELLED: "warning"}


@dataclass(frozen=True, slots=True)
class Line:
    """`when` and `day`: of the appointment, empty for advice; `made`: when it was recorded; `how`: path, way, modality;
    `named`: what tells it from the others when a button is read out. `standing`: how far the LRM was told, empty when
    nobody is to be. `watch`: why it has to be followed, if it has. `acts`: value and words of each button. `reasons`:
    those of a cancellation, none when it cannot be. `undo`: for how many
    seconds who reads may take back what they have just done.
    """

    row: Orientation
    who: str
    when: str
    day: str
    made: str
    how: str
    named: str
    state: str
    tone: str
    reason: str
    standing: str
    watch: tuple[str, ...]
    acts: tuple[tuple[Act, str], ...]
    reasons: tuple[tuple[Reason, str], ...]
    undo: int
    text: str

    @property
    def where(self) -> str:
        """The address, or what stands for it."""
        return wording.place_text(self.row)

    @property
    def to_name(self) -> bool:
        """Whether a structure received the patient, and has not said which of its doctors will see them."""
        return not self.row.practitioner_id and self.row.path in NAMED_LATER and self.row.state in LIVE

    @property
    def sender(self) -> str:
        """From where the patient comes, for whoever receives them: never a person."""
        if self.row.outside_search and self.row.editor:
            return f"Pris chez {self.row.editor.name} par la régulation"
        return f"Adressé par la régulation{f', {self.row.territory.label}' if self.row.territory else ''}"

    @property
    def url(self) -> str:
        """Its own page."""
        return reverse("orientation_panels:orientation", args=[self.row.uuid])


def lines_of(rows: Iterable[Orientation], *, actor: Actor, now: datetime) -> list[Line]:
    """These orientations as `actor` reads them now."""
    listed = list(rows)
    events = _events(listed)
    told = standing_of([row.uuid for row in listed]) if actor is Actor.REGULATOR else {}
    return [_line(row, events.get(row.pk, []), told.get(row.uuid), actor, now) for row in listed]


def _line(
    row: Orientation, events: Sequence[OrientationEvent], message: Message | None, actor: Actor, now: datetime
) -> Line:
    late = is_to_confirm(row.state, row.expected_at, now)
    clock = row.territory.timezone if row.territory else settings.TIME_ZONE
    who, when = wording.who_text(row), wording.when_text(row, now, clock if actor is Actor.REGULATOR else "")
    return Line(
        row=row,
        who=who,
        when=when,
        day=_day(row.starts_at, row.timezone, now),
        made=f"{_day(row.created_at, clock, now)} à {wording.time_text(row.created_at.astimezone(ZoneInfo(clock)))}",
        how=_how(row),
        named=f"{who}, {when}" if when else who,
        state=wording.state_words(row, now),
        tone="new" if late else TONES.get(State(row.state), "error"),
        reason=wording.reason_words(row.reason),
        standing=standing_text(message, settings.SAS_HUB.enabled) if message else "",
        watch=tuple(_watch(row, events, message, late, now)),
        acts=tuple((act, words) for act, words in ACTS.items() if _may(row, act, actor, now)),
        reasons=_reasons(row, actor) if _may(row, Act.CANCEL, actor, now) else (),
        undo=_undo_left(row, events, actor, now),
        text=wording.patient_text(row, now) if _is_to_be_said(row, now) and actor is Actor.REGULATOR else "",
    )


def _day(moment: datetime | None, zone: str, now: datetime) -> str:
    place = ZoneInfo(zone)
    return near_day_text(moment.astimezone(place).date(), now.astimezone(place).date()) if moment else ""


def _how(row: Orientation) -> str:
    """« créneau d’éditeur (Agenda Alpha) · CPTS · cabinet »."""
    path = row.get_path_display()
    if row.editor:
        path = f"{path} ({row.editor.name})"
    way = row.get_category_display() if row.category not in ("", Orientation.Category.PS) else ""
    parts = (path, way if way != path else "", wording.modality_text(row).lower())
    return " · ".join(part for part in parts if part)


def _may(row: Orientation, act: Act, actor: Actor, now: datetime) -> bool:
    """Whether the button is offered; the rules decide when it is pressed."""
    if row.path == Orientation.Path.ADVICE and act != Act.CANCEL:
        return False
    said = verdict(state=row.state, act=act, actor=actor, now=now, starts_at=row.starts_at)
    return said.after is not None and not said.done


def _undo_left(row: Orientation, events: Sequence[OrientationEvent], actor: Actor, now: datetime) -> int:
    """How long the side of who reads may come back on the latest thing that bears on the state; 0: not any more."""
    last = next((event for event in reversed(events) if event.act not in ASIDE), None)
    if last is None or last.act == Act.UNDO:
        return 0
    said = LastAct(last.act, last.detail.get("side", ""), last.before, last.at)
    if verdict(state=row.state, act=Act.UNDO, actor=actor, now=now, last=said).after is None:
        return 0
    return max(1, int((last.at + UNDO - now).total_seconds()))


def _reasons(row: Orientation, actor: Actor) -> tuple[tuple[Reason, str], ...]:
    offered: tuple[Reason, ...] = OF_REGULATORS if actor is Actor.REGULATOR else OF_EFFECTORS
    if row.path == Orientation.Path.ADVICE:
        offered = (Reason.MISTAKE,)
    if actor is Actor.REGULATOR and row.path == Orientation.Path.EDITOR:
        offered = (Reason.NOT_BOOKED, *offered)
    return tuple((reason, REASONS[reason]) for reason in offered)


def _watch(
    row: Orientation, events: Sequence[OrientationEvent], message: Message | None, late: bool, now: datetime
) -> Iterable[str]:
    if late:
        yield "L’éditeur n’a pas dit que le rendez-vous est pris : confirmez-le, ou annulez."
    if _is_coming(row, now) and _slot_changed(events):
        yield "Le créneau a changé dans l’agenda : appelez le cabinet."
    if message is not None and (message.needs_hand or message.state in LOST):
        yield "Le LRM n’a pas cette orientation : dites-la au SAMU de vive voix."


def _is_coming(row: Orientation, now: datetime) -> bool:
    return row.state in LIVE and row.starts_at is not None and row.starts_at >= now


def _is_to_be_said(row: Orientation, now: datetime) -> bool:
    """To the patient: an appointment that is taken. One that waits for its editor is none yet."""
    return row.state == State.BOOKED and _is_coming(row, now)


def _slot_changed(events: Sequence[OrientationEvent]) -> bool:
    for event in reversed(events):
        if event.act == Happening.SLOT_CHANGED:
            return True
        if event.act in ANSWERS:
            return False
    return False


def _events(rows: Sequence[Orientation]) -> dict[int, list[OrientationEvent]]:
    """Pk of each → what happened to it, in order."""
    found: dict[int, list[OrientationEvent]] = {}
    for event in OrientationEvent.objects.filter(orientation__in=[row.pk for row in rows]).order_by("pk"):
        found.setdefault(event.orientation_id, []).append(event)
    return found


def zone_or(name: str) -> ZoneInfo:
    """That zone; the country's when there is none."""
    return ZoneInfo(name or settings.TIME_ZONE)
