"""Opening, changing, closing and copying series: the past stays, uses follow, nobody is overwritten."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sas.agenda import uses
from sas.agenda.models import Series, Use
from sas.agenda.queries import Occurrence, week_of
from sas.agenda.services import change_series, close_series, copy_week, open_many, open_series
from sas.agenda.sheets import AgendaRefused, Scope, Spot, StaleError, sheet_of
from sas.agenda.uses import UsedSlot, mark_taken, on_used_slot_changed, take_place, unmark_taken
from sas.web.models import AuditLine
from tests.factories import directory
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, series, sheet, spot, spot_of_structure

pytestmark = pytest.mark.django_db
LATER = paris("2026-12-09 15:00")
"""A Wednesday, after two Tuesdays."""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[UsedSlot]:
    """What was announced to the regulators' side."""
    heard: list[UsedSlot] = []
    monkeypatch.setattr(uses, "_listeners", [])
    on_used_slot_changed(lambda slots, _by, _at: heard.extend(slots))
    return heard


def offered(where: Spot | Series, monday: date = date(2026, 11, 23), weeks: int = 8) -> list[str]:
    """`24/11 08:00-12:00 6` for each occurrence of those weeks."""
    found: tuple[Occurrence, ...] = week_of(practitioner_id=owner(where), monday=monday, days=7 * weeks)
    return [f"{one.start:%d/%m %H:%M}-{one.end:%H:%M} {one.capacity}" for one in found]


def owner(where: Spot | Series) -> int:
    assert where.practitioner
    return where.practitioner.pk


def edit(one: Series, scope: str, on: date, at: datetime = AT, **changes: Any) -> Any:
    known = sheet_of(one)
    wanted = type(known)(**({name: getattr(known, name) for name in known.__dataclass_fields__} | changes))
    return change_series(series=one, sheet=wanted, scope=Scope(scope), on=on, version=one.version, by="compte 2", at=at)


def close(one: Series, scope: str, on: date, at: datetime = AT) -> Any:
    return close_series(series=one, scope=Scope(scope), on=on, version=one.version, by="compte 2", at=at)


def refusal(**given: Any) -> dict[str, str]:
    with pytest.raises(AgendaRefused) as refused:
        series(**given)
    assert not Series.objects.exists()
    return refused.value.errors


# Opening.


def test_a_plage_of_six_patients_every_other_tuesday_is_found_week_after_week() -> None:
    one = plage()
    assert offered(one) == [f"{day} 08:00-12:00 6" for day in ("24/11", "08/12", "22/12", "05/01")]
    line = AuditLine.objects.get(act="open_series")
    assert (line.actor, line.target) == (BY, f"série {one.pk}")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"starts": "09:00", "ends": "08:00"}, "ends_at"),
        ({"starts": "09:00", "ends": "09:00"}, "ends_at"),
        ({"starts": "09:02", "ends": "09:20"}, "starts_at"),
        ({"first_on": date(2026, 11, 22)}, "first_on"),
        ({"first_on": date(2036, 11, 30)}, "first_on"),
        ({"first_on": date(2026, 11, 23), "starts": "06:55", "ends": "07:30"}, "starts_at"),
        ({"kind": "band", "capacity": 0}, "capacity"),
        ({"kind": "band", "capacity": 10_000}, "capacity"),
        ({"kind": "slot", "capacity": 2}, "capacity"),
        ({"kind": "other"}, "kind"),
        ({"modalities": ()}, "modalities"),
        ({"modalities": ("AMB", "XX")}, "modalities"),
        ({"split_minutes": 3}, "split_minutes"),
        ({"split_minutes": 30}, "split_minutes"),
        ({"repeat_weeks": 53}, "repeat_weeks"),
        ({"repeat_weeks": 1, "weekdays": (7,)}, "weekdays"),
        ({"repeat_weeks": 1, "until": date(2026, 11, 20)}, "until"),
        ({"repeat_weeks": 1, "until": date(2036, 11, 25)}, "until"),
        ({"repeat_weeks": 1, "weekdays": (0,), "until": date(2026, 11, 28)}, "until"),
        ({"first_on": date(2027, 3, 28), "starts": "02:30", "ends": "02:45"}, "starts_at"),
    ],
)
def test_what_cannot_be_is_refused_next_to_its_field(given: dict[str, Any], field: str) -> None:
    errors = refusal(**given)
    assert list(errors) == [field]
    assert errors[field].endswith(".")


