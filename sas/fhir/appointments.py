"""INT_R03: an Appointment of an editor, read or refused (interop.md §1.5, §2.10). Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from sas.fhir import appointment_elements as elements
from sas.fhir.appointment_elements import Notes
from sas.fhir.appointment_wire import PERSONAL, Appointment, Participant, appointment_decoder, named_decoder
from sas.fhir.loose import value_of
from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import error
from sas.fhir.systems import EXT_OPERATOR, EXT_ORIENTATION_CATEGORY

LONGEST_TEXT: Final = 1000
MOST_MEMBERS: Final = 50
MALFORMED: Final = frozenset({"structure", "invalid"})
SOS_PROFILE: Final = "sas-sos-appointment"


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What an Appointment says, normalised. `status`: pending, booked, fulfilled, noshow or cancelled.

    `operator_*`: the regulator (`operator_system` is `systems.IDNPS` or `systems.SAS`; both empty when an SOS editor
    does not say). `practitioner`: prefixed national id of who receives, empty when not known yet (SOS, CPTS).
    `created`: when it was booked, if said. `category`: of the extension of interop.md §2.11, empty without it.
    `warnings`: deviations that were accepted.
    """

    system: str
    value: str
    status: str
    starts_at: datetime
    ends_at: datetime
    created: datetime | None
    operator_system: str
    operator_value: str
    practitioner: str
    category: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceivedAppointment:
    """A message that is accepted. `resource`: what is kept of it and given back, without `id` nor `meta`; `digest`: the
    SHA-256 of that, in canonical JSON; `issues`: the deviations that were accepted."""

    facts: AppointmentFacts
    resource: dict[str, Any]
    digest: str
    issues: tuple[Issue, ...] = ()


class Refused(Exception):  # noqa: N818 — an answer to the editor, not a fault
    """Not accepted. `status`: 400 for what is no FHIR, 422 for what breaks the profile; `issues`: every reason."""

    def __init__(self, status: int, issues: Iterable[Issue]) -> None:
        self.status = status
        self.issues = tuple(issues)
        super().__init__("; ".join(issue.text for issue in self.issues[:3]))


def read_appointment(body: bytes, *, sos: bool = False) -> AppointmentFacts:
    """What the message says. Raises `Refused`, and nothing else, whatever the bytes."""
    return receive_appointment(body, sos=sos).facts


def receive_appointment(body: bytes, *, sos: bool = False) -> ReceivedAppointment:
    """The same, with what is kept of the message. `sos`: the sender only serves SOS Médecins, whatever the profile."""
    appointment = _decode(body)
    notes = Notes()
    sos = sos or _says_sos(appointment)
    system, value = elements.read_identifier(appointment.identifier, notes)
    status = elements.read_status(appointment.status, notes)
    span = elements.read_span(appointment.start, appointment.end, notes)
    created = elements.read_created(appointment.created, notes)
    operator_system, operator_value = elements.read_operator(appointment.extension, sos=sos, notes=notes)
    category = elements.read_category(appointment.extension, sos=sos, notes=notes)
    practitioner, kept, awaited = elements.read_participants(appointment.participant, sos=sos, notes=notes)
    if status in NEEDS_SOMEBODY and not (sos or practitioner or awaited):
        text = "Nommez le professionnel qui reçoit (RPPS ou ADELI), ou donnez needs-action au participant à nommer."
        notes.refuse("required", text, "participant.actor.identifier")
    if status == "pending" and not awaited:
        notes.let_through("business-rule", "« pending » va avec un participant « needs-action ».", "status")
    _judge_size(appointment, notes)
    resource = _kept(appointment, kept)
    _judge_texts(resource, notes)
    if notes.errors or span is None:
        malformed = any(issue.code in MALFORMED for issue in notes.errors)
        raise Refused(400 if malformed else 422, notes.errors)
    _note_personal(appointment, notes)
    facts = AppointmentFacts(
        system=system,
        value=value,
        status=status,
        starts_at=span[0],
        ends_at=span[1],
        created=created,
        operator_system=operator_system,
        operator_value=operator_value,
        practitioner=practitioner,
        category=category,
        warnings=tuple(f"{issue.expression} : {issue.text}" for issue in notes.warnings),
    )
    canonical = msgspec.json.encode(resource, order="deterministic")
    return ReceivedAppointment(facts, resource, hashlib.sha256(canonical).hexdigest(), tuple(notes.warnings))


