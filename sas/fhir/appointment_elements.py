"""What each element of an Appointment says, or why it is refused (interop.md §2.10, §3.1, §9). Pure.

A wrong JSON type or an instant that is none is no FHIR (400, `structure` and `invalid`); an element that is absent,
unknown or contradicts another breaks the profile (422). A deviation that costs nothing is a warning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from sas.fhir import identifiers
from sas.fhir.appointment_wire import Concept, Extension, Identifier, Participant
from sas.fhir.operation_outcomes import Issue
from sas.fhir.outcome_writing import error, warning
from sas.fhir.systems import EXT_OPERATOR, EXT_ORIENTATION_CATEGORY, IDENTIFIER_TYPE, IDNPS, SAS

LONGEST_IDENTIFIER: Final = 255
LONGEST_APPOINTMENT: Final = timedelta(hours=24)
FIRST_YEAR, LAST_YEAR = 2000, 2100

STATUSES: Final[Mapping[str, str]] = {
    "pending": "pending",
    "booked": "booked",
    "fulfilled": "fulfilled",
    "noshow": "noshow",
    "cancelled": "cancelled",
    "entered-in-error": "cancelled",
}
"""Of the wire, to ours (C20)."""

CATEGORIES: Final[Mapping[str, str]] = {
    "001": "PS",
    "002": "PDM",
    "003": "SOS",
    "604": "CPTS",
    "603": "MSP",
    "124": "CDS",
}
"""interop.md §2.11."""

PARTICIPANT_STATUSES: Final = frozenset({"accepted", "needs-action"})
TYPES_OF_OPERATORS: Final[Mapping[str, str]] = {IDNPS: "IDNPS", SAS: "INTRN"}
PATIENT_IDENTITY: Final = "urn:oid:1.2.250.1.213.1.4."
"""The national identity of patients (INS): never an identifier of an appointment, never kept."""

_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)
_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_URI = re.compile(r"(?:urn:[a-z0-9][a-z0-9-]{0,31}:|https?://)\S+", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(slots=True)
class Notes:
    """What is wrong, what was let through."""

    errors: list[Issue] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)

    def refuse(self, code: str, text: str, expression: str) -> None:
        """One more reason to refuse."""
        self.errors.append(error(code, text, f"Appointment.{expression}"))

    def let_through(self, code: str, text: str, expression: str) -> None:
        """One more deviation."""
        self.warnings.append(warning(code, text, f"Appointment.{expression}"))


def is_readable(text: str) -> bool:
    """Without blanks nor signs that cannot be shown: what an identifier is made of."""
    return text.isprintable() and not any(map(str.isspace, text))


def read_identifier(given: list[Identifier], notes: Notes) -> tuple[str, str]:
    """The identifier by which the editor will name this appointment again."""
    if len(given) != 1:
        code = "value" if given else "required"
        notes.refuse(code, "Donnez un identifiant, un seul : celui du rendez-vous dans votre logiciel.", "identifier")
        return "", ""
    system, value = given[0].system, given[0].value
    normalised = identifiers.system(system)
    if not system:
        notes.refuse("required", "Donnez le système de l’identifiant : votre OID (urn:oid:…) ou adresse.", _SYSTEM)
    elif len(system) > LONGEST_IDENTIFIER:
        notes.refuse("too-long", f"Le système compte {LONGEST_IDENTIFIER} caractères au plus.", _SYSTEM)
    elif not _URI.fullmatch(normalised.value) or not is_readable(normalised.value) or "|" in normalised.value:
        notes.refuse("value", "Le système est une URI : votre OID (urn:oid:…) ou votre adresse (https://…).", _SYSTEM)
    elif normalised.value.startswith(PATIENT_IDENTITY) or normalised.value in TYPES_OF_OPERATORS:
        notes.refuse("value", "Ce système nomme des personnes : donnez celui de vos rendez-vous.", _SYSTEM)
    elif normalised.changed:
        notes.let_through("value", "Le système a été lu comme un OID : écrivez « urn:oid: » devant.", _SYSTEM)
    if not value:
        notes.refuse("required", "Donnez la valeur de l’identifiant, stable pour toute la vie du rendez-vous.", _VALUE)
    elif len(value) > LONGEST_IDENTIFIER:
        notes.refuse("too-long", f"La valeur compte {LONGEST_IDENTIFIER} caractères au plus.", _VALUE)
    elif not is_readable(value):
        notes.refuse("value", "La valeur ne contient ni espace ni caractère invisible.", _VALUE)
    return normalised.value, value


_SYSTEM, _VALUE = "identifier.system", "identifier.value"


def read_status(given: str, notes: Notes) -> str:
    """`status` as we call it."""
    status = STATUSES.get(given)
    if status is None and given.lower() in STATUSES:
        status = STATUSES[given.lower()]
        notes.let_through("code-invalid", f"Le statut s’écrit en minuscules : « {given.lower()} ».", "status")
    if not given:
        notes.refuse("required", "Donnez le statut : booked, fulfilled, noshow, cancelled ou pending.", "status")
    elif status is None:
        notes.refuse(
            "value", "Ce statut ne sert pas ici : envoyez booked, fulfilled, noshow, cancelled ou pending.", "status"
        )
    elif given.lower() == "entered-in-error":
        notes.let_through("informational", "« entered-in-error » est compris comme « cancelled ».", "status")
    return status or ""


def read_span(start: str, end: str, notes: Notes) -> tuple[datetime, datetime] | None:
    """When it begins and ends."""
    before = len(notes.errors)
    begins, ends = _boundary(start, "start", notes), _boundary(end, "end", notes)
    if begins is None or ends is None or len(notes.errors) > before:
        return None
    if ends <= begins:
        notes.refuse("business-rule", "La fin (end) vient après le début (start) : vérifiez les deux.", "end")
    elif ends - begins > LONGEST_APPOINTMENT:
        notes.refuse("business-rule", "Un rendez-vous dure 24 heures au plus : vérifiez start et end.", "end")
    return begins, ends


def _boundary(text: str, name: str, notes: Notes) -> datetime | None:
    if not text:
        notes.refuse("required", f"Donnez {name}, avec son décalage horaire : 2026-03-24T09:00:00.000Z.", name)
        return None
    instant = instant_of(text)
    if instant is None:
        notes.refuse(
            "invalid",
            f"{name} n’est pas un instant : écrivez la date, l’heure, les secondes et le décalage horaire, "
            "comme 2026-03-24T09:00:00.000Z.",
            name,
        )
    elif not FIRST_YEAR <= instant.year < LAST_YEAR:
        notes.refuse("value", f"{name} est hors du calendrier de la plateforme : vérifiez l’année.", name)
    return instant


def read_created(text: str, notes: Notes) -> datetime | None:
    """When it was booked; a date alone does not say when."""
    instant = instant_of(text)
    if instant is not None and FIRST_YEAR <= instant.year < LAST_YEAR:
        return instant
    if instant is not None or _DATE.fullmatch(text):
        notes.let_through("value", "created n’a pas été retenu : donnez la date et l’heure de la prise.", "created")
    elif text:
        notes.refuse("invalid", "created n’est pas une date : écrivez 2026-03-24T09:00:00Z.", "created")
    return None


def instant_of(text: str) -> datetime | None:
    """A FHIR `instant`, in UTC; None for anything else."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    moment, fraction, offset = found.groups()
    try:
        return datetime.fromisoformat(f"{moment}.{(fraction or '0')[:6]:0<6}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):  # the 30th of February; the first hour of year 1 elsewhere
        return None


def read_operator(extensions: list[Extension], *, sos: bool, notes: Notes) -> tuple[str, str]:
    """(system, value) of the regulator who booked."""
    found = [extension for extension in extensions if extension.url == EXT_OPERATOR]
    if len(found) != 1:
        notes.refuse(
            "value" if found else "required",
            f"Nommez le régulateur qui a réservé, une fois, par l’extension {EXT_OPERATOR}.",
            "extension",
        )
        return "", ""
    reference = found[0].valueReference
    path = f"extension.where(url='{EXT_OPERATOR}').value"
    if reference is None or reference.identifier is None:
        if sos:
            notes.let_through("informational", "Le régulateur n’est pas nommé (valueReference.identifier).", path)
        else:
            notes.refuse("required", "Donnez l’identifiant du régulateur dans valueReference.identifier.", path)
        return "", ""
    return _operator(reference.identifier, f"{path}.identifier", notes)


def _operator(given: Identifier, path: str, notes: Notes) -> tuple[str, str]:
    system = identifiers.system(given.system).value
    value = given.value.strip()
    codes = {coding.code for coding in given.type.coding} if given.type else set()
    if system not in TYPES_OF_OPERATORS:
        notes.refuse(
            "value" if system else "required",
            f"Le régulateur est nommé par son identifiant national ({IDNPS}) ou technique ({SAS}).",
            f"{path}.system",
        )
    if not codes - {""}:
        notes.refuse("required", "Donnez le type de l’identifiant : un code, IDNPS ou INTRN.", f"{path}.type")
    elif codes.isdisjoint(TYPES_OF_OPERATORS.values()):
        notes.refuse("value", "Le type de l’identifiant est IDNPS (national) ou INTRN (technique).", f"{path}.type")
    elif TYPES_OF_OPERATORS.get(system, "") not in codes and system in TYPES_OF_OPERATORS:
        expected = TYPES_OF_OPERATORS[system]
        notes.let_through("value", f"Pour ce système, le type est {expected}.", f"{path}.type")
    if not value:
        notes.refuse("required", "Donnez la valeur de l’identifiant du régulateur.", f"{path}.value")
    elif len(value) > LONGEST_IDENTIFIER:
        notes.refuse("too-long", f"La valeur compte {LONGEST_IDENTIFIER} caractères au plus.", f"{path}.value")
    elif not is_readable(value):
        notes.refuse("value", "La valeur ne contient ni espace ni caractère invisible.", f"{path}.value")
    elif system == SAS and not _UUID.fullmatch(value):
        notes.let_through("value", "Un identifiant technique SAS est un UUID.", f"{path}.value")
    if system == SAS and _UUID.fullmatch(value):
        value = value.lower()
    return system, identifiers.practitioner_id(value).value if system == IDNPS else value


def read_category(extensions: list[Extension], *, sos: bool, notes: Notes) -> str:
    """The category of orientation, when the extension says it."""
    found = [extension for extension in extensions if extension.url == EXT_ORIENTATION_CATEGORY]
    if not found:
        return ""
    path = f"extension.where(url='{EXT_ORIENTATION_CATEGORY}').value"
    concept = found[0].valueCodeableConcept or Concept()
    category = next((CATEGORIES[coding.code] for coding in concept.coding if coding.code in CATEGORIES), "")
    if not category:
        notes.refuse("value", f"La catégorie d’orientation est un code parmi {', '.join(CATEGORIES)}.", path)
    elif sos:
        notes.let_through("business-rule", "Le profil SOS n’admet pas d’autre extension que le régulateur.", path)
    if len(found) > 1:
        notes.let_through("value", "Une seule catégorie d’orientation : la première est retenue.", path)
    return category


def read_participants(given: list[Participant], *, sos: bool, notes: Notes) -> tuple[str, list[Participant], bool]:
    """(national id of who receives, the participants that are kept, whether one is still awaited)."""
    if not given:
        notes.refuse("required", "Donnez au moins un participant : qui reçoit, ou qui doit être nommé.", "participant")
    ids, kept, awaited = [], [], False
    for rank, participant in enumerate(given[:MOST_PARTICIPANTS]):
        path = f"participant[{rank}]"
        awaited = awaited or participant.status == "needs-action"
        _judge_answer(participant, path, notes)
        if participant.actor is None:
            if not participant.type:
                notes.refuse("invariant", "Un participant a un type ou un acteur (règle app-1).", path)
            kept.append(participant)
        elif national_id := _person(participant, f"{path}.actor", sos=sos, notes=notes):
            ids.append(national_id)
            kept.append(participant)
    if len(given) > MOST_PARTICIPANTS:
        notes.refuse("too-long", f"Un rendez-vous a {MOST_PARTICIPANTS} participants au plus.", "participant")
    if len(set(ids)) > 1:
        notes.let_through("multiple-matches", "Plusieurs professionnels : le premier est retenu.", "participant")
    return (ids[0] if ids else ""), kept, awaited


MOST_PARTICIPANTS: Final = 20


def _judge_answer(participant: Participant, path: str, notes: Notes) -> None:
    if not participant.status:
        notes.refuse("required", "Donnez le statut du participant : accepted ou needs-action.", f"{path}.status")
    elif participant.status not in PARTICIPANT_STATUSES:
        notes.refuse("value", "Le statut d’un participant est accepted ou needs-action.", f"{path}.status")


def _person(participant: Participant, path: str, *, sos: bool, notes: Notes) -> str:
    """The national id of that actor; empty for anybody who is not the professional: not kept."""
    identifier = participant.actor.identifier if participant.actor else None
    if identifier is None:
        notes.let_through("informational", "Acteur sans identifiant national : il n’a pas été conservé.", path)
        return ""
    system = identifiers.system(identifier.system).value
    if system != IDNPS:
        text = f"Le seul acteur attendu est le professionnel qui reçoit, par son identifiant national ({IDNPS})."
        if sos:
            notes.let_through("informational", f"{text} Celui-ci n’a pas été conservé.", f"{path}.identifier")
        else:
            notes.refuse("value" if system else "required", text, f"{path}.identifier.system")
        return ""
    national_id = identifiers.practitioner_id(identifier.value)
    if not identifiers.is_practitioner_id(national_id.value):
        notes.refuse(
            "value" if identifier.value else "required",
            "L’identifiant national est 8 suivi du RPPS (11 chiffres) ou 0 suivi de l’ADELI (9).",
            f"{path}.identifier.value",
        )
        return ""
    if national_id.changed:
        notes.let_through("value", "Écrivez l’identifiant avec son préfixe : 8 + RPPS ou 0 + ADELI.", path)
    if identifier.type is None or all(coding.code != "IDNPS" for coding in identifier.type.coding):
        text = f"Donnez le type de l’identifiant : {IDENTIFIER_TYPE}, code IDNPS."
        if sos:
            notes.let_through("required", text, f"{path}.identifier.type")
        else:
            notes.refuse("required", text, f"{path}.identifier.type")
    return national_id.value
