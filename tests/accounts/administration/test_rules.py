"""When an account that does not serve is warned, then closed."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.administration.rules import Action, dormancy, expiry_notice_due, months_after, over

USED = datetime(2025, 6, 30, 8, tzinfo=UTC)
MOMENTS = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(0, minutes * 60)
)


def due(now: datetime, *, warnings: int = 0, delivered_at: datetime | None = None, used: datetime = USED) -> Action:
    return dormancy(last_activity=used, warnings=warnings, delivered_at=delivered_at, now=now, months=(8, 9), days=7)


def test_warned_at_eight_months_again_at_nine_closed_a_week_later() -> None:
    first, second = datetime(2026, 2, 28, 8, tzinfo=UTC), datetime(2026, 3, 30, 8, tzinfo=UTC)
    assert due(first - timedelta(seconds=1)) is Action.NOTHING
    assert due(first) is Action.WARN_FIRST
    assert due(second - timedelta(seconds=1), warnings=1, delivered_at=first) is Action.NOTHING
    assert due(second, warnings=1, delivered_at=first) is Action.WARN_SECOND
    assert due(second + timedelta(days=6), warnings=2, delivered_at=second) is Action.NOTHING
    assert due(second + timedelta(days=7), warnings=2, delivered_at=second) is Action.CLOSE


def test_nights_that_were_missed_skip_nobody_and_hurry_nobody() -> None:
    late = datetime(2027, 1, 1, tzinfo=UTC)
    assert due(late) is Action.WARN_FIRST
    assert due(late + timedelta(days=1), warnings=1, delivered_at=late) is Action.NOTHING
    assert due(late + timedelta(days=31), warnings=1, delivered_at=late) is Action.WARN_SECOND


def test_who_was_not_told_is_not_closed() -> None:
    assert due(datetime(2030, 1, 1, tzinfo=UTC), warnings=2) is Action.NOTHING
    assert due(datetime(2030, 1, 1, tzinfo=UTC), warnings=1) is Action.NOTHING


@given(used=MOMENTS, delays=st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_whatever_the_nights_nobody_is_closed_before_both_warnings_and_their_delays(
    used: datetime, delays: list[int]
) -> None:
    now, warnings, delivered, told = used, 0, None, []
    for delay in delays:
        now += timedelta(days=delay)
        action = due(now, warnings=warnings, delivered_at=delivered, used=used)
        if action in (Action.WARN_FIRST, Action.WARN_SECOND):
            warnings, delivered = warnings + 1, now
            told.append(now)
        if action is Action.CLOSE:
            assert len(told) == 2
            assert now >= months_after(used, 9)
            assert told[1] >= months_after(told[0], 1)
            assert now - told[1] >= timedelta(days=7)
            return
    assert len(told) <= 2


@given(moment=MOMENTS, months=st.integers(-30, 30))
def test_months_later_is_a_day_of_that_month(moment: datetime, months: int) -> None:
    later = months_after(moment, months)
    assert (later.year * 12 + later.month) - (moment.year * 12 + moment.month) == months
    assert later.day == moment.day or (later + timedelta(days=1)).day == 1


def test_the_last_day_is_included_and_told_a_fortnight_before() -> None:
    last = date(2026, 3, 31)
    assert [expiry_notice_due(expires_on=last, today=day) for day in (date(2026, 3, 16), date(2026, 3, 17), last)] == [
        False,
        True,
        True,
    ]
    assert (over(expires_on=last, today=last), over(expires_on=last, today=date(2026, 4, 1))) == (False, True)
