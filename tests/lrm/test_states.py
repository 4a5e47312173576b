"""What every code asks for, wherever the message stood."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.lrm.envelopes import CREATE, UPDATE
from sas.lrm.states import MOST_RESENDS, REASONS, Next, Standing, after_ack, after_error

STATES = ["waiting", "published", "acknowledged", "refused", "expired", "abandoned"]
standings = st.builds(
    Standing,
    state=st.sampled_from(STATES),
    method=st.sampled_from([CREATE, UPDATE]),
    resends=st.integers(0, 5),
    superseded=st.booleans(),
    replaced=st.booleans(),
    had_conflict=st.booleans(),
)


def standing(state: str = "published", **given_values: Any) -> Standing:
    return Standing(state, **given_values)


@pytest.mark.parametrize("state", ["waiting", "published", "expired", "abandoned"])
def test_an_acknowledgement_settles_it_even_when_it_comes_late_or_early(state: str) -> None:
    assert after_ack(standing(state)) == Next("acknowledged")


@pytest.mark.parametrize("state", ["acknowledged", "refused"])
def test_an_acknowledgement_changes_nothing_of_what_is_settled(state: str) -> None:
    assert after_ack(standing(state)) is None


@pytest.mark.parametrize("code", [400, 500])
def test_what_expired_is_sent_again_a_bounded_number_of_times(code: int) -> None:
    assert after_error(standing(), code) == Next("expired", resend="same")
    last = after_error(standing(resends=MOST_RESENDS), code)
    assert last is not None
    assert (last.state, last.needs_hand, last.resend) == ("expired", True, "")
    assert after_error(standing("acknowledged"), code) is None


def test_a_conflict_on_a_creation_becomes_an_update_once() -> None:
    assert after_error(standing(), 409) == Next("refused", resend="update")
    for known in (standing(method=UPDATE), standing(had_conflict=True)):
        again = after_error(known, 409)
        assert again is not None
        assert (again.needs_hand, again.resend) == (True, "")


@pytest.mark.parametrize("code", sorted(set(REASONS) - {409}))
def test_every_other_code_asks_for_somebody_with_a_reason(code: int) -> None:
    assert after_error(standing(), code) == Next("refused", needs_hand=True, trouble=REASONS[code])


def test_a_code_of_nobody_asks_for_somebody_too() -> None:
    for code in (None, 0, 418, 2**31 - 1):
        following = after_error(standing("acknowledged"), code)
        assert following is not None
        assert following.needs_hand
        assert following.trouble


def test_a_later_snapshot_says_everything_again() -> None:
    assert after_error(standing(superseded=True), 500) == Next("expired")
    refused = after_error(standing(superseded=True), 300)
    assert refused is not None
    assert not refused.needs_hand


@given(standings, st.none() | st.integers(0, 1000))
def test_no_answer_loses_a_message(known: Standing, code: int | None) -> None:
    """Whatever the code: somebody is asked, or it leaves again, or a later one says it, or it was settled before."""
    following = after_error(known, code)
    settled = known.superseded or known.replaced
    assert following is None or following.needs_hand or following.resend or settled
    if following is None:
        assert known.state in ("acknowledged", "refused", "expired", "abandoned")
    else:
        assert following.state in ("refused", "expired")
        assert not (following.needs_hand and following.resend)


@given(standings, st.none() | st.integers(0, 1000))
def test_the_same_error_twice_is_once(known: Standing, code: int | None) -> None:
    following = after_error(known, code)
    if following is not None:
        assert after_error(Standing(following.state), code) is None
