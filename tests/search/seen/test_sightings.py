"""Declared software that never answers: said once counts go back far enough, and never before."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sas.aggregator.services import link_people, register_editor
from sas.directory.models import Practitioner
from sas.participation.services import declare_participation
from sas.participation.worklist.queries import doctors_of
from sas.participation.worklist.rules import Flag
from sas.search.models import ShownCount
from tests.factories import directory as make

TODAY = date(2026, 6, 1)
BY: dict[str, Any] = {"by": "test", "at": datetime(2026, 6, 1, 9, tzinfo=UTC)}


def flags(db: None) -> tuple[Flag, ...]:
    return doctors_of(make.Territory.objects.get(), TODAY)[0].flags


def counted(doctor: Practitioner, day: date) -> None:
    ShownCount.objects.create(day=day, practitioner=doctor, territory_code="SAS-59", role="regulator", searches=3)


def test_software_is_said_silent_only_when_nothing_was_seen_of_it_for_a_month(db: None) -> None:
    make.territory()
    silent, other = make.practitioner(), make.practitioner()
    make.place(silent)
    declare_participation(practitioner=silent, via="individual", **BY)
    editor, _ = register_editor(name="Agenda Alpha", base_url="https://alpha.invalid/fhir", **BY)
    link_people(editor=editor, ids=[silent.national_id], **BY)
    assert flags(db) == ()  # nothing was ever counted: nobody can be called silent
    counted(other, TODAY - timedelta(days=10))
    assert flags(db) == ()  # counts do not go back a month
    counted(other, TODAY - timedelta(days=60))
    assert flags(db) == (Flag.SILENT,)
    counted(silent, TODAY - timedelta(days=5))
    assert flags(db) == ()
