"""The question as it is sent: anything that cannot be understood is a sentence, never a fault."""

import string

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.search.criteria import (
    BANDS,
    Booking,
    Criteria,
    Cursor,
    Day,
    Filters,
    InvalidCriteria,
    Modality,
    Moment,
    Sort,
    decode_cursor,
    encode_cursor,
    read_criteria,
)

NOW = 1_795_420_800
PARAMETERS = (
    *("text", "loc", "quoi", "lieu", "delai", "jour", "moment", "modalite", "rdv", "participe", "connu"),
    *("tri", "rayon", "graine", "tous", "complet", "suite"),
)
HOSTILE = (
    "a" * 10_000,
    "\x00\x01\x1f\x7f\x9f",
    "médecine\x00générale",
    "' OR 1=1; DROP TABLE accounts_user; --",
    "<script>alert(1)</script>",
    "{{ 7*7 }}${7*7}",
    "\ud800\udfff",
    "\u202e\u2028￿",
    "-1",
    "1e999",
    "NaN",
    "٣٤",
    "../../etc/passwd",
    " ",
)


def read(query: str) -> Criteria:
    return read_criteria(QueryDict(query), now=NOW)


class Sent:
    """Parameters that no query string can carry, such as a lone surrogate."""

    def __init__(self, **values: str) -> None:
        self._values = values

    def getlist(self, key: str, /) -> list[str]:
        return [self._values[key]] if key in self._values else []


def outcome(**values: str) -> Criteria | InvalidCriteria:
    try:
        return read_criteria(Sent(**values), now=NOW)
    except InvalidCriteria as refused:
        return refused


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_bad_value_is_ignored_or_explained_and_never_anything_else(name: str, value: str) -> None:
    found = outcome(**{"loc": "Lille", name: value})
    if isinstance(found, InvalidCriteria):
        assert found.status in (400, 410)
        assert found.field == name
        assert found.message.rstrip(").").isprintable()
    else:
        found.query().encode()
        assert len(found.text) <= 200
        assert not set("\x00\x1f\x7f") & set(found.text + found.loc)


@pytest.mark.parametrize("garbage", [b"%ff%fe", b"%c3%28", b"%", b"%zz", b"%00", b"&&=&;", b"text=a&text=b&loc"])
def test_percent_garbage_in_the_address_is_read_all_the_same(garbage: bytes) -> None:
    read("loc=" + garbage.decode()).query().encode()


@settings(max_examples=80)
@given(st.dictionaries(st.sampled_from(PARAMETERS), st.text(max_size=40), max_size=6))
def test_reading_never_raises_anything_but_its_own_refusal(values: dict[str, str]) -> None:
    assert outcome(**values) is not None


typed = st.text(string.ascii_letters + string.digits + "éèàç'’-,&#+%=/? ", max_size=40).map(
    lambda text: " ".join(text.split())
)
filters = st.builds(
    Filters,
    bands=st.frozensets(st.sampled_from(BANDS)),
    days=st.frozensets(st.sampled_from(Day)),
    moments=st.frozensets(st.sampled_from(Moment)),
    modalities=st.frozensets(st.sampled_from(Modality)),
    bookings=st.frozensets(st.sampled_from(Booking)),
    participants_only=st.booleans(),
    known_only=st.booleans(),
)
asked = st.builds(
    Criteria,
    text=typed,
    loc=typed,
    what_code=st.sampled_from(["", "SM54", "60"]),
    place_token=st.sampled_from(["", "W1siYSJd"]),
    filters=filters,
    sort=st.sampled_from(Sort),
    radius_km=st.none() | st.sampled_from([0.5, 7.5, 12.0, 500.0]),
    seed=st.none() | st.integers(0, 2**48),
    show_rest=st.booleans(),
    complete=st.booleans(),
)


@settings(max_examples=80)
@given(asked)
def test_a_search_survives_its_own_link(criteria: Criteria) -> None:
    assert read(criteria.query()) == criteria


def test_a_link_can_change_one_parameter_and_keep_the_others() -> None:
    criteria = read("text=a%26b&loc=Lille&delai=0-4&delai=4-8&tri=distance&rayon=7,5")
    changed = read(criteria.query(rayon="12", tri=None))
    assert (changed.text, changed.radius_km, changed.sort) == ("a&b", 12.0, Sort.NEUTRAL)
    assert changed.filters == criteria.filters


def cursor(**given: object) -> Cursor:
    values = {
        **{"question": read("text=a&loc=b").question_digest(), "made_at": NOW - 60, "seed": 3},
        **{"radius_km": 5.0, "inner_km": 0.0, "participates": True, "key": 0.25, "location_id": 9},
    }
    return Cursor(**(values | given))  # type: ignore[arg-type]


@settings(max_examples=60)
@given(
    st.builds(
        Cursor,
        question=st.text(string.hexdigits, max_size=12),
        made_at=st.integers(0, 2**40),
        seed=st.integers(0, 2**48),
        radius_km=st.floats(0.1, 1000),
        inner_km=st.just(0.0),
        participates=st.booleans(),
        key=st.integers(1 - 2**63, 2**63 - 1) | st.floats(0, 2),
        location_id=st.integers(0, 2**40),
    )
)
def test_a_cursor_comes_back_as_it_left(made: Cursor) -> None:
    back = decode_cursor(encode_cursor(made))
    assert back == made
    assert back is not None
    assert type(back.key) is type(made.key)


@settings(max_examples=100)
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_a_text_that_is_no_cursor_is_none(text: str) -> None:
    assert decode_cursor(text) is None


@pytest.mark.parametrize(
    "tampered",
    [
        {"radius_km": 0.0}, {"radius_km": 1e9}, {"inner_km": 9.0}, {"inner_km": -1.0}, {"key": 2**63},
        {"key": 1e30}, {"location_id": 2**70}, {"seed": -(2**63)}, {"made_at": 2**80},
    ],
)  # fmt: skip
def test_a_tampered_cursor_is_refused(tampered: dict[str, float]) -> None:
    with pytest.raises(InvalidCriteria) as refused:
        read(f"text=a&loc=b&suite={encode_cursor(cursor(**tampered))}")
    assert refused.value.status == 400


def test_a_cursor_continues_its_search_with_its_seed() -> None:
    continued = read(f"text=a&loc=b&graine=99&suite={encode_cursor(cursor())}")
    assert continued.cursor == cursor()
    assert continued.seed == 3


def test_a_cursor_of_another_search_is_refused() -> None:
    with pytest.raises(InvalidCriteria) as refused:
        read(f"text=a&loc=Paris&suite={encode_cursor(cursor())}")
    assert refused.value.status == 400


@pytest.mark.parametrize("made_at", [NOW - 1801, NOW + 60])
def test_an_old_cursor_is_gone(made_at: int) -> None:
    with pytest.raises(InvalidCriteria) as refused:
        read(f"text=a&loc=b&suite={encode_cursor(cursor(made_at=made_at))}")
    assert refused.value.status == 410


@pytest.mark.parametrize("radius", ["0", "-3", "501", "1e3", "abc", "5 km", "٥"])
def test_a_radius_that_is_no_distance_is_refused_with_the_bounds(radius: str) -> None:
    with pytest.raises(InvalidCriteria, match="500"):
        read_criteria(Sent(loc="Lille", rayon=radius), now=NOW)
