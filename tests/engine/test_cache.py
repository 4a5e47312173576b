"""The cache never holds more than it may, never tells what is too old."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sas.aggregator.engine.cache import AvailabilityCache, Said
from sas.fhir.offered import OfferedSlot
from tests.engine.conftest import END, NOW

TTL = timedelta(seconds=60)


SHELF = ("e", END)


def said(by_id: dict[str, int], at: datetime = NOW, *, editor: str = "e", asked_at: datetime | None = None) -> Said:
    """A call that told so many slots about each id."""
    slot = OfferedSlot(practitioner="8", start=NOW, end=END, place=None)
    return Said(editor, NOW, END, asked_at or at, at, {who: (slot,) * slots for who, slots in by_id.items()})


def held(cache: AvailabilityCache, at: datetime = NOW, shelf: tuple[str, datetime] = SHELF) -> dict[str, Said]:
    return {who: found for who in "abcdefghij" if (found := cache.read(shelf, who, start=NOW, at=at))}


calls = st.tuples(
    st.dictionaries(st.sampled_from("abcdefghij"), st.integers(0, 12), max_size=4),
    st.integers(0, 50),  # seconds since the call before
    st.integers(0, 59),  # seconds that this one took
)


@settings(max_examples=60)
@given(st.lists(calls, max_size=40))
def test_its_weight_is_what_it_holds_and_stays_below_the_limit(steps: list[tuple[dict[str, int], int, int]]) -> None:
    cache = AvailabilityCache(TTL, max_weight=50)
    at = NOW
    for by_id, seconds, took in steps:
        at += timedelta(seconds=seconds)
        cache.keep(said(by_id, at, asked_at=at - timedelta(seconds=took)), at=at)
        found = held(cache, at)
        assert cache.weight == sum(1 + len(call.by_id[who]) for who, call in found.items()) <= 50
        assert len(cache) == len(found)


@settings(max_examples=60)
@given(st.lists(calls, max_size=40))
def test_it_tells_about_each_id_what_the_last_call_sent_has_said(steps: list[tuple[dict[str, int], int, int]]) -> None:
    cache = AvailabilityCache(TTL)
    at = NOW
    told: dict[str, Said] = {}
    for by_id, seconds, took in steps:
        at += timedelta(seconds=seconds)
        call = said(by_id, at, asked_at=at - timedelta(seconds=took))
        cache.keep(call, at=at)
        told = {who: known for who, known in told.items() if at - known.checked_at < TTL}
        told |= {who: call for who in by_id if who not in told or told[who].asked_at <= call.asked_at}
        assert held(cache, at) == told


def test_the_oldest_leaves_first() -> None:
    cache = AvailabilityCache(TTL, max_weight=2)
    for who in "abc":
        cache.keep(said({who: 0}), at=NOW)
    assert list(held(cache)) == ["b", "c"]


def test_a_later_call_replaces_only_whom_it_tells_about() -> None:
    cache = AvailabilityCache(TTL)
    first, second = said({"a": 1, "b": 2, "c": 3}), said({"b": 5})
    cache.keep(first, at=NOW)
    cache.keep(second, at=NOW)
    assert held(cache) == {"a": first, "b": second, "c": first}
    assert cache.weight == 3 + 1 + 5 + 3


def test_an_answer_overtaken_by_a_later_call_does_not_take_its_place_back() -> None:
    cache = AvailabilityCache(TTL)
    later, overtaken = said({"a": 1}), said({"a": 2, "b": 2}, asked_at=NOW - timedelta(seconds=5))
    cache.keep(later, at=NOW)
    cache.keep(overtaken, at=NOW)
    assert held(cache) == {"a": later, "b": overtaken}


def test_forgetting_an_editor_leaves_the_others() -> None:
    cache = AvailabilityCache(TTL)
    cache.keep(said({"a": 0}), at=NOW)
    cache.keep(said({"a": 0}, editor="f"), at=NOW)
    cache.forget("e")
    assert not held(cache)
    assert list(held(cache, shelf=("f", END))) == ["a"]
    assert cache.weight == 1