def test_ten_years_of_recurrence_are_accepted_and_a_recurrence_without_end_too() -> None:
    series(repeat_weeks=1, until=date(2036, 11, 24))
    series(repeat_weeks=1)
    assert Series.objects.count() == 2


def test_all_errors_come_at_once() -> None:
    assert set(refusal(starts="09:01", ends="08:00", kind="band", capacity=0)) == {"starts_at", "ends_at", "capacity"}


def test_a_series_that_begins_today_does_not_offer_what_has_begun() -> None:
    one = series(first_on=date(2026, 11, 23), repeat_weeks=1, at=paris("2026-11-23 09:00"))
    assert offered(one, weeks=2) == ["30/11 08:00-08:20 1"]


def test_two_identical_creneaux_of_a_place_are_refused_whatever_their_recurrence() -> None:
    where = spot()
    series(where, repeat_weeks=1)
    others: list[dict[str, Any]] = [
        {},
        {"repeat_weeks": 3, "first_on": date(2026, 12, 15)},
        {"ends": "09:20", "split_minutes": 20},
    ]
    for same in others:
        with pytest.raises(AgendaRefused, match="existe déjà"):
            series(where, **same)
    assert Series.objects.count() == 1


def test_overlaps_are_allowed_between_kinds_and_places() -> None:
    where = spot()
    series(where, "08:00", "09:00")
    series(where, "08:00", "09:00", kind="band", capacity=3)
    series(where, "08:15", "09:15")
    series(spot(of=where.practitioner), "08:00", "09:00")
    assert len(offered(where)) == 4


def test_a_split_range_is_offered_in_pieces() -> None:
    one = series(None, "08:00", "09:00", split_minutes=25)
    assert offered(one) == ["24/11 08:00-08:25 1", "24/11 08:25-08:50 1"]
    assert all(found.piece for found in week_of(practitioner_id=owner(one), monday=date(2026, 11, 23)))


def test_many_at_once_leave_out_what_exists_and_write_one_line() -> None:
    where = spot()
    series(where)
    sheets = [sheet(), sheet("09:00", "09:20"), sheet("09:00", "09:20")]
    opened = open_many(spot=where, sheets=sheets, by=BY, at=AT, source="icalendar")
    assert (len(opened.made), len(opened.doubled)) == (1, 2)
    again = open_many(spot=where, sheets=sheets, by=BY, at=AT, source="icalendar")
    assert (len(again.made), len(again.doubled)) == (0, 3)
    assert AuditLine.objects.filter(act="open_many_series").count() == 2


def test_two_doctors_of_one_structure_may_offer_the_same_hour() -> None:
    msp, one, two = directory.structure(kind="msp"), directory.practitioner(), directory.practitioner()
    for doctor in (one, two):
        open_series(spot=spot_of_structure(msp, doctor), sheet=sheet(), by=BY, at=AT)
    found = week_of(structure_id=msp.pk, monday=date(2026, 11, 23))
    assert {each.doctor_id for each in found} == {one.pk, two.pk}
    assert week_of(practitioner_id=one.pk, monday=date(2026, 11, 23)) == ()


# Changing and closing.


