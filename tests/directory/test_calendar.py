"""Public holidays by region, PDSA hours in local time, and weekly hours as people write them."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from sas.directory.calendar import (
    PdsaHours,
    bridge_days,
    holiday_name,
    is_pdsa,
    public_holidays,
    region_label,
    region_of,
)
from sas.directory.gazetteer import gazetteer
from sas.directory.weekly_hours import (
    Band,
    InvalidHoursError,
    from_json,
    is_open,
    read_day,
    to_json,
    week_in_words,
    write_day,
)

PARIS, REUNION, TAHITI = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion"), ZoneInfo("Pacific/Tahiti")
HOURS = PdsaHours()
REGIONS = ["", "57", "6AE", "971", "972", "973", "974", "976", "BL", "MF", "NC", "PF", "PM", "TF", "WF"]


@pytest.mark.parametrize(
    ("department", "day", "name"),
    [
        ("59", date(2026, 7, 14), "Fête nationale"),
        ("59", date(2026, 12, 26), ""),
        ("57", date(2026, 12, 26), "Saint-Étienne"),
        ("67", date(2026, 4, 3), "Vendredi saint"),
        ("68", date(2026, 4, 3), "Vendredi saint"),
        ("54", date(2026, 4, 3), ""),
        ("971", date(2026, 5, 27), "Abolition de l’esclavage"),
        ("972", date(2026, 5, 22), "Abolition de l’esclavage"),
        ("973", date(2026, 6, 10), "Abolition de l’esclavage"),
        ("974", date(2026, 12, 20), "Abolition de l’esclavage"),
        ("976", date(2026, 4, 27), "Abolition de l’esclavage"),
        ("977", date(2026, 10, 9), "Abolition de l’esclavage"),
        ("978", date(2026, 5, 28), "Abolition de l’esclavage"),
        ("988", date(2026, 9, 24), "Fête de la Citoyenneté"),
        ("59", date(2026, 9, 24), ""),
    ],
)
def test_public_holidays_are_those_of_the_department(department: str, day: date, name: str) -> None:
    assert holiday_name(day, region_of(department)).casefold() == name.casefold()


def test_every_department_has_a_region_with_the_eleven_holidays_of_the_law() -> None:
    law = set(public_holidays(2026, ""))
    assert len(law) == 11
    regions = {region_of(code) for code in gazetteer().departments}
    assert regions == set(REGIONS)
    assert all(law <= set(public_holidays(2026, region)) for region in regions)
    assert region_label("") == "Droit commun"
    assert region_label("974") == "La Réunion"


@pytest.mark.parametrize(
    ("local", "yes", "reason"),
    [
        ("2026-11-23T07:59:00", True, "avant 8 h"),
        ("2026-11-23T08:00:00", False, ""),
        ("2026-11-23T19:59:59", False, ""),
        ("2026-11-23T20:00:00", True, "après 20 h"),
        ("2026-11-21T11:59:00", False, ""),
        ("2026-11-21T12:00:00", True, "samedi à partir de 12 h"),
        ("2026-11-22T10:00:00", True, "dimanche"),
        ("2026-11-11T10:00:00", True, "jour férié (Armistice)"),
    ],
)
def test_pdsa_hours_say_why(local: str, yes: bool, reason: str) -> None:
    for zone in (PARIS, REUNION, TAHITI):
        found = is_pdsa(datetime.fromisoformat(local).replace(tzinfo=zone), HOURS, "", zone)
        assert (found.yes, found.reason) == (yes, reason)
        assert bool(found) is yes


def test_saturday_may_be_a_day_like_another_and_bounds_are_the_territory_s() -> None:
    hours = PdsaHours(evening=time(19, 30), morning=time(7, 30), saturday=None)
    saturday = datetime(2026, 11, 21, 15, tzinfo=PARIS)
    assert not is_pdsa(saturday, hours, "", PARIS)
    assert is_pdsa(saturday.replace(hour=19, minute=30), hours, "", PARIS).reason == "après 19 h 30"
    assert not is_pdsa(saturday.replace(hour=7, minute=30), hours, "", PARIS)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 7, 13), "lundi avant un jour férié (Fête nationale)"),
        (date(2026, 5, 15), "vendredi après un jour férié (Ascension)"),
        (date(2026, 5, 16), "samedi après un jour férié (Ascension)"),
        (date(2026, 12, 26), "samedi après un jour férié (Noël)"),
        (date(2026, 11, 13), ""),
    ],
)
def test_bridge_days_count_only_where_the_ars_decided_so(day: date, reason: str) -> None:
    noon = datetime.combine(day, time(9), PARIS)
    assert not is_pdsa(noon, HOURS, "", PARIS)
    assert is_pdsa(noon, PdsaHours(bridge_days=True), "", PARIS).reason == reason
    assert bridge_days(2026, "").get(day, "") == reason


def test_one_instant_is_judged_at_each_place_in_its_own_time() -> None:
    at = datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert not is_pdsa(at, HOURS, "", PARIS)
    assert is_pdsa(at, HOURS, "974", REUNION).reason == "après 20 h"
    assert is_pdsa(at, HOURS, "PF", TAHITI).reason == "avant 8 h"


def test_the_evening_begins_at_the_same_local_hour_on_both_sides_of_a_change_of_clocks() -> None:
    for day in (date(2026, 3, 28), date(2026, 10, 24)):
        for after in (day - timedelta(days=1), day + timedelta(days=2)):
            before_eight = datetime.combine(after, time(19, 59), PARIS).astimezone(UTC)
            assert not is_pdsa(before_eight, HOURS, "", PARIS)
            assert is_pdsa(before_eight + timedelta(minutes=1), HOURS, "", PARIS)


moments = some.integers(0, 3_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
zones = some.sampled_from([PARIS, REUNION, TAHITI, ZoneInfo("America/Miquelon"), ZoneInfo("Pacific/Marquesas")])
regions = some.sampled_from(REGIONS)
any_hours = some.builds(
    PdsaHours,
    evening=some.times(time(17), time(22)),
    morning=some.times(time(6), time(10)),
    saturday=some.none() | some.times(time(8), time(18)),
    bridge_days=some.booleans(),
)


@settings(deadline=None)
@given(moments, any_hours, regions, zones)
def test_pdsa_has_a_reason_exactly_when_it_is(at: datetime, hours: PdsaHours, region: str, zone: ZoneInfo) -> None:
    found = is_pdsa(at, hours, region, zone)
    assert bool(found.reason) is found.yes
    there = at.astimezone(zone)
    if there.weekday() == 6 or holiday_name(there.date(), region) or not hours.morning <= there.time() < hours.evening:
        assert found
    elif there.weekday() < 5 and not hours.bridge_days:
        assert not found


@settings(deadline=None)
@given(moments, any_hours, regions, zones)
def test_the_zone_in_which_an_instant_is_told_changes_nothing(
    at: datetime, hours: PdsaHours, region: str, zone: ZoneInfo
) -> None:
    assert is_pdsa(at, hours, region, zone) == is_pdsa(at.astimezone(TAHITI), hours, region, zone)


@settings(deadline=None)
@given(some.integers(1950, 2100), regions)
def test_holidays_are_of_their_year_in_order_and_in_french(year: int, region: str) -> None:
    found = public_holidays(year, region)
    assert [day.year for day in found] == [year] * len(found)
    assert all(a < b for a, b in pairwise(found))
    assert all(name and "'" not in name for name in found.values())


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("8h-12h, 14:00 à 20:30", "8 h–12 h, 14 h–20 h 30"),
        ("8 h – 20 h", "8 h–20 h"),
        ("14h-18h et 8h30-12h", "8 h 30–12 h, 14 h–18 h"),
        ("20h-8h", "20 h–8 h"),
        ("18h-24h", "18 h–0 h"),
        ("24h/24", "24h/24"),
        ("24 h sur 24", "24h/24"),
        ("", ""),
        ("fermé", ""),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, written: str) -> None:
    assert write_day(read_day(2, text), 2) == written
    assert read_day(2, written) == read_day(2, text)


@pytest.mark.parametrize("text", ["matin", "8-12", "25h-26h", "8h-12h, 11h-14h", "20h-8h, 22h-23h", "8h-9h," * 8, "8h"])
def test_what_is_not_hours_is_refused_with_an_example_or_a_reason(text: str) -> None:
    with pytest.raises(InvalidHoursError, match=r"\.$"):
        read_day(0, text)


@settings(deadline=None)
@given(some.text(max_size=120))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        bands = read_day(3, text)
    except InvalidHoursError:
        return
    assert all(band.day == 3 for band in bands)
    assert from_json(to_json(bands)) == sorted(bands)


def test_a_week_in_words_puts_days_of_the_same_hours_together() -> None:
    bands = [band for day in range(5) for band in read_day(day, "8h-20h")] + read_day(6, "9h-12h")
    assert week_in_words(bands) == [
        ("lundi à vendredi", "8 h–20 h"),
        ("samedi", "fermé"),
        ("dimanche", "9 h–12 h"),
        ("jours fériés", "fermé"),
    ]


def test_a_night_band_runs_past_midnight_and_a_holiday_has_hours_of_its_own() -> None:
    friday_night = [Band(4, time(20), time(8))]
    assert is_open(friday_night, datetime(2026, 11, 20, 23, tzinfo=PARIS), PARIS, "")
    assert is_open(friday_night, datetime(2026, 11, 21, 7, 59, tzinfo=PARIS), PARIS, "")
    assert not is_open(friday_night, datetime(2026, 11, 21, 8, tzinfo=PARIS), PARIS, "")
    assert not is_open(friday_night, datetime(2026, 11, 20, 19, 59, tzinfo=PARIS), PARIS, "")
    wednesday, holiday = [Band(2, time(8), time(20))], [Band(7, time(9), time(12))]
    armistice = datetime(2026, 11, 11, 10, tzinfo=PARIS)
    assert not is_open(wednesday, armistice, PARIS, "")
    assert is_open(holiday, armistice, PARIS, "")
    assert not is_open(holiday, armistice + timedelta(days=1), PARIS, "")


@settings(deadline=None)
@given(moments, zones, regions)
def test_round_the_clock_is_always_open(at: datetime, zone: ZoneInfo, region: str) -> None:
    always = [band for day in range(8) for band in read_day(day, "24h/24")]
    assert is_open(always, at, zone, region)
