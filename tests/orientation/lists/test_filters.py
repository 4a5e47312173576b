"""The address of a list, read whatever it says."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from sas.orientation.lists.filters import LONGEST_PERIOD, After, read_after, read_wanted

TODAY = date(2026, 11, 23)
NAMES = ("du", "au", "etat", "voie", "categorie", "texte", "suivre", "suite")
TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from(["2026-11-20", "0001-01-01", "9999-12-31", "booked", "PS", "1.1"])
)


@given(st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_whatever_an_address_says_makes_a_list_of_31_days_at_most(values: dict[str, str]) -> None:
    wanted = read_wanted(values, TODAY)
    assert timedelta(0) <= wanted.last - wanted.first <= LONGEST_PERIOD
    assert read_wanted(dict(parse_qsl(wanted.query())), TODAY) == wanted


@given(st.integers(0, 7 * 10**15), st.integers(1, 10**12))
def test_where_a_page_stopped_is_read_back_to_the_microsecond(microseconds: int, pk: int) -> None:
    after = After(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds), pk)
    assert read_after(str(after)) == after


@given(st.text(max_size=40))
def test_another_cursor_is_the_beginning(text: str) -> None:
    read = read_after(text)
    assert read is None or read_after(str(read)) == read


def test_without_days_it_is_today_or_the_last_ones() -> None:
    assert (read_wanted({}, TODAY).first, read_wanted({}, TODAY).last) == (TODAY, TODAY)
    assert read_wanted({}, TODAY, days=7).first == date(2026, 11, 17)
    assert read_wanted({"au": "2026-11-01"}, TODAY).first == date(2026, 11, 1)


def test_days_the_wrong_way_round_are_turned() -> None:
    wanted = read_wanted({"du": "2026-11-22", "au": "2026-11-20"}, TODAY)
    assert (wanted.first, wanted.last) == (date(2026, 11, 20), date(2026, 11, 22))


def test_a_period_that_is_too_long_keeps_its_end() -> None:
    wanted = read_wanted({"du": "2026-01-01", "au": "2026-11-20"}, TODAY)
    assert (wanted.first, wanted.last) == (date(2026, 10, 21), date(2026, 11, 20))
