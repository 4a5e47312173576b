"""Writes on orientations: each is one operation, one transaction, one audit line, one event, one message to the LRM.

The message to the LRM is a row written here, in the same transaction (`sas.lrm.outbox`); another process sends it.
What editors say (INT_R03) is written by `editor_messages.py`. Who waits for whom: docs/locking.md.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sas.accounts.models import User
from sas.agenda.models import MODALITIES, Series
from sas.agenda.queries import slot_named
from sas.agenda.sheets import AgendaRefused
from sas.agenda.uses import GONE, give_back_place, lock_series, take_place
from sas.aggregator.bookings import ChosenSlot
from sas.aggregator.models import Editor
from sas.directory.models import PracticeLocation, Structure
from sas.orientation import recording, snapshots
from sas.orientation.asked import AppointmentConflict, Asking, OrientationRefused, Receiver, Recorded
from sas.orientation.editor_messages import change_appointment, record_appointment
from sas.orientation.models import Orientation
from sas.orientation.recording import once
from sas.orientation.rules import (
    AHEAD,
    ASIDE,
    EXPECTED_WITHIN,
    LATE,
    LIVE,
    LONGEST,
    REFUSALS,
    Act,
    Actor,
    Happening,
    Reason,
    State,
    verdict,
)
from sas.participation.models import Solicitation
from sas.participation.solicitations.services import note_call

__all__ = [
    "AppointmentConflict",
    "Asking",
    "OrientationRefused",
    "Receiver",
    "Recorded",
    "act_on",
    "change_appointment",
    "move",
    "name_doctor",
    "note_advice",
    "open_editor_orientation",
    "orient_en_sus",
    "orient_to_slot",
    "record_appointment",
]

UNKNOWN_PLACE = "Ce lieu d’exercice n’est plus dans l’annuaire : relancez la recherche."
UNKNOWN_STRUCTURE = "Cette structure n’est plus dans l’annuaire : relancez la recherche."
UNIDENTIFIED = "La structure de ce professionnel n’est pas encore identifiée : elle ne peut pas être sollicitée."
WHICH_MODALITY = "Choisissez une des modalités proposées."
ON_BOARD: Mapping[str, tuple[Happening, str]] = {
    "editor": (Happening.OPENED, "open_editor_orientation"),
    "agenda": (Happening.ORIENTED, "orient_to_slot"),
    "overbooking": (Happening.EN_SUS, "orient_en_sus"),
    "advice": (Happening.ADVISED, "note_advice"),
}
"""How each path begins: the event, and the act of the audit trail."""


def open_editor_orientation(
    *, slot: ChosenSlot, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
) -> UUID:
    """`sas.aggregator.bookings.Bookings`: a pending orientation, which the editor's message completes."""
    asking = Asking(user, key, origin, territory_id)

    def make() -> Orientation:
        location = _location(slot.location_id)
        columns = snapshots.of_location(location, at=at)
        if slot.via is not None:
            columns["category"] = snapshots.category_of(slot.via)
        if slot.structure_id is not None:  # even one that closed since: they still take part through it
            structure = Structure.objects.defer("zone", "position").get(pk=slot.structure_id)
            columns |= {"structure": structure, "structure_name": structure.name}
        return _begin(asking, "editor", State.PENDING, columns | {
            "editor": Editor.objects.get(key=slot.editor),
            "slot_id": slot.slot_id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "modality": slot.modalities[0] if len(slot.modalities) == 1 else "",
            "expected_at": at + EXPECTED_WITHIN,
        }, by=by, at=at)  # fmt: skip

    return once(asking, make, is_it=lambda known: known.path == "editor" and known.slot_id == slot.slot_id).uuid


def orient_to_slot(*, asking: Asking, slot: str, modality: str, by: str, at: datetime) -> Orientation:
    """One place of an occurrence of the SAS agenda (`slot`: its id), held or free, becomes a booked orientation.

    Ends the asker's hold. Raises `OrientationRefused`: full, being taken by a colleague, over, withdrawn, away.
    """
    named = slot_named(slot)

    def make() -> Orientation:
        if named is None:
            raise OrientationRefused(GONE)
        series_id, instant = named
        starts_at = datetime.fromtimestamp(instant, UTC)
        use = take_place(series_id=series_id, starts_at=starts_at, by=by, at=at, holder=asking.user)
        series = Series.objects.select_related("practitioner").get(pk=series_id)
        return _begin(asking, "agenda", State.BOOKED, _of_series(series, at) | {
            "use": use,
            "slot_id": slot,
            "starts_at": use.starts_at,
            "ends_at": use.ends_at,
            "modality": _chosen(modality, series.modalities),
            "timezone": series.timezone,
        }, by=by, at=at)  # fmt: skip

    return once(asking, make, is_it=lambda known: known.path == "agenda" and known.slot_id == slot)


