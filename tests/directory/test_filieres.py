"""Filières of a territory: added, changed and ended by date; which are open now."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sas.directory.filieres import (
    PROPOSALS,
    FiliereSheet,
    add_filiere,
    change_filiere,
    end_filiere,
    proposal,
    sheet_of,
)
from sas.directory.models import Filiere, Territory
from sas.directory.territories import TerritoryRefused
from sas.directory.territory_queries import filieres_on, open_now
from sas.directory.weekly_hours import read_day
from sas.web.models import AuditLine
from tests.factories import directory as make

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
TODAY = AT.date()
BY: dict[str, Any] = {"by": "compte 1", "at": AT}
HOURS = tuple(band for day in range(5) for band in read_day(day, "8h-20h"))
NURSES = FiliereSheet("Infirmiers", "effection", ("60",), hours=HOURS, phone="03 20 00 00 60", instruction="Appeler.")


@pytest.fixture
def north(db: None) -> Territory:
    return make.territory()


def refusal(act: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(TerritoryRefused) as refused:
        act(**given, **BY)
    return refused.value.errors


def test_a_filiere_is_added_and_open_at_its_hours(north: Territory) -> None:
    made = add_filiere(territory=north, sheet=NURSES, starts_on=TODAY, **BY)
    assert (made.phone, sheet_of(made).hours) == ("+33320000060", HOURS)
    assert open_now(north, AT) == [made]
    assert open_now(north, AT.replace(hour=21)) == []
    assert open_now(north, AT + timedelta(days=5)) == []
    assert open_now(north, AT - timedelta(days=7)) == []
    line = AuditLine.objects.get()
    assert (line.act, line.target) == ("add_filiere", "territoire SAS-59, filière Infirmiers")


def test_hours_are_those_of_the_territory_s_own_clock_and_holidays(db: None) -> None:
    reunion = make.territory(code="SAS-974", timezone="Indian/Reunion")
    sheet = FiliereSheet("Infirmiers", "effection", ("60",), hours=HOURS)
    add_filiere(territory=reunion, sheet=sheet, starts_on=TODAY, **BY)
    assert open_now(reunion, datetime(2026, 11, 24, 4, tzinfo=UTC))  # 8 h there
    assert not open_now(reunion, datetime(2026, 11, 24, 16, tzinfo=UTC))  # 20 h there
    assert not open_now(reunion, datetime(2027, 12, 20, 6, tzinfo=UTC))  # a Monday: abolition of slavery


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"nature": "other"}, "nature"),
        ({"professions": ("ZZ",)}, "professions"),
        ({"professions": ()}, "professions"),
        ({"structures": "x" * 201}, "structures"),
        ({"phone": "15"}, "phone"),
        ({"instruction": "x" * 1001}, "instruction"),
    ],
)
def test_a_wrong_sheet_is_refused_beside_its_field(north: Territory, given: dict[str, Any], field: str) -> None:
    sheet = FiliereSheet(**({"name": "Dentaire", "nature": "both", "professions": ("40",)} | given))
    assert list(refusal(add_filiere, territory=north, sheet=sheet, starts_on=TODAY)) == [field]


def test_it_begins_today_or_later_and_once_by_name(north: Territory) -> None:
    errors = refusal(add_filiere, territory=north, sheet=NURSES, starts_on=TODAY - timedelta(1))
    assert "passée" in errors["starts_on"]
    add_filiere(territory=north, sheet=NURSES, starts_on=TODAY, **BY)
    assert "déjà ce nom" in refusal(add_filiere, territory=north, sheet=NURSES, starts_on=TODAY)["name"]


def test_a_change_leaves_the_past_as_it_was_said(north: Territory) -> None:
    made = add_filiere(territory=north, sheet=NURSES, starts_on=TODAY, **BY)
    later = AT + timedelta(days=10)
    sheet = FiliereSheet("Infirmiers", "both", ("60",))
    changed = change_filiere(filiere=made, sheet=sheet, version=1, by="x", at=later)
    assert changed.pk != made.pk
    assert [one.nature for one in filieres_on(north, later.date() - timedelta(1))] == ["effection"]
    assert [one.nature for one in filieres_on(north, later.date())] == ["both"]
    again = change_filiere(filiere=changed, sheet=NURSES, version=1, by="x", at=later)
    assert again.pk == changed.pk
    said = AuditLine.objects.filter(act="change_filiere").order_by("pk")[0].after or {}
    assert said["nature"] == "both"
    stale = refusal(change_filiere, filiere=again, sheet=sheet, version=1)
    assert "Quelqu’un d’autre" in stale[""]


def test_it_ends_today_or_later_and_one_not_begun_is_forgotten(north: Territory) -> None:
    made = add_filiere(territory=north, sheet=NURSES, starts_on=TODAY, **BY)
    gone: dict[str, Any] = {"filiere": made, "version": 1}
    assert "passée" in refusal(end_filiere, ends_on=TODAY - timedelta(1), **gone)["ends_on"]
    end_filiere(ends_on=TODAY + timedelta(3), **gone, **BY)
    assert filieres_on(north, TODAY + timedelta(2)) == [made]
    assert filieres_on(north, TODAY + timedelta(3)) == []
    made.refresh_from_db()
    after = AT + timedelta(days=4)
    for act, given in (
        (end_filiere, {"ends_on": after.date()}),
        (change_filiere, {"sheet": FiliereSheet("X", "both")}),
    ):
        with pytest.raises(TerritoryRefused):
            act(filiere=made, version=2, by="x", at=after, **given)
    planned = add_filiere(territory=north, sheet=NURSES, starts_on=TODAY + timedelta(9), **BY)
    end_filiere(filiere=planned, ends_on=TODAY, version=1, **BY)
    assert not Filiere.objects.filter(pk=planned.pk).exists()


def test_every_proposal_can_be_added_as_it_is(north: Territory) -> None:
    assert len(PROPOSALS) == 7
    for one in PROPOSALS:
        sheet = proposal(one.key)
        assert sheet is not None
        add_filiere(territory=north, sheet=sheet, starts_on=TODAY, **BY)
    assert proposal("inconnue") is None
    sunday = datetime(2026, 11, 29, 9, tzinfo=UTC)
    assert [one.name for one in open_now(north, sunday)] == ["Soins dentaires (dimanche matin)"]
    assert filieres_on(north, date(2026, 1, 1)) == []
