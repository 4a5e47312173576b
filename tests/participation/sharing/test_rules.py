"""Partial sharing: nothing outside the policy passes, whatever the slots and the limits."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sas.participation.sharing.rules import (
    MODALITIES,
    NO_LIMIT,
    TYPES,
    Band,
    Limits,
    Reason,
    folded,
    from_json,
    judged,
    shared,
    to_json,
)

NOW = datetime(2026, 3, 27, 8, 0, tzinfo=UTC)
"""A Friday; clocks change in Paris on Sunday."""

ZONES = tuple(map(ZoneInfo, ("Europe/Paris", "Indian/Reunion", "Pacific/Tahiti", "America/Martinique")))
ACTS = ("Consultation", "Téléconsultation", "Suivi de grossesse")
PLACES = ("R1", "R2", None)


@dataclass(frozen=True)
class Offer:
    """A slot, for the rules."""

    id: str
    start: datetime
    modalities: tuple[str, ...] = ("AMB",)
    types: tuple[str, ...] = ("PUBLIC",)
    reasons: tuple[str, ...] = ()


def some(names: Sequence[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), max_size=2)


@st.composite
def offers(draw: st.DrawFn) -> Offer:
    start = NOW + timedelta(minutes=5 * draw(st.integers(-12, 900)))
    return Offer(
        id=f"{draw(st.integers(0, 30)):010x}",
        start=start.astimezone(draw(st.sampled_from(ZONES))),
        modalities=tuple(draw(some(MODALITIES))),
        types=tuple(draw(some(TYPES))),
        reasons=tuple(draw(some(ACTS))),
    )


hours = st.integers(0, 23).map(time)
bands = st.builds(Band, st.integers(0, 6), hours, hours).filter(lambda b: b.start < b.end or b.end == time(0))
policies = st.builds(
    Limits,
    bands=st.lists(bands, max_size=4).map(lambda many: tuple(sorted(many, key=lambda b: (b.weekday, b.start, b.end)))),
    per_day=st.none() | st.integers(1, 4),
    horizon_hours=st.none() | st.integers(1, 72),
    modalities=some(MODALITIES),
    types=some(TYPES),
    places=some(["R1", "R2"]),
    reasons=some(ACTS),
)
agendas = st.dictionaries(st.sampled_from(PLACES), st.lists(offers(), max_size=12), max_size=3)
hand = st.frozensets(st.integers(0, 30).map(lambda n: f"{n:010x}"), max_size=5)


@given(agendas, policies, hand)
@example({"R1": [Offer("0" * 10, NOW)]}, Limits(per_day=1), frozenset())
def test_nothing_outside_the_policy_passes(
    slots: Mapping[str | None, list[Offer]], limits: Limits, hidden: frozenset[str]
) -> None:
    days: Counter[object] = Counter()
    for place, mine in shared(slots, limits, hidden=hidden, now=NOW).items():
        for slot in mine:
            assert slot.id not in hidden
            assert not limits.places or place in limits.places
            assert limits.horizon_hours is None or slot.start - NOW <= timedelta(hours=limits.horizon_hours)
            assert not limits.bands or any(
                slot.start.weekday() == b.weekday
                and b.start <= slot.start.time() <= (b.end if b.end != time(0) else time.max)
                and (slot.start.time() != b.end or b.end == time(0))
                for b in limits.bands
            )
            for wanted, has in ((limits.modalities, slot.modalities), (limits.types, slot.types)):
                assert not wanted or set(has) & wanted
            assert not limits.reasons or set(slot.reasons) & limits.reasons
        days.update({(slot.id, place): slot.start.date() for slot in mine if slot.start >= NOW}.values())
    assert limits.per_day is None or all(count <= limits.per_day for count in days.values())


@given(agendas, policies, hand)
def test_what_is_left_out_has_a_reason_and_what_is_shown_has_none(
    slots: Mapping[str | None, list[Offer]], limits: Limits, hidden: frozenset[str]
) -> None:
    said = judged(slots, limits, hidden=hidden, now=NOW)
    seen = shared(slots, limits, hidden=hidden, now=NOW)
    assert seen.keys() == said.keys() == slots.keys()
    for place, mine in slots.items():
        assert seen[place] == [slot for slot, why in zip(mine, said[place], strict=True) if why is None]


@given(agendas)
def test_who_said_nothing_shares_everything(slots: Mapping[str | None, list[Offer]]) -> None:
    assert shared(slots, NO_LIMIT, hidden=frozenset(), now=NOW) == slots


@given(agendas, policies, hand)
def test_sharing_twice_is_sharing_once(
    slots: Mapping[str | None, list[Offer]], limits: Limits, hidden: frozenset[str]
) -> None:
    once = shared(slots, limits, hidden=hidden, now=NOW)
    assert shared(once, limits, hidden=hidden, now=NOW) == once


@given(policies)
def test_limits_are_read_back_as_they_were_stored(limits: Limits) -> None:
    assert from_json(to_json(limits)) == limits


@given(agendas, policies)
def test_the_quota_is_filled_before_anything_is_left_out_for_it(
    slots: Mapping[str | None, list[Offer]], limits: Limits
) -> None:
    said = judged(slots, limits, hidden=frozenset(), now=NOW)
    by_day: dict[object, set[tuple[object, str]]] = {}
    refused = set()
    for place, mine in slots.items():
        for slot, why in zip(mine, said[place], strict=True):
            if why is None and slot.start >= NOW:
                by_day.setdefault(slot.start.date(), set()).add((place, slot.id))
            elif why is Reason.QUOTA:
                refused.add(slot.start.date())
    assert all(len(by_day[day]) == limits.per_day for day in refused)


def test_the_quota_counts_over_all_places_and_takes_the_earliest() -> None:
    late, early = Offer("b" * 10, NOW + timedelta(hours=3)), Offer("a" * 10, NOW + timedelta(hours=1))
    seen = shared({"R1": [late], "R2": [early]}, Limits(per_day=1), hidden=(), now=NOW)
    assert seen == {"R1": [], "R2": [early]}


def test_a_slot_hidden_by_hand_leaves_its_turn_to_the_next() -> None:
    first, second = Offer("a" * 10, NOW + timedelta(hours=1)), Offer("b" * 10, NOW + timedelta(hours=3))
    seen = shared({"R1": [first, second]}, Limits(per_day=1), hidden={first.id}, now=NOW)
    assert seen == {"R1": [second]}


@pytest.mark.parametrize(("minutes", "passes"), [(0, True), (1, False)])
def test_the_horizon_is_in_hours_of_the_sun_across_a_clock_change(minutes: int, passes: bool) -> None:
    paris = ZoneInfo("Europe/Paris")
    now = datetime(2026, 3, 28, 12, 0, tzinfo=paris)
    start = datetime(2026, 3, 29, 13, minutes, tzinfo=paris)  # 24 h later: the clock jumped one hour
    seen = shared({"R1": [Offer("a" * 10, start)]}, Limits(horizon_hours=24), hidden=(), now=now)
    assert bool(seen["R1"]) is passes


def test_bands_follow_the_clock_of_the_place() -> None:
    limits = Limits(bands=(Band(4, time(8), time(12)),))
    here, there = (datetime(2026, 3, 27, 9, 0, tzinfo=zone) for zone in ZONES[:2])
    seen = shared({"R1": [Offer("a" * 10, here)], "R2": [Offer("b" * 10, there)]}, limits, hidden=(), now=NOW)
    assert [len(mine) for mine in seen.values()] == [1, 1]
    in_paris = there.astimezone(ZONES[0])  # 6 or 7 o'clock there
    assert shared({"R1": [Offer("c" * 10, in_paris)]}, limits, hidden=(), now=NOW) == {"R1": []}


def test_acts_are_one_whatever_their_spelling() -> None:
    assert folded(" Suivi  de GROSSESSE ") == folded("suivi de grossesse")
    slot = Offer("a" * 10, NOW, reasons=("Téléconsultation  rapide",))
    limits = Limits(reasons=frozenset({"teleconsultation rapide"}))
    assert shared({"R1": [slot]}, limits, hidden=(), now=NOW) == {"R1": [slot]}