def test_changing_this_occurrence_leaves_the_others() -> None:
    one = plage(repeat_weeks=1, until=date(2026, 12, 8))
    edit(one, "this", date(2026, 12, 1), starts_at=sheet("09:00").starts_at, first_on=date(2026, 12, 2))
    assert offered(one) == ["24/11 08:00-12:00 6", "02/12 09:00-12:00 6", "08/12 08:00-12:00 6"]


def test_changing_this_and_the_following_splits_the_series() -> None:
    one = plage(repeat_weeks=1, until=date(2026, 12, 15))
    changed = edit(one, "following", date(2026, 12, 8), capacity=3, first_on=date(2026, 12, 8))
    assert offered(one) == [
        "24/11 08:00-12:00 6", "01/12 08:00-12:00 6", "08/12 08:00-12:00 3", "15/12 08:00-12:00 3",
    ]  # fmt: skip
    assert changed.series.replaces_id == one.pk


@pytest.mark.parametrize("scope", ["all", "following"])
def test_changing_them_all_never_rewrites_the_past(scope: str) -> None:
    one = plage(until=date(2027, 1, 5))
    before = offered(one, date(2026, 11, 23), weeks=2)
    edit(one, scope, date(2026, 12, 22), at=LATER, capacity=2, first_on=date(2026, 12, 22))
    assert offered(one, date(2026, 11, 23), weeks=2) == before
    assert offered(one, date(2026, 12, 7)) == ["08/12 08:00-12:00 6", "22/12 08:00-12:00 2", "05/01 08:00-12:00 2"]


def test_moving_them_all_to_another_weekday_keeps_the_weeks_that_count() -> None:
    one = plage()
    edit(one, "all", date(2026, 12, 22), at=LATER, weekdays=(0, 3), first_on=date(2026, 12, 22))
    expected = ["24/11", "08/12", "21/12", "24/12", "04/01", "07/01"]
    assert [each[:5] for each in offered(one)] == expected


def test_changing_what_has_begun_or_is_past_is_refused() -> None:
    one = plage(repeat_weeks=1)
    for scope, on, at in (
        ("this", TUESDAY, LATER),
        ("following", TUESDAY, LATER),
        ("this", date(2026, 12, 15), paris("2026-12-15 08:00")),
    ):
        with pytest.raises(AgendaRefused, match="commencé"):
            edit(one, scope, on, at=at)
        with pytest.raises(AgendaRefused, match="commencé"):
            close(one, scope, on, at=at)
    with pytest.raises(AgendaRefused, match="n’existe plus"):
        close(one, "this", date(2026, 12, 2))
    past = series(first_on=date(2026, 11, 25))
    with pytest.raises(AgendaRefused, match="commencé"):
        edit(past, "all", date(2026, 11, 25), at=LATER, capacity=1)


def test_today_s_occurrence_that_has_begun_stays_when_all_are_closed() -> None:
    one = plage(repeat_weeks=1)
    close(one, "all", TUESDAY, at=paris("2026-12-01 09:00"))
    assert offered(one) == ["24/11 08:00-12:00 6", "01/12 08:00-12:00 6"]


def test_closing_this_then_the_following_then_all() -> None:
    one = plage(repeat_weeks=1, until=date(2026, 12, 22))
    close(one, "this", date(2026, 12, 1))
    one.refresh_from_db()
    close(one, "following", date(2026, 12, 15))
    assert [each[:5] for each in offered(one)] == ["24/11", "08/12"]
    one.refresh_from_db()
    close(one, "all", date(2026, 12, 8))
    assert offered(one) == []
    plage(Spot(one.practitioner, one.place_key, None, one.insee, "59", one.timezone), repeat_weeks=1)
    assert len(offered(one)) == 8


def test_a_creneau_closed_by_mistake_can_be_opened_again() -> None:
    where = spot()
    close(series(where), "all", TUESDAY)
    close(series(where), "this", TUESDAY)
    series(where)
    assert len(offered(where)) == 1


