"""The panel « en sus »: whom to call, what they said to colleagues, what was agreed (platform.md §7.3).

Through a structure it is the structure that is called, never its doctor, whom it names now or later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.agenda.calendar.words import MODALITY, near_day_text
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.orientation import snapshots
from sas.orientation.models import Orientation
from sas.orientation.panels import times
from sas.orientation.services import OrientationRefused, Receiver
from sas.orientation.wording import time_text, zone_text
from sas.participation.models import Solicitation
from sas.participation.places.queries import address_of
from sas.participation.queries import (
    Way,
    participating_members_of,
    participations_of,
    regulation_phone,
    structures_participating,
)
from sas.participation.solicitations.queries import LastCall, last_calls

REMEMBERED = timedelta(days=30)
WITHDRAWN_WITHIN = timedelta(minutes=10)
"""How long its author may take back a call noted by mistake, from the panel."""

TOO_LATE = (
    "Cet appel ne se retire plus : dix minutes ont passé, ou une orientation en est née. Annulez-la s’il le faut."
)
UNKNOWN = "Ce professionnel ou cette structure n’est plus dans l’annuaire : relancez la recherche."
NOT_TAKING_PART = "Ce professionnel ne participe pas au SAS à ce lieu : il n’est pas sollicité en sus."
UNIDENTIFIED = "La structure de ce professionnel n’est pas encore identifiée : elle ne peut pas être sollicitée."


class CallRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Nobody can be solicited there; the message (French) says why."""


@dataclass(frozen=True)
class Called:
    """Who is called: the practice of `location`, or `structure`, of which `location` may be the one wished for."""

    key: str
    location: PracticeLocation | None
    structure: Structure | None
    timezone: str

    @property
    def whom(self) -> dict[str, int | None]:
        """As calls name it: the structure, or else the professional."""
        if self.structure is not None:
            return {"structure_id": self.structure.pk}
        return {"practitioner_id": self.location.practitioner_id if self.location else None}


@dataclass(frozen=True)
class CallPanel:
    """`doctors`: those that the structure may name (location, words). `said`: what a colleague noted last; it `warns`
    unless a patient was accepted. `own`: the call that the reader has just noted, and may take back. `clock`: whose
    hours are typed, unless Paris's."""

    key: str
    who: str
    what: str
    where: str
    phone: str
    phone_link: str
    information: str
    through: str
    said: str
    warns: bool
    own: Solicitation | None
    doctors: tuple[tuple[int, str], ...]
    wished: int | None
    times: list[tuple[str, str]]
    days: list[tuple[str, str]]
    typed: Mapping[str, str]
    modalities: tuple[tuple[str, str], ...]
    durations: tuple[int, ...]
    later: tuple[tuple[int, str], ...]
    clock: str


def called(key: str, at: datetime) -> Called:
    """Whom that card has called now. Raises `CallRefused`."""
    is_structure, digits = key.startswith("s"), key.removeprefix("s")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise CallRefused(UNKNOWN)
    return _structure(key, int(digits), at) if is_structure else _person(key, int(digits), at)


def call_panel(one: Called, user: User, now: datetime, asked: Mapping[str, str]) -> CallPanel:
    """The panel as this reader sees it now. `asked`: the time that is proposed (`debut`, `fin`, `modalite`)."""
    who, what, where, number, information = _described(one)
    tells = user.may(Permission.SEE_PARTICIPATION)
    doctors = _doctors(one, now)
    own = _own(one, user, now)
    last = _last_call(one, now) if own is None else None
    return CallPanel(
        key=one.key,
        who=who,
        what=what,
        where=where,
        phone=phone_text(number) if number else "",
        phone_link=f"tel:{number}" if number else "",
        information=information if tells else "",
        through=_name(one.location.practitioner) if one.structure and one.location else "",
        said=_said(last, one.timezone, now) if last else "",
        warns=last is not None and last.outcome != Solicitation.Outcome.ACCEPTED,
        own=own,
        doctors=doctors,
        wished=one.location.pk if one.location and one.location.pk in dict(doctors) else None,
        times=times.quick_times(now, one.timezone),
        days=times.days_of(now, one.timezone),
        typed=proposed(asked, one.timezone),
        modalities=tuple(MODALITY.items()),
        durations=times.DURATIONS,
        later=tuple((minutes, times.soon_text(minutes)) for minutes in times.LATER),
        clock=clock_of(one.timezone),
    )


def proposed(asked: Mapping[str, str], zone: str) -> dict[str, str]:
    """The fields of the form for the time that a link proposes; nothing for what is not one."""
    starts, ends = times.moment_of(asked.get("debut", "")), times.moment_of(asked.get("fin", ""))
    found = {"modalite": asked.get("modalite", "")}
    if starts is None:
        return found
    there = starts.astimezone(ZoneInfo(zone))
    found |= {"jour": there.date().isoformat(), "heure": f"{there:%H:%M}"}
    minutes = round((ends - starts).total_seconds() / 60) if ends is not None else 0
    return found | ({"duree": str(minutes)} if 0 < minutes < 1000 else {})


def receiver_of(one: Called, values: Mapping[str, str], now: datetime) -> Receiver:
    """Who receives: the practice; or the structure, with the doctor that it named, when it did."""
    if one.structure is None:
        return Receiver(location_id=one.location.pk if one.location else None)
    said = values.get("medecin", "")
    named = next((pk for pk, _ in _doctors(one, now) if str(pk) == said), None)
    return Receiver(location_id=named, structure_id=one.structure.pk)


