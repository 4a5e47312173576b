"""What the demonstration puts on offer: agendas with recurrences, structures that take part, refusals, partial sharing.

Made by the services, once: who has something there already is left as people made it. Every draw depends on the
person's identifier alone.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.scenario_editors import NOT_INTERFACED
from sas.agenda.absences import declare_unavailability, pause
from sas.agenda.models import Series, Unavailability
from sas.agenda.services import open_many
from sas.agenda.sheets import SeriesSheet, Spot
from sas.directory.models import PracticeLocation, Practitioner, Structure, Territory
from sas.participation.editors import editors
from sas.participation.models import Participation, TerritorialOrganisation, Visibility
from sas.participation.organisations.services import (
    OrganisationSheet,
    add_member,
    create_organisation,
    validate_organisation,
)
from sas.participation.queries import structures_participating
from sas.participation.sharing.rules import Band, Limits
from sas.participation.structure_services import declare_structure_participation
from sas.participation.visibility import declare_visibility

AGENDA_SHARE = 0.5
"""Of the participants without any editor: the SAS agenda is what they have."""

MOST_AGENDAS = 150
OPTED_OUT, PARTLY_SHARED, AWAY, PAUSED = 0.03, 0.05, 0.03, 0.01
"""Of the participants who use an editor."""


def put_on_offer(departments: Sequence[str], *, by: str, at: datetime) -> None:
    """Give the department what doctors and structures decided to show."""
    today = at.astimezone(ZoneInfo("Europe/Paris")).date()
    _structures(departments, today, by, at)
    taking_part = Participation.objects.filter(ended_on=None, practitioner__locations__department__in=departments)
    people = Practitioner.objects.filter(pk__in=taking_part.values("practitioner")).order_by("national_id")
    linked = _linked(people)
    without = [one for one in people if one.national_id not in linked]
    _agendas(without, today, by, at)
    _choices([one for one in people if one.national_id in linked], by, at)
    _organisation(departments, without, by, at)


def _linked(people: Iterable[Practitioner]) -> frozenset[str]:
    return frozenset(editors().used_by([one.national_id for one in people]))


def _agendas(people: Sequence[Practitioner], today: date, by: str, at: datetime) -> None:
    there = set(Series.objects.filter(practitioner__in=people).values_list("practitioner_id", flat=True))
    made = 0
    for person in people:
        draw = random.Random(f"agenda:{person.national_id}")
        wanted = draw.random() < AGENDA_SHARE or _is_not_interfaced(person)
        if not wanted or made >= MOST_AGENDAS:
            continue
        made += 1
        if person.pk in there:
            continue
        place = person.locations.filter(ended_on=None).order_by("pk").first()
        if place is not None:
            open_many(spot=_spot_of(person, place), sheets=_habit(draw, today), by=by, at=at)


def _is_not_interfaced(person: Practitioner) -> bool:
    return person.participations.filter(ended_on=None, structure__national_id=NOT_INTERFACED).exists()


def _spot_of(person: Practitioner, place: PracticeLocation) -> Spot:
    return Spot(person, place.place_key, None, place.insee, place.department, place.timezone)


def _habit(draw: random.Random, today: date) -> list[SeriesSheet]:
    """A morning without appointment every other week, a few créneaux each week, sometimes a téléconsultation."""
    tomorrow = today + timedelta(days=1)
    weekday, hour = draw.randrange(5), draw.choice([8, 9, 13, 14])
    band = SeriesSheet(
        kind="band", first_on=tomorrow, starts_at=time(hour), ends_at=time(hour + 3), capacity=draw.choice([4, 6, 8]),
        repeat_weeks=draw.choice([1, 2]), weekdays=(weekday,), skip_public_holidays=True,
    )  # fmt: skip
    slots = SeriesSheet(
        kind="slot", first_on=tomorrow, starts_at=time(17), ends_at=time(18), split_minutes=15, repeat_weeks=1,
        weekdays=tuple(sorted(draw.sample(range(5), 3))), skip_public_holidays=True,
        modalities=("AMB", "VR") if draw.random() < 0.3 else ("AMB",),
    )  # fmt: skip
    saturday = SeriesSheet(
        kind="slot", first_on=tomorrow, starts_at=time(9), ends_at=time(11, 40), split_minutes=20, repeat_weeks=1,
        weekdays=(5,),
    )  # fmt: skip
    return [band, slots, *([saturday] if draw.random() < 0.3 else [])]


def _choices(people: Sequence[Practitioner], by: str, at: datetime) -> None:
    """Refusals, partial sharing, absences and pauses of people whose software is interfaced."""
    told = set(Visibility.objects.filter(practitioner__in=people).values_list("practitioner_id", flat=True))
    told |= set(Unavailability.objects.filter(practitioner__in=people).values_list("practitioner_id", flat=True))
    mornings = Limits(bands=tuple(Band(day, time(8), time(12)) for day in range(5)), per_day=3)
    soon = Limits(horizon_hours=24, types=frozenset({"SNP", "PUBLIC"}))
    for person in people:
        draw = random.Random(f"visibility:{person.national_id}").random()
        if person.pk in told:
            continue
        if draw < OPTED_OUT:
            declare_visibility(of=person, uses_editors=True, opted_out=True, by=by, at=at)
        elif (draw := draw - OPTED_OUT) < PARTLY_SHARED:
            limits = mornings if draw < PARTLY_SHARED / 2 else soon
            declare_visibility(of=person, uses_editors=True, limits=limits, by=by, at=at)
        elif (draw := draw - PARTLY_SHARED) < AWAY:
            declare_unavailability(
                practitioner=person, structure=None, starts_at=at, ends_at=at + timedelta(days=10), by=by, at=at
            )
        elif draw - AWAY < PAUSED:
            pause(practitioner=person, structure=None, by=by, at=at)


def _structures(departments: Sequence[str], today: date, by: str, at: datetime) -> None:
    """The health centre and SOS Médecins take part, and fill their own agendas."""
    known = Structure.objects.filter(department__in=departments, ended_on=None)
    own = list(known.filter(kind__in=[Structure.Kind.CDS, Structure.Kind.SOS], source="fichier").order_by("pk"))
    taking_part = structures_participating([one.pk for one in own], today)
    for structure in own:
        if structure.pk not in taking_part:
            doctors = 4 if structure.kind == Structure.Kind.CDS else None
            declare_structure_participation(structure=structure, gp_count=doctors, by=by, at=at)
    tomorrow = today + timedelta(days=1)
    evening = SeriesSheet(
        kind="band", first_on=tomorrow, starts_at=time(18), ends_at=time(23), capacity=20, repeat_weeks=1,
        weekdays=tuple(range(7)),
    )  # fmt: skip
    day = SeriesSheet(
        kind="slot", first_on=tomorrow, starts_at=time(10), ends_at=time(12), split_minutes=20, repeat_weeks=1,
        weekdays=tuple(range(6)), skip_public_holidays=True,
    )  # fmt: skip
    for structure in known.filter(kind__in=[Structure.Kind.CDS, Structure.Kind.SOS_PLACE], source="fichier"):
        if not structure.series.exists():
            spot = Spot(None, "", structure, structure.insee, structure.department, structure.timezone)
            sheets = [evening, day] if structure.kind == Structure.Kind.SOS_PLACE else [day]
            open_many(spot=spot, sheets=sheets, by=by, at=at)


def _organisation(departments: Sequence[str], people: Sequence[Practitioner], by: str, at: datetime) -> None:
    territory = Territory.objects.filter(coverage__area__in=departments).order_by("code").first()
    if territory is None or TerritorialOrganisation.objects.filter(territory=territory).exists():
        return
    sheet = OrganisationSheet(
        "Soins non programmés de la Deûle (fictive)", "csnp", dedicated=True, interfaced=False, agreement_signed=True
    )
    made = create_organisation(territory=territory, sheet=sheet, by=by, at=at)
    validate_organisation(organisation=made, starts_on=date(2026, 1, 1), ends_on=None, by=by, at=at)
    for person in people[:5]:
        add_member(organisation=made, typed=person.national_id, starts_on=date(2026, 1, 1), by=by, at=at)
