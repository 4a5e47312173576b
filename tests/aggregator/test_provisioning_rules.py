"""What an editor must be told, from facts alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.aggregator.models import EditorAccount
from sas.aggregator.provisioning_rules import (
    LONGEST_PAUSE,
    MOVES,
    WAITING,
    Act,
    Person,
    Situation,
    decide,
    digest,
    may_move,
    pause_after,
    room,
    state_of,
)
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount
from sas.fhir.systems import IDNPS, SAS

TECHNICAL = AccountIdentifier(SAS, "3d1a4c8e-0b57-4a68-9a3c-3f0b6f9d2c11")
CARD = AccountIdentifier(IDNPS, "810000000001")
LEA = Person(True, "Martin", "Léa", "lea@example.org", TECHNICAL.value)
CARDED = replace(LEA, national_id=CARD.value)
GONE = replace(LEA, must_exist=False)


def heard(person: Person) -> RegulatorAccount:
    return person.wanted


def sent(now: Situation) -> list[tuple[AccountIdentifier | None, AccountIdentifier, bool]]:
    return [(key, body.identifier, body.active) for key, body in decide(now).bodies]


def test_who_was_never_told_is_created_by_post() -> None:
    now = Situation(LEA)
    assert (decide(now).act, sent(now), state_of(now)) == (Act.CREATE, [(None, TECHNICAL, True)], "to_create")


def test_after_an_uncertain_post_the_account_is_put_by_its_identifier() -> None:
    now = Situation(LEA, unsure=(TECHNICAL,))
    assert (decide(now).act, sent(now), state_of(now)) == (Act.UPDATE, [(TECHNICAL, TECHNICAL, True)], "to_create")


def test_what_the_editor_holds_already_is_not_sent() -> None:
    now = Situation(LEA, heard(LEA))
    assert (decide(now).act, state_of(now)) == (Act.NOTHING, "in_order")


@pytest.mark.parametrize("change", [{"family": "Durand"}, {"given": "Lou"}, {"email": "l@example.org"}])
def test_any_other_fact_is_sent(change: dict[str, str]) -> None:
    now = Situation(replace(LEA, **change), heard(LEA))  # type: ignore[arg-type]
    assert (decide(now).act, state_of(now)) == (Act.UPDATE, "to_update")


def test_a_national_identifier_goes_to_the_account_known_by_the_technical_one() -> None:
    assert sent(Situation(CARDED, heard(LEA))) == [(TECHNICAL, CARD, True)]


def test_after_an_uncertain_change_of_identifier_the_old_one_is_tried_then_the_new_one() -> None:
    assert sent(Situation(CARDED, heard(LEA), unsure=(CARD,))) == [(TECHNICAL, CARD, True), (CARD, CARD, True)]


def test_a_withdrawal_overtakes_a_creation_that_never_left() -> None:
    now = Situation(GONE)
    assert (decide(now).act, state_of(now)) == (Act.NOTHING, "withdrawn")


def test_a_withdrawal_disables_under_every_identifier_the_editor_may_know() -> None:
    now = Situation(replace(CARDED, must_exist=False), heard(LEA), unsure=(CARD,))
    assert decide(now).act is Act.WITHDRAW
    assert sent(now) == [(TECHNICAL, TECHNICAL, False), (CARD, CARD, False)]


def test_a_withdrawal_bears_the_name_that_the_editor_knows_even_when_the_account_lost_its_own() -> None:
    now = Situation(replace(GONE, family="", given="", email=""), heard(LEA))
    assert [body.email for _, body in decide(now).bodies] == ["lea@example.org"]


def test_a_withdrawn_account_comes_back_by_put() -> None:
    now = Situation(LEA, heard(GONE))
    assert (decide(now).act, sent(now), state_of(now)) == (Act.UPDATE, [(TECHNICAL, TECHNICAL, True)], "to_update")


@pytest.mark.parametrize("lost", ["family", "given", "email"])
def test_an_incomplete_account_is_not_sent_and_says_what_is_missing(lost: str) -> None:
    decision = decide(Situation(replace(LEA, **{lost: " "})))  # type: ignore[arg-type]
    assert (decision.act, decision.bodies) == (Act.BLOCK, ())
    assert "manquant" in decision.reason


def test_an_editor_in_test_gets_no_account_but_is_told_of_those_to_withdraw() -> None:
    assert decide(Situation(LEA, served=False)).act is Act.WAIT
    assert decide(Situation(GONE, heard(LEA), served=False)).act is Act.WITHDRAW
    assert decide(Situation(GONE, heard(LEA), served=False, active=False)).act is Act.WAIT


def test_an_identifier_that_another_account_is_leaving_is_waited_for() -> None:
    assert decide(Situation(CARDED, heard(LEA), leaving=True)).act is Act.WAIT


identifiers = st.sampled_from([TECHNICAL, CARD])
texts = st.sampled_from(["", "Martin", "Durand"])
people = st.builds(
    Person, st.booleans(), texts, texts, texts, st.just(TECHNICAL.value), st.sampled_from(["", CARD.value])
)
situations = st.builds(
    Situation,
    people,
    st.none() | st.builds(RegulatorAccount, identifiers, st.booleans(), texts, texts, texts),
    st.lists(identifiers, unique=True).map(tuple),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(situations)
def test_nothing_is_sent_that_is_settled_and_what_is_sent_says_what_is_wanted(now: Situation) -> None:
    decision = decide(now)
    assert decision.reason
    assert (decision.act is Act.NOTHING) == now.is_settled
    assert bool(decision.bodies) == (decision.act in (Act.CREATE, Act.UPDATE, Act.WITHDRAW))
    assert all(body.active == now.person.must_exist for _, body in decision.bodies)
    # POST is for who was never told: anything else would make a double.
    assert [key is None for key, _ in decision.bodies] == [not now.keys] * len(decision.bodies)
    assert (state_of(now) in WAITING) == (not now.is_settled)


@given(situations)
def test_an_accepted_errand_settles_its_row(now: Situation) -> None:
    decision = decide(now)
    if decision.bodies:
        after = replace(now, accepted=decision.bodies[-1][1], unsure=())
        assert after.is_settled
        assert may_move(state_of(now), state_of(after))


def test_moves_name_every_state_and_a_withdrawn_account_is_never_in_order_by_itself() -> None:
    assert set(MOVES) == set(EditorAccount.State.values) == set().union(*MOVES.values())
    assert not may_move("withdrawn", "in_order")
    assert not may_move("in_order", "withdrawn")


@given(people, people)
def test_a_fingerprint_is_that_of_the_facts(one: Person, other: Person) -> None:
    assert (digest(one.wanted) == digest(other.wanted)) == (one.wanted == other.wanted)


@given(st.integers(0, 10_000), st.none() | st.floats(-10, 1e9))
def test_a_pause_is_bounded_and_comes_after_some_failures(failures: int, wish: float | None) -> None:
    pause = pause_after(failures, wish)
    assert (pause is None) == (wish is None and failures < 3)
    assert pause is None or timedelta(seconds=1) <= pause <= LONGEST_PAUSE


def test_an_editor_that_fails_is_sent_one_account_at_a_time() -> None:
    assert (room(4, 0, 1), room(4, 3, 0), room(4, 3, 1), room(4, 0, 9)) == (3, 1, 0, 0)
