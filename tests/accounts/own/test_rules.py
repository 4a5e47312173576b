"""When an account is locked, when a session ends, when a factor must stay."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.own.rules import LOCK, Attempt, locked_until, why_not_remove_factor, why_over

T0 = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def wrong(*minutes: float, refusal: str = "wrong_password") -> list[Attempt]:
    return [Attempt(T0 + timedelta(minutes=minute), refusal) for minute in minutes]


def test_ten_wrong_in_an_hour_lock_a_quarter_of_an_hour_from_the_tenth() -> None:
    attempts = wrong(*range(10))
    tenth = T0 + timedelta(minutes=9)
    assert locked_until(attempts, tenth) == tenth + LOCK
    assert locked_until(attempts, tenth + LOCK) is None


def test_nine_do_not_lock_nor_ten_spread_over_more_than_an_hour() -> None:
    assert locked_until(wrong(*range(9)), T0 + timedelta(minutes=9)) is None
    assert locked_until(wrong(*range(0, 70, 7)), T0 + timedelta(minutes=63)) is None


def test_an_entry_an_unlocking_or_a_reset_starts_again_from_zero() -> None:
    for refusal in ("", "unlocked", "password_reset"):
        attempts = wrong(*range(10)) + wrong(9.5, refusal=refusal) + wrong(*range(10, 19))
        assert locked_until(attempts, T0 + timedelta(minutes=19)) is None


def test_what_is_refused_during_a_lock_does_not_lengthen_it() -> None:
    attempts = wrong(*range(10)) + wrong(10, 11, 12, refusal="locked") + wrong(13)
    assert locked_until(attempts, T0 + timedelta(minutes=13)) == T0 + timedelta(minutes=9) + LOCK


@given(st.lists(st.tuples(st.integers(0, 75), st.sampled_from(["", "wrong_password", "wrong_code", "locked"]))))
def test_a_lock_lasts_a_quarter_of_an_hour_at_most_whatever_the_order(drawn: list[tuple[int, str]]) -> None:
    attempts = [Attempt(T0 + timedelta(minutes=minute), refusal) for minute, refusal in drawn]
    at = T0 + timedelta(minutes=75)
    until = locked_until(attempts, at)
    assert until == locked_until(sorted(attempts, key=lambda each: each.at), at)
    assert until is None or at < until <= at + LOCK


def test_a_session_ends_when_idle_or_too_old_and_says_which() -> None:
    limits = {"idle": HOUR, "limit": 12 * HOUR}
    assert why_over(entered_at=T0, seen_at=T0, now=T0 + HOUR - timedelta(seconds=1), **limits) is None
    assert why_over(entered_at=T0, seen_at=T0, now=T0 + HOUR, **limits) == "inactivite"
    assert why_over(entered_at=T0, seen_at=T0 + 12 * HOUR, now=T0 + 12 * HOUR, **limits) == "duree"


def test_the_last_factor_stays_only_where_one_is_required() -> None:
    assert why_not_remove_factor(last=True, required=True) is not None
    assert why_not_remove_factor(last=False, required=True) is None
    assert why_not_remove_factor(last=True, required=False) is None
