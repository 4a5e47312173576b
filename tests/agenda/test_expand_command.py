"""`expand_agenda`: a pattern in a file, slots as JSON; weekly rules are ours, the others dateutil's, bombs refused."""

import io
import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.agenda.described import PatternRefused, slots

PARIS = ZoneInfo("Europe/Paris")
BRIEF: dict[str, Any] = {
    "timezone": "Europe/Paris",
    "insee": "59350",
    "start": "2026-03-23T08:00",
    "end": "2026-03-23T09:00",
    "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO",
    "exceptions": ["2026-04-20"],
    "skip_public_holidays": True,
    "split_minutes": 15,
    "capacity": 1,
    "unavailable": [{"from": "2026-03-23T08:20", "to": "2026-03-23T08:40"}],
}
PLAIN: dict[str, Any] = {
    "exceptions": [],
    "split_minutes": None,
    "unavailable": None,
    "skip_public_holidays": False,
}


def run(tmp_path: Path, pattern: Any, since: str, until: str) -> Any:
    file, out = tmp_path / "pattern.json", io.StringIO()
    file.write_text(pattern if isinstance(pattern, str) else json.dumps(pattern), encoding="utf-8")
    call_command("expand_agenda", "--file", str(file), "--from", since, "--to", until, stdout=out)
    return json.loads(out.getvalue())


def starts(since: str = "2026-03-01", until: str = "2026-06-30", **changes: Any) -> list[str]:
    return [slot["start"][:16] for slot in slots(BRIEF | changes, since, until)]


def test_the_pattern_of_the_interface_gives_its_slots(tmp_path: Path) -> None:
    found = run(tmp_path, BRIEF, "2026-03-23T00:00", "2026-04-20T23:59")
    # 23 March without what the unavailability overlaps; 6 April is Easter Monday; 20 April is an exception.
    assert found == [
        {"start": "2026-03-23T08:00:00+01:00", "end": "2026-03-23T08:15:00+01:00", "capacity": 1},
        {"start": "2026-03-23T08:45:00+01:00", "end": "2026-03-23T09:00:00+01:00", "capacity": 1},
    ]
    summer = run(tmp_path, BRIEF | {"split_minutes": None}, "2026-05-04T08:00+02:00", "2026-05-04T06:00Z")
    assert summer == [{"start": "2026-05-04T08:00:00+02:00", "end": "2026-05-04T09:00:00+02:00", "capacity": 1}]


def test_a_pattern_without_a_rule_happens_once() -> None:
    assert starts(rrule=None, split_minutes=None, unavailable=[]) == ["2026-03-23T08:00"]


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=WEEKLY;UNTIL=20260330", "2026-03-30T08:00"),
        ("FREQ=WEEKLY;UNTIL=20260330T075959", "2026-03-23T08:00"),
        ("FREQ=WEEKLY;UNTIL=20260330T060000Z", "2026-03-30T08:00"),
        ("FREQ=WEEKLY;UNTIL=20260330T055959Z", "2026-03-23T08:00"),
        ("RRULE:FREQ=WEEKLY;COUNT=2", "2026-03-30T08:00"),
        ("FREQ=DAILY;UNTIL=20260324", "2026-03-24T08:00"),
        ("FREQ=MONTHLY;BYDAY=-1MO;COUNT=2", "2026-04-27T08:00"),
        ("FREQ=WEEKLY;BYSETPOS=-1;BYDAY=MO,TU;COUNT=2", "2026-03-31T08:00"),
    ],
)
def test_until_is_local_and_included_and_other_rules_are_dateutil_s(rule: str, last: str) -> None:
    given: dict[str, Any] = {
        "exceptions": [],
        "split_minutes": None,
        "unavailable": None,
        "skip_public_holidays": False,
    }
    assert starts(rrule=rule, **given)[-1] == last


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 6),
    st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), max_size=3, unique=True),
    st.sampled_from(["", ";WKST=SU", ";COUNT=5", ";UNTIL=20270101T080000", ";BYMONTH=3,10"]),
    st.dates(datetime(2026, 1, 1).date(), datetime(2026, 12, 31).date()),  # noqa: DTZ001
)
def test_any_rule_gives_the_days_of_dateutil(freq: str, interval: int, days: list[str], more: str, first: Any) -> None:
    rule = f"FREQ={freq};INTERVAL={interval}{';BYDAY=' + ','.join(days) if days else ''}{more}"
    begins = datetime.combine(first, time(8))
    pattern = {"start": begins.isoformat(), "end": (begins + timedelta(hours=1)).isoformat(), "rrule": rule}
    found = [slot["start"] for slot in slots(pattern, "2026-01-01", "2027-06-30T08:00")]
    expected = rrule.rrulestr(rule, dtstart=begins).between(
        datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2027-06-30T08:00"), inc=True
    )
    assert found == [at.replace(tzinfo=PARIS).isoformat() for at in expected]