def orient_en_sus(
    *,
    asking: Asking,
    receiver: Receiver,
    starts_at: datetime,
    ends_at: datetime | None,
    modality: str,
    showed_slot: bool | None,
    by: str,
    at: datetime,
) -> Orientation:
    """Somebody accepted a patient beyond their slots: booked, and the call is noted as accepted."""

    def make() -> Orientation:
        _within(starts_at, ends_at, at)
        columns = _of_receiver(receiver, at)
        called = columns.get("structure")
        person = columns.get("practitioner")
        orientation = _begin(asking, "overbooking", State.BOOKED, columns | {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "modality": _chosen(modality, MODALITIES),
            "showed_slot": showed_slot,
        }, by=by, at=at)  # fmt: skip
        note_call(
            practitioner_id=person.pk if person and not called else None,
            structure_id=called.pk if called else None,
            outcome=Solicitation.Outcome.ACCEPTED,
            territory_id=orientation.territory_id,
            user=asking.user,
            by=by,
            at=at,
        )
        return orientation

    return once(asking, make, is_it=lambda known: _is_that_call(known, receiver, starts_at))


def note_advice(*, asking: Asking, structure_id: int, by: str, at: datetime) -> Orientation:
    """Advice towards an establishment, in one key: no slot, no message, counted apart."""

    def make() -> Orientation:
        columns = snapshots.of_structure(_structure(structure_id)) | {"category": ""}
        return _begin(asking, "advice", State.BOOKED, columns, by=by, at=at)

    return once(asking, make, is_it=lambda known: known.path == "advice" and known.structure_id == structure_id)


@transaction.atomic
def name_doctor(*, orientation: Orientation, location_id: int, version: int, by: str, at: datetime) -> Orientation:
    """The structure said who receives: an update to the LRM."""
    location = _location(location_id)
    row = recording.locked(orientation)
    if row.practitioner_id == location.practitioner_id and row.place_key == location.place_key:
        return row
    _still(row, version)
    if row.structure is None or row.path not in {"overbooking", "agenda"}:
        raise OrientationRefused("Le professionnel ne se nomme qu’après coup, pour une structure.", row)
    columns = snapshots.of_person(location.practitioner, location)
    if row.structure.kind in snapshots.THERE:
        columns |= {"address": row.address, "phone": row.phone, "timezone": row.timezone}
    return recording.change(
        row, columns, act=Happening.NAME_DOCTOR, actor=Actor.REGULATOR, audited="name_orientation_doctor", by=by, at=at
    )


@transaction.atomic
def move(
    *, orientation: Orientation, starts_at: datetime, ends_at: datetime | None, version: int, by: str, at: datetime
) -> Orientation:
    """Another time was agreed (en sus only): an update to the LRM."""
    row = recording.locked(orientation)
    if (row.starts_at, row.ends_at) == (starts_at, ends_at):
        return row
    _still(row, version)
    if row.path != Orientation.Path.OVERBOOKING:
        raise OrientationRefused(
            "L’heure d’un créneau ne se change pas ici : annulez cette orientation et choisissez un autre créneau.", row
        )
    _within(starts_at, ends_at, at)
    columns = {"starts_at": starts_at, "ends_at": ends_at}
    return recording.change(
        row, columns, act=Happening.MOVE, actor=Actor.REGULATOR, audited="move_orientation", by=by, at=at
    )


@transaction.atomic
def act_on(
    *, orientation: Orientation, act: Act, actor: Actor, reason: Reason | None = None, by: str, at: datetime
) -> Orientation:
    """Confirm, honour, miss, cancel, undo, by the rules. Frees or takes the place of the agenda again.

    The same act twice is once. Raises `OrientationRefused`.
    """
    row = _held(orientation)
    if row.path == Orientation.Path.ADVICE and act not in {Act.CANCEL, Act.UNDO}:
        raise OrientationRefused("Un conseil n’a pas de suite à dire : il s’annule seulement.", row)
    last = recording.last_act_of(row, aside=ASIDE) if act == Act.UNDO else None
    said = verdict(state=row.state, act=act, actor=actor, now=at, starts_at=row.starts_at, last=last)
    if said.after is None:
        raise OrientationRefused(said.refusal, row)
    if said.done:
        return row
    why = reason if said.after == State.CANCELLED else None
    if act == Act.UNDO and said.after == State.CANCELLED:
        why = Reason.MISTAKE
    _follow(row, said.after, by=by, at=at)
    columns = {"state": said.after.value, "reason": why.value if why else ""}
    return recording.change(row, columns, act=act, actor=actor, audited=f"{act}_orientation", reason=why, by=by, at=at)


