"""The panel of a slot of the SAS agenda: who, where, when, the number to call. One place is held meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.agenda.calendar.words import MODALITY, near_day_text
from sas.agenda.gone import UNDO
from sas.agenda.holds import hold_of
from sas.agenda.models import Series, Use
from sas.agenda.queries import AgendaSlot, slot_named, supply, unavailable_during
from sas.agenda.uses import AWAY, FULL, GONE
from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.orientation import snapshots
from sas.orientation.wording import time_text
from sas.participation.queries import regulation_phone

OVER = "L’heure de ce créneau est passée : relancez la recherche pour voir les suivants."


class SlotRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Nobody can be sent there; the message (French) says why."""


@dataclass(frozen=True)
class SlotPanel:
    """A slot in words. `phone`: the number that regulators are given. `modalities`: code and words of each choice.
    `held_for`: seconds for which the reader still holds a place, None when they hold none."""

    id: str
    series_id: int
    starts_at: datetime
    who: str
    what: str
    where: str
    when: str
    detail: str
    phone: str
    phone_link: str
    information: str
    modalities: tuple[tuple[str, str], ...]
    held_for: int | None


@dataclass(frozen=True)
class Named:
    """The slot behind an address, whatever became of it."""

    series: Series
    starts_at: datetime

    @property
    def where(self) -> dict[str, Any]:
        """As holds and uses name it."""
        return {"series_id": self.series.pk, "starts_at": self.starts_at}


def named_slot(slot: str) -> Named | None:
    """The series and the instant of that name; None when there is no such series."""
    found = slot_named(slot)
    if found is None:
        return None
    rows = Series.objects.select_related("practitioner", "structure").defer("structure__zone", "structure__position")
    series = rows.filter(pk=found[0]).first()
    return Named(series, datetime.fromtimestamp(found[1], UTC)) if series else None


def slot_panel(slot: str, user: User, now: datetime) -> SlotPanel:
    """What this reader sees of it now. Raises `SlotRefused`: gone, over, away, full."""
    named = named_slot(slot)
    if named is None:
        raise SlotRefused(GONE)
    offered = _offered(slot, named)
    if offered is None:
        raise SlotRefused(AWAY if unavailable_during(named.series, named.starts_at) else GONE)
    if offered.end <= now:
        raise SlotRefused(OVER)
    held = hold_of(**named.where, holder=user, at=now)
    if offered.is_full:
        raise SlotRefused(FULL)
    who, what, where, number, information = _receives(named.series)
    return SlotPanel(
        id=slot,
        series_id=named.series.pk,
        starts_at=named.starts_at,
        who=who,
        what=what,
        where=where,
        when=_when(offered, now),
        detail=_detail(offered),
        phone=phone_text(number) if number else "",
        phone_link=f"tel:{number}" if number else "",
        information=information if user.may(Permission.SEE_PARTICIPATION) else "",
        modalities=tuple((code, MODALITY[code]) for code in offered.modalities if code in MODALITY),
        held_for=max(1, round((held.expires_at - now).total_seconds())) if held else None,
    )


def said_gone(slot: str, user: User, now: datetime) -> bool:
    """Whether this reader said less than a minute ago that it is no longer free."""
    named = named_slot(slot)
    if named is None:
        return False
    said = Use.objects.filter(**named.where, gone__gt=0, gone_by=user.audit_label, gone_at__gte=now - UNDO)
    return said.exists()


def _offered(slot: str, named: Named) -> AgendaSlot | None:
    series, at = named.series, named.starts_at
    people = [series.practitioner_id] if series.practitioner_id and not series.structure_id else []
    structures = [series.structure_id] if series.structure_id else []
    found = supply(practitioner_ids=people, structure_ids=structures, start=at, end=at)
    every = [*found.slots.values(), *found.of_structures.values()]
    return next((one for several in every for one in several if one.id == slot), None)


def _receives(series: Series) -> tuple[str, str, str, str, str]:
    """Who, what, where, the number to call and what is to be known before."""
    if series.structure is not None:
        columns = snapshots.of_structure(series.structure, series.practitioner)
        doctor = str(columns.get("practitioner_name", ""))
        who = f"{series.structure.name}, {doctor}" if doctor else series.structure.name
        number = regulation_phone(series.structure) or series.structure.phone
        what = series.structure.get_kind_display()
        return who, what, str(columns["address"]), number, series.structure.information_override or ""
    if series.practitioner is None:
        raise SlotRefused(GONE)
    location = snapshots.location_at(series.practitioner.pk, series.place_key)
    if location is None:
        raise SlotRefused("Ce professionnel n’exerce plus à ce lieu : relancez la recherche.")
    columns = snapshots.of_person(series.practitioner, location)
    number = location.phone_override or location.phone
    who, where = str(columns["practitioner_name"]), str(columns["address"])
    return who, label(location.specialty), where, number, location.information_override or ""


def _when(slot: AgendaSlot, now: datetime) -> str:
    zone = slot.start.tzinfo if isinstance(slot.start.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    day = near_day_text(slot.start.date(), now.astimezone(zone).date())
    if slot.walk_in:
        return f"{day} de {time_text(slot.start)} à {time_text(slot.end)}"
    return f"{day} {time_text(slot.start)}"


def _detail(slot: AgendaSlot) -> str:
    left = slot.capacity - slot.taken
    said = ["sans rendez-vous"] if slot.walk_in else []
    if slot.capacity > 1:
        said.append(f"il reste {left} place{'s' if left > 1 else ''} sur {slot.capacity}")
    return ", ".join(said)
