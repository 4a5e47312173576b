"""Orientations for tests: written by the services, as people and editors write them."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.models import Series
from sas.agenda.queries import supply
from sas.aggregator.bookings import ChosenSlot
from sas.aggregator.models import Editor
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation
from sas.fhir.appointments import AppointmentFacts
from sas.fhir.systems import SAS
from sas.lrm.models import Lrm
from sas.lrm.services import register_lrm
from sas.orientation import services
from sas.orientation.models import Orientation
from sas.orientation.services import Asking, Receiver, Recorded
from tests.factories import directory
from tests.factories.agenda import AT

_NUMBER = count(1)


def regulator(territory: str = "", *, role: Role = Role.REGULATOR, **given: Any) -> User:
    """An account that sends patients, of that territory when one is said."""
    number = next(_NUMBER)
    values = {"family_name": f"REGUL{number}", "given_name": "Sacha", "email": f"regul{number}@example.org"} | given
    user, _ = create_account(roles=[role], territories=[territory] if territory else [], by="test", at=AT, **values)
    return user


def lrm(territory: str = "SAS-59", origin: str = "samu59", **given: Any) -> Lrm:
    """The regulation software of that territory, connected to the Hub."""
    values = {"hub_client_id": "fr.health.samu590", "software": "LRM 59"} | given
    return register_lrm(origin=origin, territory=territory, by="test", at=AT, **values)


def editor(name: str = "Agenda Alpha", **values: Any) -> Editor:
    """An editor whose bookings are told from end to end."""
    made, _ = register_editor(name=name, base_url="https://agenda.invalid/fhir", by="test", at=AT, **values)
    return made


def asking(user: User, **given: Any) -> Asking:
    """A new request of that account."""
    values: dict[str, Any] = {"user": user, "key": uuid.uuid4()} | given
    return Asking(**values)


def chosen(location: PracticeLocation, of: Editor, *, starts_at: datetime | None = None, **given: Any) -> ChosenSlot:
    """A slot of that editor, two hours later unless said otherwise."""
    start = starts_at or AT + timedelta(hours=2)
    values: dict[str, Any] = {
        "location_id": location.pk,
        "practitioner_id": location.practitioner_id,
        "place_key": location.place_key,
        "editor": of.key,
        "slot_id": f"creneau-{next(_NUMBER)}",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=20),
        "modalities": ("AMB",),
        "via": None,
        "structure_id": None,
    }
    return ChosenSlot(**(values | given))


def opened(
    user: User, location: PracticeLocation | None = None, of: Editor | None = None, *, at: datetime = AT, **given: Any
) -> Orientation:
    """An orientation that waits for the editor's message."""
    slot = chosen(location or directory.place(), of or editor(), **given)
    key = services.open_editor_orientation(
        slot=slot, user=user, key=uuid.uuid4(), origin="", territory_id=None, by=user.audit_label, at=at
    )
    return Orientation.objects.get(uuid=key)


def slot_ids(series: Series) -> list[str]:
    """The ids of the occurrences of this series in the coming fortnight."""
    people = [series.practitioner_id] if series.practitioner_id and not series.structure_id else []
    structures = [series.structure_id] if series.structure_id else []
    found = supply(practitioner_ids=people, structure_ids=structures, start=AT, end=AT + timedelta(days=14))
    rows = [*found.slots.values(), *found.of_structures.values()]
    return [slot.id for slots in rows for slot in slots if slot.series_id == series.pk]


def on_agenda(user: User, series: Series, *, at: datetime = AT, **given: Any) -> Orientation:
    """A place of the first occurrence of that series."""
    slot = given.pop("slot", None) or slot_ids(series)[0]
    return services.orient_to_slot(asking=asking(user, **given), slot=slot, modality="", by=user.audit_label, at=at)


def en_sus(user: User, receiver: Receiver | None = None, *, at: datetime = AT, **given: Any) -> Orientation:
    """Somebody accepted a patient in one hour."""
    values: dict[str, Any] = {
        "starts_at": at + timedelta(hours=1),
        "ends_at": None,
        "modality": "AMB",
        "showed_slot": False,
    }
    return services.orient_en_sus(
        asking=asking(user, **{name: given.pop(name) for name in ("key", "origin", "territory_id") if name in given}),
        receiver=receiver or Receiver(location_id=directory.place().pk),
        **(values | given),
        by=user.audit_label,
        at=at,
    )


def facts(user: User, location: PracticeLocation | None, **given: Any) -> AppointmentFacts:
    """What an editor says of a booking of that regulator with that doctor, in two hours."""
    start = given.pop("starts_at", AT + timedelta(hours=2))
    values: dict[str, Any] = {
        "system": "urn:oid:1.2.250.1.999",
        "value": f"rdv-{next(_NUMBER)}",
        "status": "booked",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=20),
        "created": None,
        "operator_system": SAS,
        "operator_value": str(user.technical_id),
        "practitioner": location.national_id if location else "",
    }
    return AppointmentFacts(**(values | given))


def body_of(said: AppointmentFacts) -> dict[str, Any]:
    """A resource of that content."""
    return {
        "resourceType": "Appointment",
        "identifier": [{"system": said.system, "value": said.value}],
        "status": said.status,
        "start": said.starts_at.astimezone(UTC).isoformat(),
        "end": said.ends_at.astimezone(UTC).isoformat(),
        "practitioner": said.practitioner,
    }


def digest_of(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def posted(said: AppointmentFacts, of: Editor, *, at: datetime = AT + timedelta(minutes=5)) -> Recorded:
    """INT_R03 POST."""
    body = body_of(said)
    return services.record_appointment(facts=said, body=body, digest=digest_of(body), editor=of, at=at)


def put(said: AppointmentFacts, of: Editor, *, at: datetime = AT + timedelta(minutes=6), **given: Any) -> Recorded:
    """INT_R03 PUT."""
    body = body_of(said)
    named = {"system": said.system, "value": said.value} | given
    return services.change_appointment(facts=said, body=body, digest=digest_of(body), editor=of, at=at, **named)
