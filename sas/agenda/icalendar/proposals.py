"""From the ranges of a file to what would be offered: créneaux or plages, previewed, then kept in one act."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from django.core import signing

from sas.agenda.icalendar.reading import MOST_LISTED, Reading, Refused, Span, Window
from sas.agenda.icalendar.rules import Piece, free_hours, on_steps, united
from sas.agenda.models import Series
from sas.agenda.sheets import SeriesSheet

MOST_OFFERS = 1000
SHORTEST = timedelta(minutes=10)
SALT = "sas.agenda.icalendar"
KEPT_SECONDS = 60 * 60
ALL_DAY = "journée entière : ouvrez plutôt des heures"
PAST_MIDNIGHT = "passe minuit : un créneau tient dans une journée"
FIVE = timedelta(minutes=5)


class Meaning(StrEnum):
    """What the events of the file are."""

    FREE = "free"
    BUSY = "busy"


class Shape(StrEnum):
    """What is offered in a range."""

    ONE = "one"
    SPLIT = "split"
    BAND = "band"


@dataclass(frozen=True, slots=True)
class Choices:
    """What is asked beside the file. `opens`, `closes`, `weekdays`: the hours that busy events are taken from."""

    meaning: Meaning
    shape: Shape
    modalities: tuple[str, ...]
    minutes: int | None = None
    capacity: int = 1
    opens: time = time(8)
    closes: time = time(19)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)

    @property
    def at_least(self) -> timedelta:
        """A shorter range offers nothing."""
        return timedelta(minutes=self.minutes) if self.shape == Shape.SPLIT and self.minutes else SHORTEST


@dataclass(frozen=True, slots=True)
class Day:
    """Ranges of one day. `count`: créneaux that they make."""

    day: date
    pieces: list[Piece]
    count: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be offered, day by day. `cut`: there was more than can be kept at once."""

    days: list[Day]
    count: int
    ranges: int
    cut: bool
    refused: list[Refused]
    refusals: int
    outside: int
    events: int
    sealed: str


class WorthlessError(ValueError):
    """A preview that is too old, or not ours; the message, in French, says what to do."""


def proposal_of(reading: Reading, choices: Choices, window: Window, *, about: str) -> Proposal:
    """The preview. `about`: whose agenda and which place; what is sealed is worth nothing for another."""
    pieces = _free(reading, choices) if choices.meaning == Meaning.FREE else _left(reading, choices, window)
    now = window.now.astimezone(window.zone).replace(tzinfo=None)
    ahead = [piece for piece in pieces if piece.start >= now and exists(piece, window.zone)]
    kept = ahead[:MOST_OFFERS]
    days = [
        Day(day, mine, sum(count_in(piece, choices) for piece in mine))
        for day, mine in ((day, list(group)) for day, group in groupby(kept, key=lambda piece: piece.start.date()))
    ]
    return Proposal(
        days=days,
        count=sum(day.count for day in days),
        ranges=len(kept),
        cut=len(ahead) > MOST_OFFERS,
        refused=reading.refused,
        refusals=reading.refusals,
        outside=reading.outside,
        events=reading.events,
        sealed=sealed(kept, choices, about=about),
    )


def _free(reading: Reading, choices: Choices) -> list[Piece]:
    """Events are availabilities. A reason is listed once for each event that gives none."""
    told: set[int] = {one.line for one in reading.refused}
    pieces = []
    for span in reading.spans:
        reason = _why_not(span)
        if reason and span.line not in told and len(told) < MOST_LISTED:
            told.add(span.line)
            reading.refuse(span.line, reason)
        if not reason and (piece := on_steps(span.piece)) and piece.end - piece.start >= choices.at_least:
            pieces.append(piece)
    return united(pieces)


def _why_not(span: Span) -> str:
    if span.all_day:
        return ALL_DAY
    return "" if span.piece.start.date() == span.piece.end.date() else PAST_MIDNIGHT


def _left(reading: Reading, choices: Choices, window: Window) -> list[Piece]:
    """Events are occupations: what they leave of the hours that were given."""
    days = [day for day in window.days if day.weekday() in choices.weekdays]
    busy = [span.piece for span in reading.spans if not span.free]
    return free_hours(days, choices.opens, choices.closes, busy, at_least=choices.at_least)


def exists(piece: Piece, zone: ZoneInfo) -> bool:
    """Both ends are hours of that day there: one that a spring night skips is none."""
    utc = ZoneInfo("UTC")
    return all(one.replace(tzinfo=zone).astimezone(utc).astimezone(zone).replace(tzinfo=None) == one for one in piece)


def count_in(piece: Piece, choices: Choices) -> int:
    """Créneaux that a range makes; a last piece that does not fit is left out."""
    if choices.shape != Shape.SPLIT or not choices.minutes:
        return 1
    return (piece.end - piece.start) // timedelta(minutes=choices.minutes)


def sealed(pieces: Sequence[Piece], choices: Choices, *, about: str) -> str:
    """The preview as the page carries it: signed, compact; nothing of the file but days and hours."""
    rows = [(piece.start.toordinal(), _fives(piece.start), (piece.end - piece.start) // FIVE) for piece in pieces]
    said = (str(choices.shape), choices.modalities, choices.minutes, choices.capacity)
    return signing.dumps((about, said, rows), salt=SALT, compress=True)


def opened(text: str, *, about: str, zone: ZoneInfo, now: datetime) -> list[SeriesSheet]:
    """The sheets of a preview, those that are still ahead. Raises `WorthlessError`."""
    again = "L’aperçu a plus d’une heure, ou vient d’une autre page : envoyez de nouveau le fichier."
    try:
        whose, (shape, modalities, minutes, capacity), rows = signing.loads(text, salt=SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        raise WorthlessError(again) from None
    if whose != about:
        raise WorthlessError(again)
    there = now.astimezone(zone).replace(tzinfo=None)
    sheets = []
    for day, start, length in rows:
        begins = datetime.combine(date.fromordinal(day), time()) + start * FIVE
        ends = begins + length * FIVE
        if begins >= there:
            sheets.append(
                SeriesSheet(
                    kind=Series.Kind.BAND if shape == Shape.BAND else Series.Kind.SLOT,
                    first_on=begins.date(),
                    starts_at=begins.time(),
                    ends_at=ends.time(),
                    modalities=tuple(modalities),
                    capacity=capacity if shape == Shape.BAND else 1,
                    split_minutes=minutes if shape == Shape.SPLIT else None,
                )
            )
    return sheets


def _fives(moment: datetime) -> int:
    return (moment.hour * 60 + moment.minute) // 5
