"""The search sent to editors, and the reading of it by a sandbox (interop.md §1.0.1, §1.0.2, §1.1)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.fhir.slot_query import PARIS, RefusedQuery, SlotQuery, build_slot_query, parse_slot_query

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
END = datetime(2026, 7, 3, 21, 59, 59, 999_000, tzinfo=UTC)
ID = "810002673899"
NAME = "schedule.actor:Practitioner.identifier"


def parsed(query: str) -> SlotQuery:
    result = parse_slot_query(query)
    assert isinstance(result, SlotQuery), result
    return result


def refused(query: str) -> list[tuple[str, str]]:
    result = parse_slot_query(query)
    assert isinstance(result, RefusedQuery), result
    return [(problem.code, problem.parameter) for problem in result.problems]


def test_the_query_is_written_exactly_as_the_guide_wants_it() -> None:
    assert build_slot_query([ID, "810100050075"], start=START, end=END) == (
        "Slot?_include=Slot:schedule&_include:iterate=Schedule:actor"
        "&start=ge2026-07-01T10:00:00.000%2B02:00&start=le2026-07-03T23:59:59.999%2B02:00"
        "&schedule.actor:Practitioner.identifier=urn:oid:1.2.250.1.71.4.2.1%7C810002673899,"
        "urn:oid:1.2.250.1.71.4.2.1%7C810100050075&status=free"
    )


def test_each_bound_carries_the_offset_of_its_own_instant_across_a_clock_change() -> None:
    query = build_slot_query(
        [ID], start=datetime(2026, 10, 24, 10, tzinfo=UTC), end=datetime(2026, 10, 26, 10, tzinfo=UTC)
    )
    assert "start=ge2026-10-24T12:00:00.000%2B02:00&start=le2026-10-26T11:00:00.000%2B01:00" in query


def test_the_cpts_flow_adds_its_two_includes() -> None:
    query = build_slot_query([ID], start=START, end=END, cpts=True)
    assert "&_include=Slot:service-type-reference&_include:iterate=HealthcareService:organization&start=" in query
    assert parsed(query.removeprefix("Slot?")).wants_cpts


def test_an_id_with_a_slash_is_encoded() -> None:
    assert "%7C3456780581%2F11242343&status" in build_slot_query(["3456780581/11242343"], start=START, end=END)


@pytest.mark.parametrize(
    ("ids", "start", "end"),
    [
        ([], START, END),
        ([str(800_000_000_000 + n) for n in range(26)], START, END),
        ([ID], START.replace(tzinfo=None), END),
        ([ID], START, END.replace(tzinfo=None)),
        ([ID], END, START),
    ],
)
def test_a_query_that_no_editor_may_receive_is_not_built(ids: list[str], start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match=r"ids|aware|window"):
        build_slot_query(ids, start=start, end=end)


@settings(max_examples=60)
@given(
    ids=st.lists(st.from_regex(r"8[0-9]{11}", fullmatch=True), min_size=1, max_size=25, unique=True),
    start=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 (hypothesis wants naive bounds)
    length=st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_what_is_written_is_read_back(ids: list[str], start: datetime, length: timedelta) -> None:
    begin = start.replace(microsecond=0, tzinfo=UTC)
    end = begin + timedelta(seconds=int(length.total_seconds()))
    query = parsed(build_slot_query(ids, start=begin, end=end).removeprefix("Slot?"))
    assert query.practitioners == tuple(ids)
    assert (query.start, query.end) == (begin, end)
    assert query.wants_free
    assert not query.wants_cpts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01T10:00:00.000%2B02:00", START),
        ("2026-07-01T10:00:00.000+02:00", START),
        ("2026-07-01T10:00:00+02:00", START),
        ("2026-07-01T10%3A00%3A00%2B02%3A00", START),
        ("2026-07-01T08:00:00Z", START),
        ("2026-07-01T08:00:00.760Z", START + timedelta(milliseconds=760)),
        ("2026-07-01T10:00:00", START),
        ("2026-07-01T10:00:00.000", START),
        ("2026-07-01T10:00", START),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T03:00:00-05:00", START),
        ("2026-01-15T10:00:00", datetime(2026, 1, 15, 9, tzinfo=UTC)),
    ],
)
def test_every_way_of_writing_a_time_is_understood(text: str, expected: datetime) -> None:
    assert parsed(f"start=ge{text}&start=le2026-07-09&{NAME}={ID}").start == expected


def test_a_date_alone_ends_with_that_day_in_paris() -> None:
    end = parsed(f"start=ge2026-07-01&start=le2026-07-03&{NAME}={ID}").end
    assert end == datetime(2026, 7, 3, 23, 59, 59, 999_000, tzinfo=PARIS)


@pytest.mark.parametrize(
    "written",
    [
        ID,
        "10002673899",
        f"|{ID}",
        f"urn:oid:1.2.250.1.71.4.2.1|{ID}",
        f"urn:oid:1.2.250.1.71.4.2.1%7C{ID}",
        f"1.2.250.1.71.4.2.1%7C{ID}",
        f"urn%3Aoid%3A1.2.250.1.71.4.2.1%7C{ID},%20{ID}",
        f"{ID},,urn:oid:9.9.9|810100050075",
    ],
)
def test_ids_are_understood_with_or_without_system_and_prefix(written: str) -> None:
    assert parsed(f"start=ge2026-07-01&start=le2026-07-03&{NAME.replace(':', '%3A')}={written}").practitioners == (ID,)


def test_a_repeated_bound_narrows_the_window() -> None:
    query = parsed(f"start=ge2026-07-01&start=ge2026-07-02T00:00:00Z&start=le2026-07-03&start=le2026-07-09&{NAME}={ID}")
    assert query.start == datetime(2026, 7, 2, tzinfo=UTC)
    assert query.end.astimezone(timezone(timedelta(hours=2))).day == 3


def test_only_other_statuses_means_that_nothing_free_is_wanted() -> None:
    window = f"start=ge2026-07-01&start=le2026-07-03&{NAME}={ID}"
    assert parsed(window).wants_free
    assert parsed(f"{window}&status=http://hl7.org/fhir/slotstatus|free&_count=1000").wants_free
    assert not parsed(f"{window}&status=busy").wants_free


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ("", [("required", "start"), ("required", NAME)]),
        (f"start=gexyz&start=le2026-07-03&{NAME}={ID}", [("value", "start")]),
        (f"start=ge2026-13-41&start=le2026-07-03&{NAME}={ID}", [("value", "start")]),
        (f"start=gt2026-07-01&start=le2026-07-03&{NAME}={ID}", [("value", "start")]),
        (f"start=ge2026-07-01&{NAME}={ID}", [("required", "start")]),
        ("start=ge2026-07-01&start=le2026-07-03", [("required", NAME)]),
        (f"start=ge2026-07-01&start=le2026-07-03&{NAME}={','.join([ID] * 26)}", [("too-costly", NAME)]),
        ("x" * 20_000, [("too-long", "")]),
    ],
)
def test_a_bad_search_is_refused_with_its_reasons(query: str, problems: list[tuple[str, str]]) -> None:
    assert refused(query) == problems


@settings(max_examples=80)
@given(st.text(max_size=200) | st.text(alphabet="start=gle&%+:0129TZ|, -", max_size=120))
def test_no_query_however_strange_breaks_the_reader(text: str) -> None:
    assert isinstance(parse_slot_query(text), SlotQuery | RefusedQuery)
    parse_slot_query(f"start=ge{text}&start=le{text}&{NAME}={text}")