def test_an_edit_that_would_make_a_double_is_refused_and_changes_nothing() -> None:
    where = spot()
    series(where, "09:00", "09:20")
    one = series(where, repeat_weeks=1, until=date(2026, 12, 1))
    before = offered(where)
    with pytest.raises(AgendaRefused, match="existe déjà"):
        edit(one, "all", TUESDAY, starts_at=sheet("09:00").starts_at, ends_at=sheet("09:00", "09:20").ends_at)
    one.refresh_from_db()
    assert (offered(where), one.version) == (before, 1)


def test_a_stale_form_is_told_who_changed_it_and_when() -> None:
    one = plage()
    edit(Series.objects.get(pk=one.pk), "all", TUESDAY, capacity=4)
    with pytest.raises(StaleError) as stale:
        edit(one, "all", TUESDAY, capacity=5)
    assert (stale.value.by, stale.value.at) == ("compte 2", AT)
    close(Series.objects.get(pk=one.pk), "all", TUESDAY)
    with pytest.raises(StaleError):
        edit(one, "all", TUESDAY, capacity=5)


def test_the_audit_trail_says_what_changed_and_never_the_hours() -> None:
    one = plage()
    edit(one, "all", TUESDAY, capacity=4, starts_at=sheet("07:30").starts_at)
    line = AuditLine.objects.get(act="change_series")
    assert line.after == {"scope": "all", "fields": ["starts_at", "capacity"], "used": 0}


def test_a_thousand_exceptions_are_the_most() -> None:
    one = series(repeat_weeks=1, weekdays=(0, 1, 2, 3, 4, 5, 6))
    Series.objects.filter(pk=one.pk).update(exceptions=[TUESDAY + timedelta(days=2 + number) for number in range(1000)])
    with pytest.raises(AgendaRefused, match="Trop d’exceptions"):
        close(one, "this", TUESDAY + timedelta(days=1))


# Uses.


def test_pris_is_one_tap_and_comes_back() -> None:
    one = plage()
    at = paris("2026-11-24 08:00")
    mark_taken(series=one, starts_at=at, by=BY, at=AT)
    use = mark_taken(series=one, starts_at=at, by=BY, at=AT)
    assert (use.taken, use.marked, use.marked_by) == (2, 2, BY)
    unmark_taken(series=one, starts_at=at, by=BY, at=AT)
    use = unmark_taken(series=one, starts_at=at, by=BY, at=AT)
    assert (use.taken, use.marked, use.marked_by) == (0, 0, None)
    with pytest.raises(AgendaRefused):
        unmark_taken(series=one, starts_at=at, by=BY, at=AT)


def test_undoing_pris_never_frees_the_place_of_an_orientation() -> None:
    one, at = plage(), paris("2026-11-24 08:00")
    use = take_place(series_id=one.pk, starts_at=at, by="compte 9", at=AT)
    with pytest.raises(AgendaRefused):
        unmark_taken(series=one, starts_at=at, by=BY, at=AT)
    assert uses.give_back_place(use=use, by="compte 9", at=AT).taken == 0
    mark_taken(series=one, starts_at=at, by=BY, at=AT)
    with pytest.raises(AgendaRefused):
        uses.give_back_place(use=use, by="compte 9", at=AT)


def test_a_place_is_taken_only_of_what_is_offered_and_left() -> None:
    one, at = series(), paris("2026-11-24 08:00")
    for wrong, when in ((paris("2026-11-24 08:05"), AT), (at, paris("2026-11-24 08:20"))):
        with pytest.raises(AgendaRefused, match="plus proposé"):
            take_place(series_id=one.pk, starts_at=wrong, by=BY, at=when)
    take_place(series_id=one.pk, starts_at=at, by=BY, at=AT)
    with pytest.raises(AgendaRefused, match="prises"):
        take_place(series_id=one.pk, starts_at=at, by=BY, at=AT)
    with pytest.raises(AgendaRefused, match="plus proposé"):
        take_place(series_id=0, starts_at=at, by=BY, at=AT)


