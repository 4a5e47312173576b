"""The cache never holds more than it may, never tells what is too old."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sas.aggregator.engine.cache import AvailabilityCache, Entry
from sas.fhir.offered import OfferedSlot
from tests.engine.conftest import END, NOW

TTL = timedelta(seconds=60)


def entry(slots: int = 0, at: datetime = NOW) -> Entry:
    slot = OfferedSlot(practitioner="8", start=NOW, end=END, place=None)
    return Entry(NOW, at, at, (slot,) * slots)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30), st.integers(0, 50)), max_size=40))
def test_its_weight_is_what_it_holds_and_stays_below_the_limit(steps: list[tuple[int, int, int]]) -> None:
    cache = AvailabilityCache(TTL, max_weight=50)
    at = NOW
    for who, slots, seconds in steps:
        at += timedelta(seconds=seconds)
        cache.keep({("e", str(who), END): entry(slots, at)}, at=at)
        held = [found for n in range(10) if (found := cache.read(("e", str(n), END), start=NOW, at=at))]
        assert cache.weight == sum(1 + len(found.slots) for found in held)
        assert cache.weight <= 50
        assert all(at - found.checked_at < TTL for found in held)
        assert len(cache) == len(held)


def test_the_oldest_leaves_first() -> None:
    cache = AvailabilityCache(TTL, max_weight=2)
    for who in "abc":
        cache.keep({("e", who, END): entry()}, at=NOW)
    assert [who for who in "abc" if cache.read(("e", who, END), start=NOW, at=NOW)] == ["b", "c"]


def test_forgetting_an_editor_leaves_the_others() -> None:
    cache = AvailabilityCache(TTL)
    cache.keep({("e", "a", END): entry()}, at=NOW)
    cache.keep({("f", "a", END): entry()}, at=NOW)
    cache.forget("e")
    assert cache.read(("e", "a", END), start=NOW, at=NOW) is None
    assert cache.read(("f", "a", END), start=NOW, at=NOW) is not None
    assert cache.weight == 1
