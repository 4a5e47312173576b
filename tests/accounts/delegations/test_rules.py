"""The rules of delegations, without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.delegations.rules import (
    OPEN,
    RESEND_AFTER,
    Asked,
    Facts,
    Giver,
    Lapse,
    State,
    awaited,
    lapse,
    reminder_due,
    state_of,
    terms_seal,
    why_not_accept,
    why_not_confirm,
    why_not_name,
    why_not_propose,
    why_not_resend,
    why_nothing_to_delegate,
)

TODAY = date(2026, 3, 2)
DOCTOR = Giver(email="medecin@example.org", active=True, own_practice=True, structures=frozenset())
CHIEF = Giver(email="centre@example.org", active=True, own_practice=False, structures=frozenset({7}))
ASKED = Asked("eve@example.org", None, frozenset({"agenda"}), date(2026, 9, 1))


def field_refused(giver: Giver, asked: Asked, **more: int) -> str | None:
    refusal = why_not_propose(giver, asked, today=TODAY, longest_days=365, **more)
    return None if refusal is None else refusal.field


def test_a_doctor_and_a_manager_delegate_what_is_theirs() -> None:
    assert field_refused(DOCTOR, ASKED) is None
    assert field_refused(CHIEF, Asked("eve@example.org", 7, frozenset({"agenda", "settings"}), ASKED.ends_on)) is None


@pytest.mark.parametrize("email", ["medecin@example.org", " MEDECIN@Example.org "])
def test_nobody_delegates_to_oneself(email: str) -> None:
    assert field_refused(DOCTOR, Asked(email, None, ASKED.scopes, ASKED.ends_on)) == "email"


def test_nobody_delegates_what_is_not_theirs() -> None:
    assert field_refused(CHIEF, ASKED) == "target"
    assert field_refused(CHIEF, Asked("eve@example.org", 8, ASKED.scopes, ASKED.ends_on)) == "target"
    assert field_refused(DOCTOR, Asked("eve@example.org", 7, ASKED.scopes, ASKED.ends_on)) == "target"


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"agenda", "everything"})])
def test_the_extent_is_one_of_those_offered(scopes: frozenset[str]) -> None:
    assert field_refused(DOCTOR, Asked("eve@example.org", None, scopes, ASKED.ends_on)) == "scopes"


@pytest.mark.parametrize(("days", "field"), [(-1, "ends_on"), (0, "ends_on"), (1, None), (365, None), (366, "ends_on")])
def test_the_end_is_to_come_and_at_most_a_year_away(days: int, field: str | None) -> None:
    asked = Asked("eve@example.org", None, ASKED.scopes, TODAY + timedelta(days=days))
    assert field_refused(DOCTOR, asked) == field


def test_a_delegate_does_not_delegate_in_turn() -> None:
    delegate = Giver("eve@example.org", True, own_practice=False, structures=frozenset(), acts_for_others=True)
    assert "à son tour" in (why_nothing_to_delegate(delegate) or "")
    other = Asked("max@example.org", None, ASKED.scopes, ASKED.ends_on)
    assert field_refused(delegate, other) == ""
    both = Giver("eve@example.org", True, own_practice=True, structures=frozenset(), acts_for_others=True)
    assert field_refused(both, other) is None


def test_a_closed_account_delegates_nothing() -> None:
    assert "désactivé" in (why_nothing_to_delegate(Giver("a@b.fr", False, True, frozenset())) or "")


@pytest.mark.parametrize("counts", [{"open_count": 20}, {"made_today": 20}])
def test_one_account_does_not_write_to_the_whole_country(counts: dict[str, int]) -> None:
    assert field_refused(DOCTOR, ASKED, **counts) == ""


@pytest.mark.parametrize("name", ["Élise", "Le Gall", "D’Arc", "Saint-Exupéry", "J. Dupont", "Nguyễn"])
def test_names_of_people_are_taken(name: str) -> None:
    assert why_not_name(name) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "http://evil.example", "Lou\nBcc: x", "<b>Lou</b>", "42"])
def test_what_is_no_name_is_not_sent_to_anybody(name: str) -> None:
    assert why_not_name(name)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({"confirmed": False, "accepted": False}, State.AWAITS_BOTH),
        ({"confirmed": True, "accepted": False}, State.AWAITS_DELEGATE),
        ({"confirmed": False, "accepted": True}, State.AWAITS_DELEGATOR),
        ({"confirmed": True, "accepted": True}, State.IN_FORCE),
        ({"confirmed": True, "accepted": True, "ended": True}, State.ENDED),
        ({"confirmed": True, "accepted": True, "ends_on": TODAY}, State.IN_FORCE),
        ({"confirmed": True, "accepted": True, "ends_on": TODAY - timedelta(days=1)}, State.LAPSED),
        ({"confirmed": True, "accepted": True, "delegator_stands": False}, State.LAPSED),
        ({"confirmed": True, "accepted": True, "delegate_stands": False}, State.LAPSED),
    ],
)
def test_where_a_delegation_stands(facts: dict[str, bool], state: State) -> None:
    values: dict[str, object] = {"ended": False, "ends_on": date(2026, 9, 1)} | facts
    assert state_of(Facts(**values), TODAY) is state  # type: ignore[arg-type]


@given(
    st.builds(
        Facts,
        confirmed=st.booleans(),
        accepted=st.booleans(),
        ended=st.booleans(),
        ends_on=st.dates(TODAY - timedelta(days=2), TODAY + timedelta(days=2)),
        delegator_stands=st.booleans(),
        delegate_stands=st.booleans(),
    )
)
def test_nobody_acts_without_both_agreements_two_accounts_and_a_day_left(facts: Facts) -> None:
    acts = state_of(facts, TODAY) is State.IN_FORCE
    assert acts == (
        facts.confirmed
        and facts.accepted
        and not facts.ended
        and facts.ends_on >= TODAY
        and facts.delegator_stands
        and facts.delegate_stands
    )
    assert (lapse(facts, TODAY) is None or facts.ended) == (state_of(facts, TODAY) in OPEN or facts.ended)


def test_why_it_is_over_without_anybody_ending_it() -> None:
    day = TODAY - timedelta(days=1)
    assert lapse(Facts(True, True, False, day), TODAY) is Lapse.DATE
    assert lapse(Facts(True, True, False, TODAY, delegator_stands=False), TODAY) is Lapse.DELEGATOR_GONE
    assert lapse(Facts(True, True, False, TODAY, delegate_stands=False), TODAY) is Lapse.DELEGATE_GONE


def test_only_the_person_named_accepts() -> None:
    waiting = State.AWAITS_DELEGATE
    assert why_not_accept(waiting, named="eve@x.fr", email="EVE@x.fr", oneself=False) is None
    for email in ("max@x.fr", ""):
        assert "quelqu’un d’autre" in (why_not_accept(waiting, named="eve@x.fr", email=email, oneself=False) or "")
    assert why_not_accept(waiting, named="eve@x.fr", email="eve@x.fr", oneself=True)
    for state in set(State) - {State.AWAITS_BOTH, State.AWAITS_DELEGATE}:
        assert why_not_accept(state, named="eve@x.fr", email="eve@x.fr", oneself=False)


def test_only_what_waits_for_the_delegator_is_confirmed() -> None:
    assert {state for state in State if why_not_confirm(state) is None} == {State.AWAITS_BOTH, State.AWAITS_DELEGATOR}


def test_a_link_is_sent_again_after_a_while_and_only_while_it_serves() -> None:
    assert why_not_resend(State.AWAITS_DELEGATE, since_last=RESEND_AFTER) is None
    assert "dix minutes" in (why_not_resend(State.AWAITS_BOTH, since_last=RESEND_AFTER - timedelta(seconds=1)) or "")
    for state in (State.IN_FORCE, State.AWAITS_DELEGATOR, State.ENDED, State.LAPSED):
        assert why_not_resend(state, since_last=None)


@pytest.mark.parametrize(
    ("days_left", "reminded", "started_days_ago", "due"),
    [(15, False, 60, False), (14, False, 60, True), (3, False, 60, True), (0, False, 60, True), (-1, False, 60, False),
     (14, True, 60, False), (10, False, 4, False), (10, False, 5, True)],
)  # fmt: skip
def test_the_end_is_recalled_once_even_after_missed_days(
    days_left: int, reminded: bool, started_days_ago: int, due: bool
) -> None:
    ends_on, started_on = TODAY + timedelta(days=days_left), TODAY - timedelta(days=started_days_ago)
    assert reminder_due(started_on=started_on, ends_on=ends_on, reminded=reminded, today=TODAY) is due


def test_the_state_says_who_is_awaited() -> None:
    both = awaited(State.AWAITS_BOTH, delegator="Ada", delegate="Eve")
    assert both == "Accord encore attendu : Ada et Eve."
    assert awaited(State.IN_FORCE, delegator="Ada", delegate="Eve") == ""


def test_other_terms_have_another_seal() -> None:
    seals = {
        terms_seal(scopes=scopes, ends_on=day)
        for scopes in (["agenda"], ["settings"], ["agenda", "settings"])
        for day in (TODAY, TODAY + timedelta(days=1))
    }
    assert len(seals) == 6
    assert terms_seal(scopes=["b", "a"], ends_on=TODAY) == terms_seal(scopes=["a", "b"], ends_on=TODAY)
