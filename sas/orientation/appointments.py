"""An editor's message (INT_R03), from the request to the orientation: whose it is, which one it names, what is kept.

The decisions of interop.md §1.5 that come before `services.record_appointment` and `change_appointment`.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from sas.aggregator.models import Editor
from sas.fhir import identifiers
from sas.fhir.appointments import ReceivedAppointment, Refused, receive_appointment
from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import error, warning
from sas.orientation.editor_messages import lock
from sas.orientation.models import EditorAppointment
from sas.orientation.services import Recorded, change_appointment, record_appointment

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far an editor's clock may run ahead of ours before what it says of now is not believed."""

ONLY_SOS: Final = [Editor.Flow.SOS]
_VERSION = re.compile(r'(?:W/)?"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Named:
    """Which appointment a PUT names: `system` None is any of this editor's (`|value`, or the value alone)."""

    system: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of the message, and the deviations that were let through."""

    recorded: Recorded
    issues: tuple[Issue, ...]


def read_name(given: Collection[str]) -> Named | None:
    """The `identifier` of a PUT, as it was decoded; None without any. Raises `Refused`."""
    texts = {text.strip() for text in given}
    if not texts:
        return None
    if len(texts) > 1:
        raise Refused(
            400, [error("invalid", "Donnez un seul identifiant dans l’adresse : ?identifier=système|valeur.")]
        )
    # A « + » that was not written %2B was decoded as a blank, and identifiers hold none.
    system, bar, value = texts.pop().replace(" ", "+").partition("|")
    if not bar:
        system, value = "", system
    if not value:
        text = "L’identifiant de l’adresse est vide : écrivez ?identifier=système%7Cvaleur."
        raise Refused(400, [error("invalid", text)])
    return Named(identifiers.system(system).value or None, value)


def create(*, body: bytes, editor: Editor, if_match: str, at: datetime) -> Accepted:
    """POST. Raises `Refused`, `AppointmentConflict`."""
    received = _receive(body, editor, at)
    with _if_unchanged(editor, received.facts.system, received.facts.value, if_match):
        recorded = record_appointment(
            facts=received.facts, body=received.resource, digest=received.digest, editor=editor, at=at
        )
    return Accepted(recorded, received.issues)


def update(*, body: bytes, named: Named | None, editor: Editor, if_match: str, at: datetime) -> Accepted:
    """PUT, on the identifier of the address, or on that of the body. Raises `Refused`, `AppointmentConflict`."""
    received = _receive(body, editor, at)
    facts = received.facts
    if named is None:
        text = "L’adresse ne dit pas quel rendez-vous : écrivez ?identifier=système%7Cvaleur."
        received = _with(received, warning("informational", text, "Appointment.identifier"))
        named = Named(facts.system, facts.value)
    elif named.value != facts.value or named.system not in (None, facts.system):
        text = "L’identifiant du corps n’est pas celui de l’adresse : il ne change jamais."
        raise Refused(422, [error("business-rule", text, "Appointment.identifier")])
    with _if_unchanged(editor, named.system, named.value, if_match):
        recorded = change_appointment(
            facts=received.facts,
            body=received.resource,
            digest=received.digest,
            editor=editor,
            system=named.system,
            value=named.value,
            at=at,
        )
    return Accepted(recorded, received.issues)


def owned_appointment(appointment_id: UUID, editor: Editor) -> EditorAppointment:
    """The appointment of that id. Raises `Refused`: 404 when there is none, 403 when another editor sent it."""
    found = EditorAppointment.objects.filter(pk=appointment_id).first()
    if found is None:
        raise Refused(404, [error("not-found", "Aucun rendez-vous de cet identifiant.")])
    if found.editor_id != editor.pk:
        raise Refused(403, [error("forbidden", "Ce rendez-vous est celui d’un autre éditeur.")])
    return found


def has_version(header: str, version: int | None) -> bool:
    """Whether an `If-Match` or `If-None-Match` names that version; `*` names any that exists."""
    tags = _VERSION.findall(header)
    return version is not None and (header.strip() == "*" or str(version) in tags)


def _receive(body: bytes, editor: Editor, at: datetime) -> ReceivedAppointment:
    received = receive_appointment(body, sos=editor.flows == ONLY_SOS)
    _refuse_another_s(received.facts.system, received.facts.value, editor)
    created = received.facts.created
    if created is not None and created > at + CLOCK_SKEW:
        text = "created est dans le futur : l’heure de réception en tient lieu. Vérifiez votre horloge."
        received = _with(received, warning("value", text, "Appointment.created"))
    return received


def _with(received: ReceivedAppointment, issue: Issue) -> ReceivedAppointment:
    warnings = (*received.facts.warnings, f"{issue.expression} : {issue.text}")
    return replace(received, issues=(*received.issues, issue), facts=replace(received.facts, warnings=warnings))


def _refuse_another_s(system: str, value: str, editor: Editor) -> None:
    """An identifier in the system of another editor, or that another editor already sent."""
    if system == identifiers.system(editor.system).value:
        return
    others = [known for known in Editor.objects.only("pk", "system") if known.pk != editor.pk]
    registered = {identifiers.system(other.system).value for other in others if other.system}
    ids = [other.pk for other in others]
    if system in registered or EditorAppointment.objects.filter(editor__in=ids, value=value, system=system).exists():
        text = "Cet identifiant est celui d’un autre éditeur : envoyez le système de vos rendez-vous."
        raise Refused(403, [error("forbidden", text, "Appointment.identifier.system")])


@contextmanager
def _if_unchanged(editor: Editor, system: str | None, value: str, if_match: str) -> Iterator[None]:
    """A change that is refused when the appointment is no longer the version that its author knows (`If-Match`)."""
    if not if_match:
        yield
        return
    named = {"editor": editor, "value": value} | ({"system": system} if system else {})
    with transaction.atomic():
        lock(editor, value)
        version = EditorAppointment.objects.filter(**named).values_list("version", flat=True).first()
        if not has_version(if_match, version):
            raise Refused(412, [error("conflict", "Ce rendez-vous a changé depuis : relisez-le, puis renvoyez.")])
        yield