@pytest.mark.parametrize("rule", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31"])
def test_a_rule_that_never_occurs_is_looked_for_no_further_than_the_window(rule: str) -> None:
    assert starts(rrule=rule) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rrule": "FREQ=SECONDLY"}, "FREQ"),
        ({"rrule": "FREQ=MINUTELY;COUNT=1000000000"}, "FREQ"),
        ({"rrule": "FREQ=HOURLY"}, "FREQ"),
        ({"rrule": "FREQ=DAILY;BYHOUR=1,2,3"}, "BYHOUR"),
        ({"rrule": "FREQ=DAILY;COUNT=1000000000"}, "COUNT"),
        ({"rrule": "FREQ=DAILY;INTERVAL=0"}, "INTERVAL"),
        ({"rrule": "FREQ=DAILY;INTERVAL=99999999999999999999"}, "INTERVAL"),
        ({"rrule": "FREQ=DAILY;BYMONTHDAY=abc"}, "illisible"),
        ({"rrule": "FREQ=DAILY;NONSENSE=1"}, "illisible"),
        ({"rrule": "FREQ=DAILY;DAILY"}, "illisible"),
        ({"rrule": "FREQ=DAILY;UNTIL=tomorrow"}, "UNTIL"),
        ({"rrule": "FREQ=DAILY;UNTIL=20260401;COUNT=3"}, "UNTIL ou COUNT"),
        ({"rrule": "FREQ=DAILY;" + "BYDAY=MO" * 100}, "500"),
        ({"rrule": "FREQ=DAILY\nRRULE:FREQ=DAILY"}, "d’une ligne"),
        ({"rrule": 3}, "RFC 5545"),
        ({"start": "0001-01-02T08:00", "end": "0001-01-02T09:00", "rrule": "FREQ=DAILY"}, "jours avant la fin"),
        ({"end": "2026-03-23T08:00"}, "la fin"),
        ({"end": "2026-03-24T09:00"}, "même jour"),
        ({"start": "lundi"}, "start"),
        ({"start": None}, "start"),
        ({"timezone": "Europe/Lutèce"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": 3}, "timezone"),
        ({"insee": None}, "insee"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 10_000}, "capacity"),
        ({"capacity": True}, "capacity"),
        ({"split_minutes": 0}, "split_minutes"),
        ({"split_minutes": 90}, "split_minutes"),
        ({"skip_public_holidays": "non"}, "skip_public_holidays"),
        ({"exceptions": "2026-04-06"}, "exceptions"),
        ({"exceptions": ["2026-04-06"] * 1001}, "1000"),
        ({"unavailable": [{"from": "2026-03-24", "to": "2026-03-23"}]}, "unavailable"),
        ({"unavailable": ["2026-03-24"]}, "unavailable"),
        ({"unavailable": [{"to": "2026-03-24"}]}, "unavailable"),
        ({"comment": "x"}, "comment"),
    ],
)
def test_what_is_no_pattern_is_refused_in_one_sentence_that_names_the_field(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(PatternRefused, match=said) as refused:
        slots(BRIEF | changes, "2026-03-01", "2326-03-01")
    assert str(refused.value).endswith(".")


def test_too_many_slots_are_refused_and_not_printed() -> None:
    daily = BRIEF | {"rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "split_minutes": 1}
    with pytest.raises(PatternRefused, match="réduisez"):
        slots(daily, "2026-01-01", "2046-01-01")


def test_an_unavailability_in_days_covers_its_last_day_and_none_is_until_further_notice() -> None:
    plain: dict[str, Any] = {
        "split_minutes": None,
        "rrule": "FREQ=DAILY",
        "exceptions": [],
        "skip_public_holidays": False,
    }
    days = starts(until="2026-03-27", unavailable=[{"from": "2026-03-24", "to": "2026-03-25"}], **plain)
    assert [day[8:10] for day in days] == ["23", "26"]
    assert starts(unavailable=[{"from": "2026-03-24", "to": None}], **plain) == ["2026-03-23T08:00"]


def test_exit_codes_tell_a_refusal_from_a_misuse(tmp_path: Path) -> None:
    for content, code in (("{", 1), ("[]", 1), ('{"start": "x"}', 1)):
        with pytest.raises(CommandError) as failed:
            run(tmp_path, content, "2026-03-01", "2026-03-31")
        assert failed.value.returncode == code
    with pytest.raises(CommandError) as misused:
        call_command("expand_agenda", "--file", str(tmp_path / "none"), "--from", "2026-03-01", "--to", "2026-03-02")
    assert misused.value.returncode == 2
    with pytest.raises(CommandError, match="ISO 8601"):
        run(tmp_path, BRIEF, "lundi", "2026-03-31")
