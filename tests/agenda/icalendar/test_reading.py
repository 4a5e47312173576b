"""iCalendar files: what they say about time, what they may not cost, and what is never read of them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.agenda.icalendar.lines import NotACalendarError, read_lines
from sas.agenda.icalendar.proposals import Choices, Meaning, Shape, WorthlessError, opened, proposal_of
from sas.agenda.icalendar.reading import MOST_LISTED, Reading, Window, read_calendar
from sas.agenda.icalendar.rules import Piece, TooMuchError, on_steps, united, without

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 3, 16, 7, tzinfo=UTC)
"""A Monday, 8 h in Paris, two weeks before summer time."""
WINDOW = Window(PARIS, NOW)
FREE = Choices(Meaning.FREE, Shape.ONE, ("AMB",))
ABOUT = "810000000001 R1"


def wall(year: int, month: int, day: int) -> datetime:
    """A wall clock: what a place reads, without its zone."""
    return datetime.combine(date(year, month, day), time())


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event.strip()}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{body}END:VCALENDAR\r\n".replace("\n\n", "\n").encode()


def read(*events: str, head: str = "", window: Window = WINDOW) -> Reading:
    return read_calendar(calendar(*events, head=head), window)


def starts(reading: Reading) -> list[str]:
    return [f"{span.piece.start:%m-%d %H:%M}" for span in reading.spans]


def reasons(reading: Reading) -> list[str]:
    return [one.reason for one in reading.refused]


def weekly(rule: str, start: str = "TZID=Europe/Paris:20260316T090000", **more: str) -> str:
    lines = [f"DTSTART;{start}", "DURATION:PT1H", f"RRULE:{rule}", *(f"{name}:{value}" for name, value in more.items())]
    return "\r\n".join(lines)


# Zones.


def test_hours_without_a_zone_are_those_of_the_place() -> None:
    window = Window(ZoneInfo("Indian/Reunion"), NOW)
    reading = read("DTSTART:20260320T090000\nDTEND:20260320T100000", window=window)
    assert starts(reading) == ["03-20 09:00"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("DTSTART:20260320T090000Z", "03-20 10:00"),
        ("DTSTART;TZID=Europe/Paris:20260320T090000", "03-20 09:00"),
        ("DTSTART;TZID=America/Martinique:20260320T090000", "03-20 14:00"),
        ("DTSTART;TZID=Romance Standard Time:20260320T090000", "03-20 09:00"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Paris:20260320T090000", "03-20 09:00"),
        ('DTSTART;TZID="Europe/Paris":20260320T090000', "03-20 09:00"),
    ],
)
def test_a_zone_is_read_by_its_name_whoever_gives_it(start: str, expected: str) -> None:
    assert starts(read(f"{start}\nDURATION:PT30M")) == [expected]


def test_a_zone_that_the_file_invents_is_the_place_s_when_its_offsets_are() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Cabinet\r\nBEGIN:STANDARD\r\nTZOFFSETTO:{}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    event = "DTSTART;TZID=Cabinet:20260320T090000\nDURATION:PT30M"
    assert starts(read(event, head=zone.format("+0" + "100"))) == ["03-20 09:00"]
    assert reasons(read(event, head=zone.format("+0545"))) == ["fuseau horaire inconnu"]
    assert reasons(read(event)) == ["fuseau horaire inconnu"]


def test_a_weekly_hour_stays_the_same_hour_after_the_change() -> None:
    reading = read(weekly("FREQ=WEEKLY;COUNT=3", "TZID=Europe/Paris:20260322T080000"))
    assert starts(reading) == ["03-22 08:00", "03-29 08:00", "04-05 08:00"]


def test_an_hour_that_the_spring_night_skips_is_no_time() -> None:
    reading = read(weekly("FREQ=DAILY;COUNT=3", "TZID=Europe/Paris:20260328T023000"))
    assert starts(reading) == ["03-28 02:30", "03-30 02:30"]


# Recurrences.


def test_exceptions_and_moved_occurrences_leave_their_day() -> None:
    series = weekly("FREQ=WEEKLY;COUNT=4", UID="u1") + "\r\nEXDATE;TZID=Europe/Paris:20260323T090000"
    moved = "UID:u1\nRECURRENCE-ID;TZID=Europe/Paris:20260330T090000\nDTSTART:20260331T140000\nDURATION:PT1H"
    assert starts(read(series, moved)) == ["03-16 09:00", "03-31 14:00", "04-06 09:00"]


def test_added_dates_count_even_without_a_rule() -> None:
    reading = read("DTSTART:20260320T090000\nDURATION:PT1H\nRDATE:20260321T100000,20260322T110000")
    assert starts(reading) == ["03-20 09:00", "03-21 10:00", "03-22 11:00"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=SECONDLY", "plus fine que le jour"),
        ("FREQ=MINUTELY;COUNT=1000000000", "plus fine que le jour"),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2", "trop particulière"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "trop particulière"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "trop particulière"),
        ("FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "trop particulière"),
        ("FREQ=WEEKLY;INTERVAL=0", "trop particulière"),
        ("FREQ=WEEKLY;UNTIL=demain", "illisible"),
        ("n’importe quoi", "trop particulière"),
        ("", "trop particulière"),
    ],
)
def test_a_bomb_or_a_riddle_costs_its_event_only(rule: str, reason: str) -> None:
    reading = read(weekly(rule), "DTSTART:20260320T090000\nDURATION:PT1H")
    assert starts(reading) == ["03-20 09:00"]
    assert reason in reasons(reading)[0]
    assert reading.refused[0].line == 3


def test_a_last_day_without_an_hour_is_included() -> None:
    """RFC 5545 wants an hour there; libraries differ, and people mean the whole day."""
    reading = read(weekly("FREQ=DAILY;UNTIL=20260318"))
    assert starts(reading) == ["03-16 09:00", "03-17 09:00", "03-18 09:00"]


def test_a_count_of_a_billion_gives_the_weeks_of_the_window() -> None:
    assert len(read(weekly("FREQ=DAILY;COUNT=1000000000")).spans) == 56


def test_a_flood_of_dates_costs_its_event() -> None:
    flood = ",".join(["20260320T090000"] * 1100)
    assert "dates" in reasons(read(f"DTSTART:20260320T090000\nDURATION:PT1H\nRDATE:{flood}"))[0]
    many = "\r\n".join(f"RDATE:{','.join(['20260320T090000'] * 500)}" for _ in range(3))
    assert "1 000 dates" in reasons(read(f"DTSTART:20260320T090000\nDURATION:PT1H\n{many}"))[0]


def test_many_old_counted_rules_are_too_much_for_one_file() -> None:
    old = weekly("FREQ=DAILY;COUNT=999999", ":19910101T090000")
    with pytest.raises(TooMuchError, match="répétitions anciennes"):
        read(*[old] * 40)


def test_fifty_thousand_past_events_cost_nothing_but_their_reading() -> None:
    event = b"BEGIN:VEVENT\nDTSTART:20200101T090000\nDURATION:PT1H\nEND:VEVENT\n"
    with pytest.raises(TooMuchError, match="2 Mo"):
        read_calendar(b"BEGIN:VCALENDAR\n" + event * 50_000, WINDOW)
    kept = read_calendar(b"BEGIN:VCALENDAR\n" + event * 25_000, WINDOW)
    assert (kept.events, kept.outside, kept.spans) == (25_000, 25_000, [])


def test_more_ranges_than_an_agenda_has_are_refused_together() -> None:
    busy = "DTSTART:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY"
    with pytest.raises(TooMuchError, match="plus de 3000"):
        read(*[busy] * 60)


FREQUENCY = st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
DAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, max_size=4, unique=True)


@st.composite
def rules(draw: Any) -> str:
    frequency = draw(FREQUENCY)
    parts = [f"FREQ={frequency}"]
    interval = draw(st.integers(1, 6))
    days = draw(st.none() | DAYS) if frequency == "WEEKLY" or (frequency == "DAILY" and interval == 1) else None
    parts += [f"INTERVAL={interval}"] if interval > 1 else []
    parts += [f"BYDAY={','.join(days)}"] if days else []
    if frequency == "MONTHLY":
        parts += draw(st.sampled_from([[], ["BYDAY=2TU"], ["BYDAY=-1FR"], ["BYMONTHDAY=15,-2"]]))
    parts += draw(
        st.sampled_from([[], [], ["COUNT=7"], ["COUNT=300"], ["UNTIL=20260410T070000Z"], ["UNTIL=20260401T215959Z"]])
    )
    parts += draw(st.sampled_from([[], ["WKST=SU"]])) if frequency == "WEEKLY" else []
    return ";".join(parts)


@settings(max_examples=150, deadline=None)
@given(rule=rules(), first=st.datetimes(wall(2021, 1, 1), wall(2026, 4, 1)).map(lambda d: d.replace(microsecond=0)))
def test_recurrences_are_those_of_an_independent_library(rule: str, first: datetime) -> None:
    text = calendar(f"UID:u\nDTSTART;TZID=Europe/Paris:{first:%Y%m%dT%H%M%S}\nDURATION:PT20M\nRRULE:{rule}")
    mine = {span.piece.start for span in read_calendar(text, WINDOW).spans}
    query = recurring_ical_events.of(icalendar.Calendar.from_ical(text))
    theirs = set()
    for event in query.between(NOW, WINDOW.end):
        at = event["DTSTART"].dt
        if at.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) == at.replace(tzinfo=None) and at < WINDOW.end:
            theirs.add(at.replace(tzinfo=None))
    # RFC 5545 counts a first day that its own rule does not find; libraries differ, and a real agenda has none.
    assert mine ^ theirs <= {first}


# What is read, what is not.


def test_nothing_but_time_is_ever_kept_of_an_event() -> None:
    secret = "SUMMARY:DUPONT Jeanne\r\n  renouvellement\r\nDESCRIPTION;LANGUAGE=fr:DTSTART:19990101\r\n"
    raw = read_lines(calendar(f"{secret}DTSTART:20260320T090000\nDTEND:20260320T093000\nATTENDEE:x").decode())
    assert set(raw.events[0].properties) == {"DTSTART", "DTEND"}
    assert "DUPONT" not in repr(raw)


def test_alarms_inside_events_say_nothing_of_their_hours() -> None:
    alarm = "BEGIN:VALARM\r\nDTSTART:20260101T000000\r\nDURATION:PT5M\r\nEND:VALARM\r\n"
    reading = read(f"{alarm}DTSTART:20260320T090000\r\nDTEND:20260320T093000")
    assert [span.piece.end - span.piece.start for span in reading.spans] == [timedelta(minutes=30)]


@pytest.mark.parametrize("content", [b"", b"\0\1\2", b"PK\x03\x04", b"<html>", b"BEGIN:VCARD\nEND:VCARD"])
def test_what_is_no_calendar_says_what_to_send(content: bytes) -> None:
    with pytest.raises(NotACalendarError, match="Exporter"):
        read_calendar(content, WINDOW)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("DTEND:20260320T100000", "début absent"),
        ("DTSTART:20260320T090000", "fin absente"),
        ("DTSTART:20260320T090000\nDTEND:20260320T080000", "fin absente"),
        ("DTSTART:2026-03-20 09:00\nDURATION:PT1H", "illisible"),
        ("DTSTART:20261345T090000\nDURATION:PT1H", "illisible"),
        ("DTSTART:20260320T090000\nDURATION:1 heure", "durée illisible"),
        ("DTSTART:20260320T090000\nDURATION:P999999999W", "illisible"),
        ("DTSTART:20260320T090000\nDTEND:20270320T090000", "plus d’un mois"),
    ],
)
def test_a_bad_event_is_told_by_its_line_and_reason(event: str, reason: str) -> None:
    reading = read("DTSTART:20260320T090000\nDTEND:20260320T093000", event)
    assert len(reading.spans) == 1
    assert reason in reasons(reading)[0]
    assert reading.refused[0].line == 7


def test_cancelled_events_are_set_aside_and_refusals_are_listed_up_to_a_page() -> None:
    reading = read("STATUS:CANCELLED\nDTSTART:20260320T090000\nDURATION:PT1H", *["DTEND:x"] * 80)
    assert (reading.outside, reading.refusals, len(reading.refused)) == (1, 80, MOST_LISTED)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_garbage_inside_a_calendar_never_breaks_the_page(garbage: bytes) -> None:
    content = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART" + garbage + b"\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
    reading = read_calendar(content, WINDOW)
    assert all(span.piece.start < span.piece.end for span in reading.spans)


# Free time, busy time.

MINUTE = st.integers(0, 24 * 60)


def piece(start: int, length: int) -> Piece:
    begins = wall(2026, 3, 20) + timedelta(minutes=start)
    return Piece(begins, begins + timedelta(minutes=length))


@given(st.lists(st.tuples(MINUTE, st.integers(1, 300)), max_size=12))
def test_what_busy_ranges_leave_is_exactly_the_rest(busy: list[tuple[int, int]]) -> None:
    whole = piece(8 * 60, 11 * 60)
    taken = [piece(*one) for one in busy]
    left = without(whole, taken)
    for ranges in (left, united(taken)):
        assert all(before.end <= after.start for before, after in pairwise(ranges))
    for minute in range(0, 24 * 60, 7):
        at = wall(2026, 3, 20) + timedelta(minutes=minute)
        inside = whole.start <= at < whole.end and not any(one.start <= at < one.end for one in taken)
        assert inside == any(one.start <= at < one.end for one in left)


@given(MINUTE, st.integers(1, 300), st.integers(0, 59))
def test_a_range_is_brought_inside_itself_on_steps_of_five_minutes(start: int, length: int, seconds: int) -> None:
    before = piece(start, length)
    before = Piece(before.start + timedelta(seconds=seconds), before.end + timedelta(seconds=seconds))
    after = on_steps(before)
    if after is None:
        assert before.end - before.start < timedelta(minutes=10)
    else:
        assert before.start <= after.start < after.end <= before.end
        assert {after.start.minute % 5, after.end.minute % 5, after.start.second, after.end.second} == {0}


def test_occupations_are_taken_from_the_hours_given() -> None:
    reading = read(
        "DTSTART:20260317T090000\nDTEND:20260317T120000",
        "DTSTART:20260317T160000\nDTEND:20260317T163000\nTRANSP:TRANSPARENT",
        "DTSTART;VALUE=DATE:20260318\nDTEND;VALUE=DATE:20260319",
        "DTSTART:20260319T080500\nDTEND:20260320T185500",
    )
    choices = Choices(Meaning.BUSY, Shape.SPLIT, ("AMB",), minutes=20)
    days = {day.day: day for day in proposal_of(reading, choices, WINDOW, about=ABOUT).days}
    tuesday = [(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in days[date(2026, 3, 17)].pieces]
    assert tuesday == [("08:00", "09:00"), ("12:00", "19:00")]
    assert days[date(2026, 3, 17)].count == 3 + 21
    assert not {date(2026, 3, n) for n in (18, 19, 20, 21, 22)} & days.keys()


def test_availabilities_that_are_whole_days_or_pass_midnight_are_told_once() -> None:
    reading = read(
        "DTSTART;VALUE=DATE:20260318\nRRULE:FREQ=DAILY",
        "DTSTART:20260320T220000\nDTEND:20260321T020000",
        "DTSTART:20260320T090200\nDTEND:20260320T100000",
    )
    proposal = proposal_of(reading, FREE, WINDOW, about=ABOUT)
    assert [(one.line, one.reason.partition(" :")[0]) for one in proposal.refused] == [
        (3, "journée entière"), (7, "passe minuit"),
    ]  # fmt: skip
    assert [str(one.start.time()) for one in proposal.days[0].pieces] == ["09:05:00"]


def test_a_preview_is_worth_something_for_its_place_only_and_for_what_is_ahead() -> None:
    reading = read(weekly("FREQ=DAILY;COUNT=3"))
    proposal = proposal_of(reading, FREE, WINDOW, about=ABOUT)
    later = NOW + timedelta(hours=2)
    sheets = opened(proposal.sealed, about=ABOUT, zone=PARIS, now=later)
    assert [(sheet.first_on, sheet.starts_at) for sheet in sheets] == [
        (date(2026, 3, 17), time(9)), (date(2026, 3, 18), time(9)),
    ]  # fmt: skip
    for text, about in ((proposal.sealed, "810000000002 R1"), (proposal.sealed[:-2], ABOUT), ("", ABOUT)):
        with pytest.raises(WorthlessError, match="envoyez de nouveau"):
            opened(text, about=about, zone=PARIS, now=NOW)


def test_pieces_follow_each_other_in_time() -> None:
    reading = read("DTSTART:20260320T100000\nDURATION:PT1H", "DTSTART:20260320T093000\nDURATION:PT1H")
    pieces = [one for day in proposal_of(reading, FREE, WINDOW, about=ABOUT).days for one in day.pieces]
    assert [(one.start.hour, one.end.hour) for one in pieces] == [(9, 11)]
    assert all(before.end <= after.start for before, after in pairwise(pieces))
