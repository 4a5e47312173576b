"""What became of an orientation, as who made it reads it: the sentence for the patient, its state, what may be done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from sas.agenda.calendar.words import near_day_text
from sas.directory.rules import phone_text
from sas.lrm.models import Message
from sas.lrm.outbox import standing_of
from sas.orientation.lists.lines import Line, lines_of
from sas.orientation.models import Orientation
from sas.orientation.panels import times
from sas.orientation.panels.calls import clock_of, doctors_of
from sas.orientation.queries import events_of
from sas.orientation.rules import LIVE, UNDO, Actor
from sas.orientation.wording import (
    event_words,
    modality_text,
    patient_text,
    place_text,
    reason_words,
    state_words,
    time_text,
    when_text,
    who_text,
)

FOLLOWED = timedelta(minutes=2)
"""How long a page asks again what became of it."""

ON_ITS_WAY = (Message.State.WAITING, Message.State.PUBLISHED)


@dataclass(frozen=True)
class State:
    """`words`: « confirmée ». `standing`: how far the LRM was told. `moves`: it may change by itself within seconds.
    `mark`: another one is another state."""

    words: str
    tone: str
    reason: str
    standing: str
    watch: tuple[str, ...]
    moves: bool
    mark: str


def state_of(row: Orientation, line: Line, now: datetime) -> State:
    """As it is now."""
    message = standing_of([row.uuid]).get(row.uuid) if line.standing else None
    waits = row.state == Orientation.State.PENDING or (message is not None and message.state in ON_ITS_WAY)
    words = state_words(row, now)
    said = "|".join((words, line.standing, *line.watch))
    return State(
        words=words,
        tone=line.tone,
        reason=reason_words(row.reason),
        standing=line.standing,
        watch=line.watch,
        moves=waits and now - row.created_at <= FOLLOWED,
        mark=sha256(said.encode()).hexdigest()[:12],
    )


def page_of(row: Orientation, now: datetime) -> dict[str, Any]:
    """Everything that the panel of an orientation shows to who made it."""
    (line,) = lines_of([row], actor=Actor.REGULATOR, now=now)
    is_live = row.state in LIVE
    en_sus = row.path == Orientation.Path.OVERBOOKING and is_live
    # Whose doctor is still to be named: the structure says it afterwards.
    unnamed = is_live and row.structure is not None and row.practitioner_id is None and row.path in _NAMED_LATER
    return {
        "row": row,
        "line": line,
        "state": state_of(row, line, now),
        "who": who_text(row),
        "when": when_text(row, now),
        "place": place_text(row),
        "modality": modality_text(row),
        "phone": phone_text(row.phone) if row.phone else "",
        # Nobody is told of an appointment that is not taken yet.
        "patient": patient_text(row, now) if row.state == Orientation.State.BOOKED else "",
        "events": [(_moment(event.at, row, now), event_words(event)) for event in events_of(row)],
        "undo_for": _undo_left(row, now) if line.undo else 0,
        "doctors": doctors_of(row.structure, now) if unnamed and row.structure else (),
        "days": times.days_of(now, row.timezone) if en_sus else (),
        "time": _wall(row) if en_sus else {},
        "clock": clock_of(row.timezone),
    }


_NAMED_LATER = (Orientation.Path.OVERBOOKING, Orientation.Path.AGENDA)


def _undo_left(row: Orientation, now: datetime) -> int:
    """Seconds for which the last act can be undone."""
    return max(1, round((row.state_since + UNDO - now).total_seconds()))


def _wall(row: Orientation) -> dict[str, str]:
    """When it is, by the clock there, as a form has it."""
    if row.starts_at is None:
        return {}
    there = row.starts_at.astimezone(ZoneInfo(row.timezone))
    minutes = round((row.ends_at - row.starts_at).total_seconds() / 60) if row.ends_at else 0
    return {"jour": there.date().isoformat(), "heure": f"{there:%H:%M}", "duree": str(minutes or "")}


def _moment(at: datetime, row: Orientation, now: datetime) -> str:
    there = ZoneInfo(row.timezone)
    local = at.astimezone(there)
    return f"{near_day_text(local.date(), now.astimezone(there).date())} {time_text(local)}"
