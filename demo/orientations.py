"""Patients already sent when the demonstration begins: three days and today, by every path, made by the services.

Told once: orientations that are there already are left as people made them. Every instant is counted from the loading.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from demo.scenario_editors import EDITORS, NOT_INTERFACED, system_of
from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.appointments import appointment_body
from editor_kit.sandbox.people import Person, Place
from editor_kit.sandbox.reservations import Reservation, Status
from sas.accounts.models import User
from sas.agenda.models import Series
from sas.agenda.queries import supply
from sas.aggregator.bookings import ChosenSlot
from sas.aggregator.models import Editor, EditorLink
from sas.directory.models import PracticeLocation, Structure
from sas.fhir import systems
from sas.fhir.practitioners import AccountIdentifier
from sas.orientation.appointments import create, update
from sas.orientation.models import Orientation
from sas.orientation.rules import Act, Actor, Reason
from sas.orientation.services import (
    Asking,
    Receiver,
    act_on,
    name_doctor,
    note_advice,
    open_editor_orientation,
    orient_en_sus,
    orient_to_slot,
)
from sas.participation.models import Solicitation
from sas.participation.solicitations.services import note_call

QUARTER = timedelta(minutes=15)


class Past(NamedTuple):
    """A patient sent « en sus », `ago` before now, for an hour and a half later, and what became of it."""

    ago: timedelta
    act: Act | None
    reason: Reason | None = None


PAST = (
    Past(timedelta(days=3, hours=1), Act.HONOUR),
    Past(timedelta(days=3), Act.MISS),
    Past(timedelta(days=2, hours=2), Act.HONOUR),
    Past(timedelta(days=2), Act.CANCEL, Reason.DECLINED),
    Past(timedelta(days=1, hours=3), Act.HONOUR),
    Past(timedelta(days=1), None),
    Past(timedelta(minutes=50), None),
)


@dataclass(frozen=True)
class Cast:
    """Who plays. `doctors` take part and use no editor, but for the first; `interfaced` use the first editor."""

    regulators: Sequence[User]
    doctors: Sequence[PracticeLocation]
    interfaced: Sequence[PracticeLocation]
    structures: Sequence[Structure]


def tell_orientations(departments: Sequence[str], *, at: datetime) -> None:
    """Send the patients of the story, unless somebody was already sent."""
    if Orientation.objects.exists():
        return
    cast = _cast(departments)
    if not cast.regulators or len(cast.doctors) < len(PAST) + 3:
        return
    _en_sus(cast, at)
    _to_structures(cast, at)
    _at_editors(cast, at)
    _on_the_agenda(cast, at)
    _calls(cast, at)


def _cast(departments: Sequence[str]) -> Cast:
    there = (
        PracticeLocation.objects.filter(profession="10", ended_on=None, department__in=departments)
        .select_related("practitioner")
        .order_by("national_id", "pk")
    )
    taking_part = there.filter(participates=True)
    effector = User.objects.filter(email="effecteur@demo.invalid").values_list("national_id", flat=True).first()
    linked = EditorLink.objects.filter(national_id__in=taking_part.values("national_id")).values("national_id")
    using = EditorLink.objects.filter(editor__key=EDITORS[0].key).values("national_id")
    own = list(taking_part.filter(national_id=effector)[:1])
    others = _one_each(taking_part.exclude(national_id__in=linked)[:200])
    structures = Structure.objects.filter(department__in=departments, ended_on=None, source="fichier")
    return Cast(
        regulators=list(User.objects.filter(email__in=["regulateur@demo.invalid", "osnp@demo.invalid"]).order_by("pk")),
        doctors=[*own, *others],
        interfaced=[*own, *_one_each(there.filter(national_id__in=using).exclude(national_id=effector)[:50])],
        structures=[*structures.filter(national_id=NOT_INTERFACED), *structures.filter(kind="cds").order_by("pk")[:1]],
    )


def _one_each(places: Iterable[PracticeLocation]) -> list[PracticeLocation]:
    """The first place of each person."""
    first: dict[str, PracticeLocation] = {}
    for place in places:
        first.setdefault(place.national_id, place)
    return list(first.values())


def _asking(cast: Cast, rank: int) -> Asking:
    return Asking(cast.regulators[rank % len(cast.regulators)], uuid.uuid4())


def _en_sus(cast: Cast, at: datetime) -> None:
    for rank, (past, place) in enumerate(zip(PAST, cast.doctors, strict=False)):
        when = at - past.ago
        _send(_asking(cast, rank), Receiver(location_id=place.pk), when, past.act, past.reason)


def _send(
    asking: Asking, receiver: Receiver, when: datetime, act: Act | None = None, reason: Reason | None = None
) -> Orientation:
    starts_at = _quarter(when + timedelta(hours=1, minutes=30))
    made = orient_en_sus(
        asking=asking,
        receiver=receiver,
        starts_at=starts_at,
        ends_at=starts_at + QUARTER,
        modality="AMB",
        showed_slot=False,
        by=asking.user.audit_label,
        at=when,
    )
    if act is not None:
        actor, later = (Actor.REGULATOR, QUARTER) if act is Act.CANCEL else (Actor.EFFECTOR, timedelta(hours=3))
        act_on(orientation=made, act=act, actor=actor, reason=reason, by=asking.user.audit_label, at=when + later)
    return made


def _to_structures(cast: Cast, at: datetime) -> None:
    """Yesterday a structure named its doctor; today it has not yet. Advice towards a health centre."""
    for rank, structure in enumerate(cast.structures[:1]):
        asking, yesterday = _asking(cast, rank), at - timedelta(days=1, hours=4)
        named = _send(asking, Receiver(structure_id=structure.pk), yesterday)
        doctor = cast.doctors[-1]
        name_doctor(
            orientation=named,
            location_id=doctor.pk,
            version=named.version,
            by=asking.user.audit_label,
            at=yesterday + QUARTER,
        )
        _send(_asking(cast, rank), Receiver(structure_id=structure.pk), at - timedelta(minutes=35))
    for structure in cast.structures[1:]:
        asking = _asking(cast, 0)
        note_advice(asking=asking, structure_id=structure.pk, by=asking.user.audit_label, at=at - timedelta(hours=1))


def _at_editors(cast: Cast, at: datetime) -> None:
    """Booked and honoured yesterday, cancelled this morning by the editor; one of which the editor says nothing."""
    stories = (
        (timedelta(days=1, hours=2), (Status.BOOKED, Status.FULFILLED)),
        (timedelta(hours=2), (Status.BOOKED, Status.CANCELLED)),
        (timedelta(minutes=25), (Status.BOOKED,)),
        (timedelta(minutes=40), ()),
    )
    editor = Editor.objects.get(key=EDITORS[0].key)
    for rank, ((ago, told), place) in enumerate(zip(stories, cast.interfaced, strict=False)):
        asking, when = _asking(cast, 0), at - ago
        starts_at = _quarter(when + timedelta(hours=1))
        open_editor_orientation(
            slot=ChosenSlot(
                location_id=place.pk,
                practitioner_id=place.practitioner_id,
                place_key=place.place_key,
                editor=editor.key,
                slot_id=f"demonstration-{rank}",
                starts_at=starts_at,
                ends_at=starts_at + QUARTER,
                modalities=("AMB",),
                via=None,
                structure_id=None,
            ),
            user=asking.user,
            key=asking.key,
            origin="",
            territory_id=None,
            by=asking.user.audit_label,
            at=when,
        )
        for body, later in _messages(place, asking.user, starts_at, when, told):
            _tell(editor, body, first=later == 0, at=when + timedelta(minutes=2 + 70 * later))


def _messages(
    place: PracticeLocation, user: User, starts_at: datetime, when: datetime, told: Sequence[Status]
) -> Iterator[tuple[bytes, int]]:
    """What the editor sends, as its sandbox would (INT_R03)."""
    person = Person(place.national_id, place.family_name, place.given_name or "X", (Place("x", "59000", "x"),))
    end = starts_at + QUARTER
    slot = AgendaSlot("demonstration", 0, starts_at, end, int(starts_at.timestamp()), (), (), "ROUTINE", ())
    who = (systems.IDNPS, user.national_id) if user.national_id else (systems.SAS, str(user.technical_id))
    operator = AccountIdentifier(*who)
    made = Reservation("", str(uuid.uuid4()), person, slot, "", operator, when)
    for later, status in enumerate(told):
        made.status = status
        yield appointment_body(made, operator, system=system_of(EDITORS[0].key)), later


def _tell(editor: Editor, body: bytes, *, first: bool, at: datetime) -> None:
    if first:
        create(body=body, editor=editor, if_match="", at=at)
    else:
        update(body=body, named=None, editor=editor, if_match="", at=at)


def _on_the_agenda(cast: Cast, at: datetime) -> None:
    """The first places free on the SAS agenda, within three days: one by each regulator."""
    typed = Series.objects.filter(practitioner__isnull=False).values_list("practitioner_id", flat=True)
    known = supply(practitioner_ids=list(typed.distinct()[:40]), start=at, end=at + timedelta(days=3))
    free = sorted(
        (slot for slots in known.slots.values() for slot in slots if not slot.is_full), key=lambda one: one.at
    )
    for rank, slot in enumerate(free[:2]):
        asking = _asking(cast, rank)
        modality = slot.modalities[0]
        orient_to_slot(asking=asking, slot=slot.id, modality=modality, by=asking.user.audit_label, at=at)


def _calls(cast: Cast, at: datetime) -> None:
    """What the phone said today: nobody, later, not today."""
    outcomes = (
        (Solicitation.Outcome.NO_ANSWER, None),
        (Solicitation.Outcome.CALL_BACK, at + timedelta(minutes=40)),
        (Solicitation.Outcome.REFUSED_TODAY, None),
    )
    for rank, ((outcome, call_back_at), place) in enumerate(zip(outcomes, cast.doctors[len(PAST) :], strict=False)):
        user = cast.regulators[rank % len(cast.regulators)]
        note_call(
            practitioner_id=place.practitioner_id,
            outcome=outcome,
            call_back_at=call_back_at,
            user=user,
            by=user.audit_label,
            at=at - timedelta(minutes=20),
        )


def _quarter(at: datetime) -> datetime:
    """The quarter of an hour that begins next, as appointments do."""
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0) + QUARTER
