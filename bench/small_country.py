"""A territory, its LRM, regulators, an editor, and doctors of Lille with a plage each: where `booking` and `killing`
send patients. Needs Django's settings and an empty database."""

from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management import call_command

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.models import Series
from sas.agenda.services import open_series
from sas.agenda.sheets import SeriesSheet, Spot
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation, Practitioner, Territory
from sas.lrm.services import register_lrm

AT = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
OPENS = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""When the plages of the doctors start: 8:00 in Lille, the next day."""


def fill(*, doctors: int, capacity: int, regulators: int = 2) -> None:
    """Make the tables, then all of it by the services that people call."""
    call_command("migrate", verbosity=0)
    by: dict[str, Any] = {"by": "bench", "at": AT}
    Territory.objects.create(code="SAS-59", label="SAS du Nord")
    register_lrm(origin="samu59", territory="SAS-59", hub_client_id="fr.health.samu590", **by)
    for number in range(regulators):
        names: dict[str, Any] = {"email": f"r{number}@example.org", "family_name": f"R{number}", "given_name": "Sacha"}
        create_account(roles=[Role.REGULATOR], territories=["SAS-59"], **names, **by)
    register_editor(name="Agenda Alpha", base_url="https://agenda.invalid/fhir", **by)
    for number in range(doctors):
        plage(doctor(number), capacity)


def doctor(number: int) -> PracticeLocation:
    """A general practitioner at a place of their own."""
    names = {"national_id": f"810{number:09}", "family_name": f"NOM{number}", "given_name": "Camille"}
    person = Practitioner.objects.create(profession="10", updated_on=date(2026, 1, 5), **names)
    return PracticeLocation.objects.create(
        practitioner=person,
        place_key=f"R{number}",
        specialty="SM54",
        savoir_faire="SM54",
        profession="10",
        insee="59350",
        department="59",
        city="Lille",
        latitude=50.63,
        longitude=3.07,
        precision="commune",
        timezone="Europe/Paris",
        updated_on=date(2026, 1, 5),
        **names,
    )


def plage(place: PracticeLocation, capacity: int) -> Series:
    """On Tuesday 24 November 2026, from 8:00 to 12:00, so many patients."""
    spot = Spot(place.practitioner, place.place_key, None, "59350", "59", "Europe/Paris")
    sheet = SeriesSheet("band", date(2026, 11, 24), time(8), time(12), capacity=capacity)
    return open_series(spot=spot, sheet=sheet, by="bench", at=AT)


def plages(places: int, capacity: int) -> list[Series]:
    """The same plage at so many places of one doctor more: three statements, whatever their number."""
    known = Practitioner.objects.count()
    model = plage(doctor(known), capacity)
    place = PracticeLocation.objects.get(practitioner=model.practitioner)
    keys = [f"{place.place_key}-{number}" for number in range(places - 1)]
    PracticeLocation.objects.bulk_create(_like(place, place_key=key) for key in keys)
    return [model, *Series.objects.bulk_create(_like(model, place_key=key) for key in keys)]


def _like(row: Any, **given: Any) -> Any:
    """The same columns but the key, those that the database computes, and these."""
    columns = [field for field in row._meta.concrete_fields if not field.primary_key and not field.generated]
    return type(row)(**{field.attname: getattr(row, field.attname) for field in columns} | given)


def slot_of(series: Series) -> str:
    """The id of its only occurrence."""
    return f"a{series.pk}-{int(OPENS.timestamp()) // 60:x}"


def senders() -> list[User]:
    """The regulators, by account."""
    return list(User.objects.order_by("pk"))