NEEDS_SOMEBODY: Final = frozenset({"booked", "fulfilled", "noshow"})
"""Of a professional or a CPTS, these say who receives (C38)."""


def _decode(body: bytes) -> Appointment:
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise Refused(400, [error("invalid", "Le corps est vide : envoyez une ressource Appointment en JSON.")])
    try:
        appointment = appointment_decoder.decode(body)
    except msgspec.ValidationError as wrong:
        kind = _kind_of(body)
        raise Refused(400, [_structural(str(wrong)) if kind == "Appointment" else _not_an_appointment()]) from None
    except RecursionError:
        raise Refused(400, [error("structure", "Le corps est trop imbriqué pour un Appointment.")]) from None
    except ValueError:  # of msgspec, and of what is not UTF-8
        raise Refused(400, [error("invalid", "Le corps n’est pas du JSON en UTF-8 : vérifiez-le.")]) from None
    if appointment.resourceType != "Appointment":
        raise Refused(400, [_not_an_appointment()])
    return appointment


def _kind_of(body: bytes) -> Any:
    try:
        return value_of(named_decoder.decode(body).resourceType)
    except (ValueError, RecursionError):
        return None


def _not_an_appointment() -> Issue:
    return error("structure", "Le corps n’est pas une ressource Appointment : vérifiez resourceType.", "resourceType")


TYPES: Final = {
    "str": "un texte",
    "array": "un tableau",
    "object": "un objet",
    "int": "un nombre",
    "float": "un nombre",
    "bool": "un booléen",
    "null": "null",
}


def _structural(message: str) -> Issue:
    """msgspec says « Expected `str`, got `int` - at `$.participant[0].status` »."""
    said, _, path = message.partition(" - at `$")
    names = [TYPES.get(part, "autre chose") for part in said.split("`")[1::2]]
    text = f"Type JSON inattendu : il faut {names[0]}, pas {names[1]}." if len(names) == 2 else "Type JSON inattendu."
    if names[-1:] == ["null"]:
        text += " Un élément inconnu est absent, jamais null."
    return error("structure", text, f"Appointment{path.rstrip('`')}".replace("[...]", ""))


def _says_sos(appointment: Appointment) -> bool:
    """By the profile: nothing in the structure tells the two apart (§2.0 asks to accept any other)."""
    profiles = appointment.meta.profile if appointment.meta else ()
    return any(
        profile.partition("|")[0].rpartition("/")[2].lower() == SOS_PROFILE for profile in profiles[:MOST_MEMBERS]
    )


def _kept(appointment: Appointment, participants: list[Participant]) -> dict[str, Any]:
    """The elements of the profile: the regulator, the category, who receives, when. Never a name nor a free text."""
    known = [extension for extension in appointment.extension if extension.url in KNOWN_EXTENSIONS]
    named = {
        "extension": known,
        "identifier": appointment.identifier,
        "status": appointment.status,
        "specialty": [concept for concept in appointment.specialty if concept.coding],
        "start": appointment.start,
        "end": appointment.end,
        "created": appointment.created,
        "slot": [reference for reference in appointment.slot if reference.reference],
        "participant": participants,
    }
    kept: dict[str, Any] = msgspec.to_builtins({name: value for name, value in named.items() if value})
    return {"resourceType": "Appointment", **kept}


KNOWN_EXTENSIONS: Final = frozenset({EXT_OPERATOR, EXT_ORIENTATION_CATEGORY})


def _judge_size(appointment: Appointment, notes: Notes) -> None:
    for name in ("extension", "specialty", "slot"):
        if len(getattr(appointment, name)) > MOST_MEMBERS:
            notes.refuse("too-long", f"{name} compte {MOST_MEMBERS} éléments au plus.", name)


def _judge_texts(resource: dict[str, Any], notes: Notes) -> None:
    """A sign that cannot be shown (NUL…) is stored by no database and printed by nobody."""
    for name, value in resource.items():
        for text in _texts(value):
            if len(text) > LONGEST_TEXT:
                notes.refuse("too-long", f"Un texte de plus de {LONGEST_TEXT} caractères : raccourcissez-le.", name)
            elif not text.isprintable():
                notes.refuse("invalid", "Un caractère invisible dans un texte : retirez-le.", name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)


def _note_personal(appointment: Appointment, notes: Notes) -> None:
    for name in PERSONAL:
        if bytes(getattr(appointment, name)):
            notes.let_through("informational", "Rien du patient : cet élément n’a pas été conservé.", name)
