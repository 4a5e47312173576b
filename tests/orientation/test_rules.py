"""What may follow what: every state, act and side, then the minute in which one may go back."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sas.orientation.rules import (
    ASIDE,
    BEGINNINGS,
    EARLY,
    EXPECTED_WITHIN,
    LIVE,
    NOT_YET,
    NOT_YOURS,
    PEOPLE,
    RESULTS,
    TOO_EARLY,
    TOO_LATE,
    TRANSITIONS,
    UNDO,
    Act,
    Actor,
    Happening,
    LastAct,
    State,
    Verdict,
    category_of,
    is_to_be_told,
    is_to_confirm,
    verdict,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
states = st.sampled_from(list(State))
people = st.sampled_from(sorted(PEOPLE))
acts = st.sampled_from(sorted(RESULTS))
seconds = st.integers(0, 600).map(lambda value: timedelta(seconds=value))


@given(states, acts, people)
def test_people_follow_the_table_and_a_refusal_says_why(state: State, act: Act, actor: Actor) -> None:
    said = verdict(state=state, act=act, actor=actor, now=NOW, starts_at=NOW - timedelta(hours=1))
    if RESULTS[act] == state:
        assert said == Verdict(state, done=True)
    elif (state, act) in TRANSITIONS:
        assert said == Verdict(TRANSITIONS[state, act][0])
    else:
        assert said.after is None
        assert said.refusal.endswith(".")


@given(states, acts)
def test_an_editor_may_lead_anywhere(state: State, act: Act) -> None:
    assert verdict(state=state, act=act, actor=Actor.EDITOR, now=NOW).after == RESULTS[act]


@given(states, acts, people, seconds)
def test_whoever_acted_goes_back_within_a_minute_and_the_other_side_never(
    state: State, act: Act, actor: Actor, passed: timedelta
) -> None:
    done = verdict(state=state, act=act, actor=actor, now=NOW)
    if done.after is None or done.done:
        return
    last = LastAct(act, actor, state, NOW)
    back = verdict(state=done.after, act=Act.UNDO, actor=actor, now=NOW + passed, last=last)
    assert back == (Verdict(state) if passed <= UNDO else Verdict(None, TOO_LATE))
    (other,) = PEOPLE - {actor}
    assert verdict(state=done.after, act=Act.UNDO, actor=other, now=NOW, last=last) == Verdict(None, NOT_YOURS)


@given(st.sampled_from(sorted(BEGINNINGS)), st.sampled_from(sorted(LIVE)))
def test_to_undo_the_beginning_is_to_cancel(beginning: Happening, state: State) -> None:
    last = LastAct(beginning, Actor.REGULATOR, "", NOW)
    said = verdict(state=state, act=Act.UNDO, actor=Actor.REGULATOR, now=NOW + UNDO, last=last)
    assert said == Verdict(State.CANCELLED)


@given(states, people, st.sampled_from([Happening.EDITOR_MESSAGE, Happening.TOLD]))
def test_nobody_undoes_what_an_editor_said(state: State, actor: Actor, message: Happening) -> None:
    last = LastAct(message, Actor.EDITOR, "", NOW)
    assert verdict(state=state, act=Act.UNDO, actor=actor, now=NOW, last=last).after is None


def test_undoing_twice_is_once_and_does_not_do_again() -> None:
    last = LastAct(Act.UNDO, Actor.REGULATOR, State.CANCELLED, NOW)
    again = verdict(state=State.BOOKED, act=Act.UNDO, actor=Actor.REGULATOR, now=NOW, last=last)
    assert again == Verdict(State.BOOKED, done=True)
    later = verdict(state=State.BOOKED, act=Act.UNDO, actor=Actor.REGULATOR, now=NOW + 2 * UNDO, last=last)
    assert later.after is None
    assert verdict(state=State.BOOKED, act=Act.UNDO, actor=Actor.REGULATOR, now=NOW).after is None


def test_nobody_misses_an_appointment_before_its_time() -> None:
    given_ = {"state": "booked", "act": Act.MISS, "actor": Actor.EFFECTOR, "now": NOW}
    assert verdict(**given_, starts_at=NOW + timedelta(seconds=1)) == Verdict(None, NOT_YET)  # type: ignore[arg-type]
    assert verdict(**given_, starts_at=NOW).after == State.NOSHOW  # type: ignore[arg-type]


def test_nobody_is_received_long_before_their_time() -> None:
    given_ = {"state": "booked", "act": Act.HONOUR, "actor": Actor.REGULATOR, "now": NOW}
    assert verdict(**given_, starts_at=NOW + EARLY + timedelta(seconds=1)) == Verdict(None, TOO_EARLY)  # type: ignore[arg-type]
    assert verdict(**given_, starts_at=NOW + EARLY).after == State.FULFILLED  # type: ignore[arg-type]


@given(
    st.sampled_from(["editor", "agenda", "overbooking", "local_tool", "advice"]), states, st.booleans(), st.booleans()
)
def test_the_lrm_is_told_of_all_but_advice_and_pages_that_nobody_confirmed(
    path: str, state: State, reported: bool, from_editor: bool
) -> None:
    told = is_to_be_told(path=path, state=state, reported=reported, from_editor=from_editor)
    page = path == "editor" and not from_editor and state in {State.PENDING, State.CANCELLED}
    assert told == (path != "advice" and (reported or not page))


def test_a_page_opened_at_an_editor_is_to_confirm_once_the_editor_has_had_its_time() -> None:
    expected = NOW + EXPECTED_WITHIN
    assert not is_to_confirm("pending", expected, expected)
    assert is_to_confirm("pending", expected, expected + timedelta(seconds=1))
    assert not is_to_confirm("pending", None, expected + timedelta(days=1))
    assert not is_to_confirm("booked", expected, expected + timedelta(days=1))


def test_the_category_is_that_of_the_way_or_of_the_kind_of_structure() -> None:
    ways = ["individual", "cpts", "msp", "cds", "sos", "sos_place", "establishment", None]
    assert [category_of(way) for way in ways] == ["PS", "CPTS", "MSP", "CDS", "SOS", "SOS", "PS", "PS"]
    assert not ASIDE & BEGINNINGS