def doctors_of(structure: Structure, now: datetime) -> tuple[tuple[int, str], ...]:
    """(location pk, name and town) of who takes part through this structure today, or practises in it (the employed
    doctor of a health centre does nothing to take part: S1 Q9), by name. Three queries at most."""
    on = now.astimezone(ZoneInfo(structure.timezone)).date()
    people = participating_members_of([structure.pk], on).get(structure.pk, ())
    theirs = Q(structure=structure) | Q(practitioner__in=people)
    rows = PracticeLocation.objects.filter(theirs, ended_on=None).select_related("practitioner")
    ways = participations_of(people, on) if people else {}
    by_name = rows.order_by("family_name", "given_name", "city", "pk")
    found = [row for row in by_name if row.structure_id == structure.pk or _is_there(ways, row)]
    first = {(row.practitioner_id, row.place_key): row for row in reversed(found)}
    return tuple((row.pk, f"{_name(row.practitioner)}, {row.city}") for row in found if row in first.values())


def refuse_stranger(row: Orientation, location_id: int, now: datetime) -> None:
    """The doctor of a structure's patient is one of those it may name. Raises `OrientationRefused`."""
    if row.structure is not None and location_id not in dict(doctors_of(row.structure, now)):
        raise OrientationRefused("Ce médecin n’est pas de cette structure : choisissez-en un de la liste.", row)


def _is_there(ways: Mapping[int, Way], row: PracticeLocation) -> bool:
    way = ways.get(row.practitioner_id)
    return way is not None and (not way.place_keys or row.place_key in way.place_keys)


def _person(key: str, pk: int, at: datetime) -> Called:
    rows = PracticeLocation.objects.select_related("practitioner")
    location = rows.filter(pk=pk, ended_on=None).first()
    if location is None:
        raise CallRefused(UNKNOWN)
    way = snapshots.way_at(location, at)
    if way is None:
        raise CallRefused(NOT_TAKING_PART)
    if way.pending:
        raise CallRefused(UNIDENTIFIED)
    structure = snapshots.structure_of(way)
    return Called(key, location, structure, structure.timezone if structure else location.timezone)


def _structure(key: str, pk: int, at: datetime) -> Called:
    structure = Structure.objects.defer("zone", "position").filter(pk=pk, ended_on=None).first()
    if structure is None:
        raise CallRefused(UNKNOWN)
    on = at.astimezone(ZoneInfo(structure.timezone)).date()
    if pk not in structures_participating([pk], on):
        raise CallRefused("Cette structure ne participe pas au SAS : elle n’est pas sollicitée en sus.")
    return Called(key, None, structure, structure.timezone)


def _doctors(one: Called, now: datetime) -> tuple[tuple[int, str], ...]:
    return doctors_of(one.structure, now) if one.structure is not None else ()


def _described(one: Called) -> tuple[str, str, str, str, str]:
    """Who, what, where, the number to call and what is to be known before."""
    if one.structure is not None:
        it = one.structure
        number = regulation_phone(it)
        return it.name, it.get_kind_display(), address_of(it), number, it.information_override or ""
    row = one.location
    if row is None:
        raise CallRefused(UNKNOWN)
    number, information = row.phone_override or row.phone, row.information_override or ""
    return _name(row.practitioner), label(row.specialty), address_of(row), number, information


def _name(practitioner: Practitioner) -> str:
    return str(snapshots.of_person(practitioner, None)["practitioner_name"])


def _own(one: Called, user: User, now: datetime) -> Solicitation | None:
    """The latest call to them, when it is the reader's own and recent. Accepted ones are orientations."""
    since = now - WITHDRAWN_WITHIN
    last = Solicitation.objects.filter(**one.whom, withdrawn_at=None).order_by("-made_at", "-pk").first()
    mine = last is not None and last.made_by_id == user.pk and last.made_at >= since
    return last if mine and last and last.outcome != Solicitation.Outcome.ACCEPTED else None


def _last_call(one: Called, now: datetime) -> LastCall | None:
    whom: dict[str, Any] = one.whom
    people = [whom["practitioner_id"]] if whom.get("practitioner_id") else []
    structures = [whom["structure_id"]] if whom.get("structure_id") else []
    found = last_calls(practitioner_ids=people, structure_ids=structures, since=now - REMEMBERED)
    return next(iter(found.values()), None)


def _said(last: LastCall, zone: str, now: datetime) -> str:
    """« pas de réponse, noté aujourd’hui à 14 h 02 (Alex NOM, SAS du Nord) »."""
    who = ", ".join(filter(None, (last.said_by, last.territory)))
    words = outcome_text(last.outcome, last.call_back_at, zone, now)
    return f"{words}, noté {_moment(last.made_at, zone, now)}" + (f" ({who})" if who else "")


def clock_of(zone: str) -> str:
    """« La Réunion »: whose clock is meant, where it is not that of Paris."""
    return "" if zone == "Europe/Paris" else zone_text(zone)


def outcome_text(outcome: str, call_back_at: datetime | None, zone: str, now: datetime) -> str:
    """« Pas de réponse », « À rappeler aujourd’hui à 15 h »."""
    words = str(Solicitation.Outcome(outcome).label).capitalize()
    if outcome == Solicitation.Outcome.ACCEPTED:
        words = "A accepté un patient"
    return f"{words} {_moment(call_back_at, zone, now)}" if call_back_at else words


def _moment(moment: datetime, zone: str, now: datetime) -> str:
    there = ZoneInfo(zone)
    local = moment.astimezone(there)
    return f"{near_day_text(local.date(), now.astimezone(there).date())} à {time_text(local)}"
