"""What the agenda says is what people say."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.agenda.calendar import words
from sas.agenda.calendar.forms import deserves_advice
from sas.agenda.calendar.summaries import summary_of
from sas.agenda.calendar.weeks import read_day, read_week, week_text, write_week
from sas.agenda.sheets import SeriesSheet
from sas.participation.subjects import SubjectPlace

LILLE = SubjectPlace("R1", "Cabinet des Lilas", "1 rue des Lilas", "59350", "59", "Europe/Paris", "59000", "Lille")
TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("capacity", "taken", "said"),
    [(1, 0, "libre"), (1, 1, "pris"), (6, 2, "4 places sur 6"), (6, 5, "1 place sur 6"), (6, 6, "complet")],
)
def test_what_is_left_is_said_in_words(capacity: int, taken: int, said: str) -> None:
    assert words.left_text(capacity, taken) == said


@pytest.mark.parametrize(
    ("weekdays", "every", "said"),
    [
        ([1], 2, "chaque mardi, une semaine sur deux"),
        ([0, 3], 1, "chaque lundi et jeudi"),
        ([4, 0, 2, 3, 1], 1, "du lundi au vendredi"),
        (range(7), 12, "chaque jour, une semaine sur 12"),
    ],
)
def test_a_rhythm_is_said_in_words(weekdays: list[int], every: int, said: str) -> None:
    assert words.rhythm_text(weekdays, every) == said


def test_a_plage_every_other_tuesday_is_one_sentence_and_five_dates() -> None:
    sheet = SeriesSheet(
        kind="band", first_on=TUESDAY, starts_at=time(8), ends_at=time(12), capacity=6, repeat_weeks=2, weekdays=(1,)
    )
    summary = summary_of(sheet, LILLE, TUESDAY - timedelta(days=1))
    assert summary.sentence == (
        "Plage, chaque mardi, une semaine sur deux, de 8 h à 12 h, 6 patients, au cabinet, Cabinet des Lilas, "
        "à partir du mardi 24 novembre 2026, sans date de fin."
    )
    assert summary.dates[:3] == ["mardi 24 novembre", "mardi 8 décembre", "mardi 22 décembre"]
    assert (len(summary.dates), summary.more) == (5, True)


def test_dates_say_public_holidays_or_leave_them_out() -> None:
    fridays = SeriesSheet(
        kind="slot", first_on=date(2026, 12, 25), starts_at=time(9), ends_at=time(9, 15), repeat_weeks=1, weekdays=(4,)
    )
    assert summary_of(fridays, LILLE, TUESDAY).dates[0] == "vendredi 25 décembre (férié : Noël)"
    without = SeriesSheet(
        kind="slot",
        first_on=date(2026, 12, 25),
        starts_at=time(9),
        ends_at=time(9, 15),
        repeat_weeks=1,
        weekdays=(4,),
        skip_public_holidays=True,
    )
    summary = summary_of(without, LILLE, TUESDAY)
    assert summary.dates[0] == "vendredi 8 janvier 2027"
    assert "sauf les jours fériés" in summary.sentence


@pytest.mark.parametrize(("minutes", "advised"), [(60, False), (65, True)])
def test_a_plage_is_advised_above_an_hour_for_one_patient(minutes: int, advised: bool) -> None:
    end = (datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(minutes=minutes)).time()
    assert deserves_advice(SeriesSheet(kind="slot", first_on=TUESDAY, starts_at=time(8), ends_at=end)) is advised


@given(st.dates(date(2020, 1, 6), date(2099, 12, 31)))
def test_a_week_that_is_written_is_read_again(day: date) -> None:
    monday = day - timedelta(days=day.weekday())
    assert read_week(write_week(monday)) == monday
    assert read_day(day.isoformat()) == day


@given(st.text(max_size=12))
def test_what_is_no_week_nor_day_is_none(text: str) -> None:
    week, day = read_week(text), read_day(text)
    assert week is None or write_week(week) == text
    assert day is None or day.isoformat() == text


@pytest.mark.parametrize("text", ["2026-W54", "2026-W00", "0001-W01", "9999-W01", "2026-w10", "٢٠٢٦-W10"])
def test_weeks_that_do_not_exist_are_none(text: str) -> None:
    assert read_week(text) is None


def test_a_week_is_named_by_its_days() -> None:
    assert week_text(date(2026, 11, 23)) == "du 23 au 29 novembre 2026"
    assert week_text(date(2026, 11, 30)) == "du 30 novembre au 6 décembre 2026"
    assert week_text(date(2026, 12, 28)) == "du 28 décembre 2026 au 3 janvier 2027"


def test_a_bound_at_midnight_is_a_day_and_the_closing_one_the_day_before() -> None:
    midnight = datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert words.bound_text(midnight, "Europe/Paris") == "mercredi 25 novembre 2026"
    assert words.bound_text(midnight, "Europe/Paris", closes=True) == "mardi 24 novembre 2026 inclus"
    assert words.moment_text(midnight, "Indian/Reunion") == "mercredi 25 novembre 2026 à 3 h"