@pytest.fixture
def one_sent() -> Series:
    """A weekly plage with somebody sent on 1 December, and one place said taken on the 8th."""
    one = plage(repeat_weeks=1)
    take_place(series_id=one.pk, starts_at=paris("2026-12-01 08:00"), by="compte 9", at=AT)
    mark_taken(series=one, starts_at=paris("2026-12-08 08:00"), by=BY, at=AT)
    return one


def taken(one: Series) -> list[tuple[str, int]]:
    found = week_of(practitioner_id=owner(one), monday=date(2026, 11, 23), days=28)
    return [(f"{each.start:%d/%m}", each.taken) for each in found if each.taken]


def test_uses_follow_to_the_series_that_comes_after(one_sent: Series, told: list[UsedSlot]) -> None:
    changed = edit(one_sent, "following", date(2026, 12, 1), capacity=8, first_on=date(2026, 12, 1))
    assert set(Use.objects.values_list("series", "capacity")) == {(changed.series.pk, 8)}
    assert taken(one_sent) == [("01/12", 1), ("08/12", 1)]
    assert (changed.used, told) == ((), [])


def test_a_used_occurrence_that_closes_is_announced_and_never_lost(one_sent: Series, told: list[UsedSlot]) -> None:
    closed = close(one_sent, "all", TUESDAY)
    assert [(slot.change, slot.starts_at, slot.taken) for slot in closed.used] == [
        ("closed", paris("2026-12-01 08:00"), 1)
    ]
    assert told == list(closed.used)
    assert Use.objects.get().starts_at == paris("2026-12-01 08:00")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ends_at": sheet("08:00", "11:00").ends_at}, ["changed"]),
        ({"modalities": ("VR",)}, ["changed"]),
        ({"starts_at": sheet("08:30").starts_at}, ["closed"]),
        ({"weekdays": (1, 2)}, []),
        ({"capacity": 1}, []),
    ],
)
def test_a_used_occurrence_that_changes_is_announced(
    one_sent: Series, told: list[UsedSlot], changes: dict[str, Any], expected: list[str]
) -> None:
    changed = edit(one_sent, "all", TUESDAY, **changes)
    assert [slot.change for slot in changed.used] == expected
    assert told == list(changed.used)


def test_capacity_below_what_is_taken_leaves_it_full(one_sent: Series, told: list[UsedSlot]) -> None:
    take_place(series_id=one_sent.pk, starts_at=paris("2026-12-01 08:00"), by="compte 9", at=AT)
    assert [slot.change for slot in edit(one_sent, "all", TUESDAY, capacity=1).used] == ["changed"]
    with pytest.raises(AgendaRefused, match="prises"):
        take_place(series_id=one_sent.pk, starts_at=paris("2026-12-01 08:00"), by="compte 9", at=AT)


# Copying.


def test_a_week_is_copied_once_and_again_adds_nothing() -> None:
    where = spot()
    series(where, "09:00", "09:20", first_on=date(2026, 11, 26))
    plage(where)
    opened = copy_week(spot=where, from_monday=TUESDAY, to_monday=date(2026, 12, 2), by=BY, at=AT)
    assert [(one.first_on.day, one.capacity, one.repeat_weeks) for one in opened.made] == [(3, 1, None), (1, 6, None)]
    again = copy_week(spot=where, from_monday=TUESDAY, to_monday=date(2026, 12, 2), by=BY, at=AT)
    assert (len(again.made), len(again.doubled)) == (0, 2)


def test_an_empty_week_the_same_week_or_a_past_one_is_not_copied() -> None:
    where = spot()
    series(where)
    for start, end in ((date(2026, 12, 1), TUESDAY), (TUESDAY, TUESDAY), (TUESDAY, date(2026, 11, 16))):
        with pytest.raises(AgendaRefused):
            copy_week(spot=where, from_monday=start, to_monday=end, by=BY, at=AT)
