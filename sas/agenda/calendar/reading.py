"""What the pages of the agenda show: blocks of a week, of a day, the meter. Everything in words, nothing to
compute in a template."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from sas.agenda import queries
from sas.agenda.calendar import words
from sas.agenda.calendar.grid import Cell, Hours, cells, hours_shown
from sas.agenda.calendar.weeks import monday_of, week_text, write_week
from sas.agenda.queries import Occurrence
from sas.directory.calendar import holiday_name, region_of
from sas.participation.subjects import Subject, SubjectPlace, places_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Block:
    """One occurrence, or the pieces of one range together. `cell`: where it stands in the grid of a week."""

    occurrence: Occurrence
    day: date
    time: str
    what: str
    left: str
    state: str
    place: str
    modalities: tuple[tuple[str, str], ...]
    recurring: bool
    pieces: int
    is_full: bool
    is_hidden: bool
    is_over: bool
    may_take: bool
    may_free: bool
    edit_url: str
    minute: int
    cell: Cell | None = None

    @property
    def anchor(self) -> str:
        """Its id in the page, stable when the page is read again."""
        return f"{self.occurrence.id}"


@dataclass(frozen=True)
class DayColumn:
    """A day of a week. `note`: public holidays there. `lanes`: how many blocks stand side by side."""

    day: date
    heading: str
    note: str
    is_today: bool
    is_past: bool
    blocks: list[Block]
    lanes: int


@dataclass(frozen=True)
class WeekPage:
    """A week of a subject. `hours`: the labels of the grid; `places`: those of the filter, none when there is one."""

    monday: date
    title: str
    value: str
    before: str
    after: str
    is_this: bool
    days: list[DayColumn]
    hours: list[str]
    rows: int
    places: list[SubjectPlace]
    place: str | None

    @property
    def is_empty(self) -> bool:
        """Nothing is offered that week."""
        return not any(column.blocks for column in self.days)


@dataclass(frozen=True)
class DayPage:
    """A day of a subject, and the next ones a press away."""

    column: DayColumn
    chips: list[tuple[date, str, bool]]
    before: date
    after: date
    week: str


class Ids(TypedDict):
    """Whose agenda, as queries ask it."""

    practitioner_id: int | None
    structure_id: int | None


def ids_of(subject: Subject) -> Ids:
    """How queries name whose agenda it is."""
    return {
        "practitioner_id": subject.practitioner.pk if subject.practitioner else None,
        "structure_id": subject.structure.pk if subject.structure else None,
    }


def today_at(places: Sequence[SubjectPlace], now: datetime) -> date:
    """The day at the first place; where most of the country lives when there is none."""
    return now.astimezone(ZoneInfo(places[0].timezone if places else settings.TIME_ZONE)).date()


def import_url(subject: Subject) -> str:
    """Where an iCalendar file is imported; empty when that area is not installed."""
    try:
        return reverse("agenda_icalendar:import", args=[subject.key])
    except NoReverseMatch:
        return ""


def week_page(subject: Subject, monday: date | None, place: str | None, now: datetime) -> WeekPage:
    """The week of `monday` (none: this one), at one place (its key) or all of them."""
    places = places_of(subject)
    today = today_at(places, now)
    monday = monday or monday_of(today)
    found = queries.week_of(monday=monday, **ids_of(subject))
    wanted = [one for one in found if place is None or one.place_key == place]
    by_day: dict[date, list[Occurrence]] = {}
    for one in wanted:
        by_day.setdefault(one.on, []).append(one)
    hours = hours_shown([_clocks(one.start, one.end) for one in wanted])
    days = [monday + DAY * number for number in range(7)]
    return WeekPage(
        monday=monday,
        title=week_text(monday),
        value=write_week(monday),
        before=write_week(monday - 7 * DAY),
        after=write_week(monday + 7 * DAY),
        is_this=monday == monday_of(today),
        days=[_column(subject, day, by_day.get(day, []), places, now, today, hours) for day in days],
        hours=[f"{hour} h" for hour in range(hours.first, hours.last)],
        rows=(hours.last - hours.first) * 4,
        places=places if len(places) > 1 else [],
        place=place,
    )


def day_page(subject: Subject, day: date, now: datetime) -> DayPage:
    """That day, each piece of a range alone."""
    places = places_of(subject)
    today = today_at(places, now)
    found = list(queries.week_of(monday=day, days=1, **ids_of(subject)))
    ahead = [today + DAY * number for number in range(7)]
    return DayPage(
        column=_column(subject, day, found, places, now, today),
        chips=[(one, words.chip_text(one, today), one == day) for one in ahead],
        before=day - DAY,
        after=day + DAY,
        week=write_week(monday_of(day)),
    )


def next_days(subject: Subject, now: datetime, days: int = 3) -> list[DayColumn]:
    """From today, for the home page."""
    places = places_of(subject)
    today = today_at(places, now)
    found = queries.week_of(monday=today, days=days, **ids_of(subject))
    return [
        _column(subject, day, [one for one in found if one.on == day], places, now, today, together=True)
        for day in (today + DAY * number for number in range(days))
    ]


def _column(
    subject: Subject,
    day: date,
    found: list[Occurrence],
    places: Sequence[SubjectPlace],
    now: datetime,
    today: date,
    hours: Hours | None = None,
    *,
    together: bool = False,
) -> DayColumn:
    """One day. In a grid (`hours`), or when asked (`together`), the pieces of a range are one block."""
    labels = {place.key: place.label for place in places} if len(places) > 1 else {}
    groups = _together(found) if hours or together else [[one] for one in found]
    blocks = [_block(subject, group, labels, now) for group in groups]
    spots = cells([_clocks(group[0].start, group[-1].end) for group in groups], hours) if hours else []
    if spots:
        blocks = [replace(block, cell=cell) for block, cell in zip(blocks, spots, strict=True)]
    return DayColumn(
        day=day,
        heading=words.day_text(day, today) if hours is None else words.short_day_text(day),
        note=holidays_text(day, places),
        is_today=day == today,
        is_past=day < today,
        blocks=blocks,
        lanes=max((cell.lanes for cell in spots), default=1),
    )


def holidays_text(day: date, places: Iterable[SubjectPlace]) -> str:
    """The public holiday of that day at these places, named; empty when there is none."""
    names = {name for place in places if (name := holiday_name(day, region_of(place.department)))}
    return ", ".join(sorted(names))


def _together(found: Iterable[Occurrence]) -> list[list[Occurrence]]:
    """Pieces of one range together, anything else alone; by start."""
    groups: dict[tuple[object, ...], list[Occurrence]] = {}
    for one in found:
        groups.setdefault((one.series_id, one.on) if one.piece else (one.id,), []).append(one)
    return list(groups.values())


def _block(subject: Subject, group: Sequence[Occurrence], labels: Mapping[str, str], now: datetime) -> Block:
    first, last = group[0], group[-1]
    capacity, taken = sum(one.capacity for one in group), sum(one.taken for one in group)
    hidden = [one for one in group if one.hidden]
    address = {"key": subject.key, "pk": first.series_id, "day": first.on.isoformat()}
    open_still, alone = last.end > now, len(group) == 1
    return Block(
        occurrence=first,
        day=first.on,
        time=words.span_text(*_clocks(first.start, last.end)),
        what=_what(first, len(group)),
        left=words.left_text(capacity, taken) if alone else words.pieces_left_text(capacity, taken),
        state=_state(len(hidden), len(group), over=not open_still) or _said(group),
        place=labels.get(first.place_key, ""),
        modalities=tuple((words.LETTER[code], words.MODALITY[code]) for code in first.modalities),
        recurring=first.recurring,
        pieces=len(group),
        is_full=taken >= capacity,
        is_hidden=len(hidden) == len(group),
        is_over=not open_still,
        may_take=open_still and alone and taken < capacity,
        may_free=open_still and alone and first.marked > 0,
        edit_url=reverse("agenda:edit", kwargs=address),
        minute=int(first.start.timestamp()) // 60,
    )


def _what(one: Occurrence, pieces: int) -> str:
    if pieces > 1:
        minutes = round((one.end - one.start).total_seconds() / 60)
        return f"{pieces} créneaux de {words.duration_text(minutes)}"
    return "plage" if one.kind == "band" else "créneau"


def _state(hidden: int, pieces: int, *, over: bool) -> str:
    if over:
        return "passé"
    if not hidden:
        return ""
    return "masqué : indisponible" if hidden == pieces else "en partie masqué : indisponible"


def _said(group: Sequence[Occurrence]) -> str:
    """What the doctor did not mark themselves."""
    return "dit pris par la régulation" if any(one.gone for one in group) else ""


def _clocks(start: datetime, end: datetime) -> tuple[time, time]:
    return start.time(), end.time()
