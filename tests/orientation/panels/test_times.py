"""Times agreed on the phone, by the clock of the place, even on the nights when clocks move."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sas.orientation.panels.times import (
    TimeRefused,
    agreed,
    at_wall,
    call_back,
    days_of,
    end_of,
    quick_times,
    rounded,
)

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "Pacific/Noumea", "America/Miquelon")
MOMENTS = some.integers(1_640_995_200, 2_051_222_400).map(lambda at: datetime.fromtimestamp(at, UTC))
"""From 2022 to 2034."""


def test_a_wall_time_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TimeRefused, match="n’existe pas"):
        at_wall("2026-03-29", "02:30", "Europe/Paris")


def test_a_wall_time_that_exists_twice_is_the_first() -> None:
    found = at_wall("2026-10-25", "02:30", "Europe/Paris")
    assert found.astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "clock"),
    [("", "10:00"), ("2026-11-23", ""), ("demain", "10:00"), ("2026-11-23", "10h"), ("9999-12-31", "10:00"),
     ("2026-11-23", "10:00+02:00"), ("0001-01-01", "00:00"), ("2026-02-30", "10:00")],
)  # fmt: skip
def test_what_is_no_time_says_what_to_type(day: str, clock: str) -> None:
    with pytest.raises(TimeRefused, match="14:40"):
        at_wall(day, clock, "Europe/Paris")


@given(MOMENTS, some.sampled_from(ZONES))
def test_quick_times_are_to_come_in_order_within_the_window_and_on_five_minutes(now: datetime, zone: str) -> None:
    moments = [datetime.fromisoformat(value) for value, _ in quick_times(now, zone)]
    assert moments == sorted(moments)
    assert all(now < moment <= now + timedelta(hours=48) for moment in moments)
    assert all(moment.timestamp() % 300 == 0 for moment in moments)


@given(MOMENTS, some.sampled_from(ZONES))
def test_what_a_page_proposes_is_read_back_as_it_was_written(now: datetime, zone: str) -> None:
    for value, _ in quick_times(now, zone):
        assert agreed({"quand": value, "heure": "", "jour": ""}, zone) == datetime.fromisoformat(value)
    days = days_of(now, zone)
    assert days[0] == (now.astimezone(ZoneInfo(zone)).date().isoformat(), "aujourd’hui")
    assert len({day for day, _ in days}) == 4


TYPED = some.text("0123456789:-+T. hé", max_size=26)


@given(TYPED, TYPED, TYPED, some.sampled_from(ZONES))
def test_whatever_is_sent_is_a_time_or_a_refusal(chosen: str, day: str, clock: str, zone: str) -> None:
    values = {"quand": chosen, "jour": day, "heure": clock, "duree": day}
    try:
        starts_at = agreed(values, zone)
    except TimeRefused:
        return
    assert starts_at.tzinfo is not None
    end_of(starts_at, values)


@given(MOMENTS, some.sampled_from(ZONES), some.times().map(lambda at: f"{at:%H:%M}"))
def test_to_be_called_again_is_always_to_come(now: datetime, zone: str, clock: str) -> None:
    for values in ({"rappel": "15"}, {"rappel": "junk"}, {"rappel_heure": clock}):
        try:
            found = call_back(values, now, zone)
        except TimeRefused:
            continue
        assert now < found <= now + timedelta(hours=26)


def test_a_time_wins_over_a_quick_choice_and_nothing_is_refused() -> None:
    both: dict[str, Any] = {"quand": "2026-11-23T10:00:00+00:00", "jour": "2026-11-23", "heure": "15:00"}
    assert agreed(both, "Europe/Paris").hour == 15
    with pytest.raises(TimeRefused, match="choisissez-en une"):
        agreed({}, "Europe/Paris")
    assert rounded(datetime(2026, 11, 23, 10, 1, tzinfo=UTC)) == datetime(2026, 11, 23, 10, 5, tzinfo=UTC)