def _begin(
    asking: Asking, path: str, state: State, columns: Mapping[str, Any], *, by: str, at: datetime
) -> Orientation:
    act, audited = ON_BOARD[path]
    given = dict(columns) | {"path": path, "state": state.value}
    return recording.create(given, act=act, actor=Actor.REGULATOR, audited=audited, asking=asking, by=by, at=at)


def _is_that_call(known: Orientation, receiver: Receiver, starts_at: datetime) -> bool:
    """Accepted by the same, at the same time. What was changed since is known by who accepted alone."""
    if known.path != Orientation.Path.OVERBOOKING or (known.version == 1 and known.starts_at != starts_at):
        return False
    if receiver.structure_id is not None:
        return known.structure_id == receiver.structure_id
    if receiver.location_id is None:
        return False
    return PracticeLocation.objects.filter(pk=receiver.location_id, practitioner=known.practitioner_id).exists()


def _held(orientation: Orientation) -> Orientation:
    """The row, locked; first the series of its place, in the order in which whoever changes an agenda locks both."""
    series_id = None
    while True:
        current = Series.objects.filter(uses__orientations=orientation).values_list("pk", flat=True).first()
        if current == series_id:
            return recording.locked(orientation)
        series_id = current
        if series_id is not None:
            with suppress(AgendaRefused):  # closed: nobody changes it any more
                lock_series(series_id)


def _follow(row: Orientation, after: State, *, by: str, at: datetime) -> None:
    """The place of the agenda is free again when nobody comes, and taken again when they come after all."""
    if row.use is None or (row.state == State.CANCELLED) == (after == State.CANCELLED):
        return
    if after == State.CANCELLED:
        give_back_place(use=row.use, by=by, at=at)
        return
    try:
        with transaction.atomic():
            take_place(series_id=row.use.series_id, starts_at=row.use.starts_at, by=by, at=at, holder=row.regulator)
    except AgendaRefused as refused:
        raise OrientationRefused(f"La place n’est plus libre, l’orientation reste annulée. {refused}", row) from refused


def _still(row: Orientation, version: int) -> None:
    if row.version != version:
        raise OrientationRefused("Cette orientation a changé entre-temps : la voici telle qu’elle est.", row)
    if row.state not in LIVE:
        raise OrientationRefused(REFUSALS[State(row.state)], row)


def _within(starts_at: datetime, ends_at: datetime | None, at: datetime) -> None:
    if starts_at < at - LATE:
        raise OrientationRefused("Cette heure est passée : indiquez celle qui a été convenue.")
    if starts_at > at + AHEAD:
        raise OrientationRefused("L’heure convenue est dans les 72 heures : choisissez-en une plus proche.")
    if ends_at is not None and not starts_at < ends_at <= starts_at + LONGEST:
        raise OrientationRefused("La fin vient après le début, le même jour.")


def _chosen(modality: str, offered: Any) -> str:
    """The modality asked for; that of the slot when there is only one. None is said of what was not asked."""
    if not modality and len(offered) == 1:
        return str(offered[0])
    if modality and modality not in offered:
        raise OrientationRefused(WHICH_MODALITY)
    return modality


def _of_series(series: Series, at: datetime) -> dict[str, Any]:
    """Who receives at a slot of the SAS agenda: the person at that place, or the structure and the doctor it names."""
    person = series.practitioner
    if series.structure_id is not None:
        return snapshots.of_structure(_structure(series.structure_id), person)
    if person is None:
        raise OrientationRefused(GONE)
    location = snapshots.location_at(person.pk, series.place_key)
    if location is None:
        return snapshots.of_person(person, None) | {"place_key": series.place_key, "category": "PS"}
    return snapshots.of_location(location, at=at)


def _of_receiver(receiver: Receiver, at: datetime) -> dict[str, Any]:
    structure = _structure(receiver.structure_id) if receiver.structure_id is not None else None
    if receiver.location_id is None:
        if structure is None:
            raise OrientationRefused("Dites qui reçoit : un professionnel ou une structure.")
        return snapshots.of_structure(structure)
    location = _location(receiver.location_id)
    way = snapshots.way_at(location, at)
    if structure is None and way is not None and way.pending:
        raise OrientationRefused(UNIDENTIFIED)
    return snapshots.of_location(location, at=at, structure=structure)


def _location(pk: int) -> PracticeLocation:
    found = PracticeLocation.objects.select_related("practitioner").filter(pk=pk, ended_on=None).first()
    if found is None:
        raise OrientationRefused(UNKNOWN_PLACE)
    return found


def _structure(pk: int) -> Structure:
    found = Structure.objects.defer("zone", "position").filter(pk=pk, ended_on=None).first()
    if found is None:
        raise OrientationRefused(UNKNOWN_STRUCTURE)
    return found
