"""What a slot's codes mean: visibility, consultation types, motives, specialties, booking mode (interop.md §2.2).

The five elements concerned are the same few texts in every slot of an editor, so their meaning is learnt once per
distinct text and remembered for the process. Only the meaning of public codes is kept there, no person's data.
"""

import re
from typing import Any, Final

import msgspec

from sas.fhir import systems
from sas.fhir.findings import Finding
from sas.fhir.loose import items, objects, text, value_of
from sas.fhir.notes import Notes

SEPARATOR: Final = b"\0"  # never inside a JSON text
_MAX_REMEMBERED: Final = 4096
_MAX_TEXT: Final = 4096  # bytes; longer ones are understood each time rather than kept

_PRIVATE: Final = frozenset({"PRIVATE", "PRIVE", "PRIVÉ"})
_EMPTY = re.compile(rb'[\x00:\[,]\s*(?:""|\[\s*\]|\{\s*\}|null)')
# Other encounter classes are legal in the profile's value set, and of no use here (§2.2).
_OTHER_ENCOUNTERS: Final = frozenset(
    {"EMER", "FLD", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS"}
)  # fmt: skip


class SlotKind(msgspec.Struct, frozen=True, gc=False):
    """The meaning of one combination of codes. `booking` is empty when the slot does not say (D46).

    `cpts` are the references to HealthcareService, `tagged_cpts` says that there is a 604 entry without one too.
    `findings` are counted for each slot of this kind.
    """

    types: tuple[str, ...]
    modalities: tuple[str, ...]
    booking: str
    reasons: tuple[str, ...]
    specialties: tuple[str, ...]
    cpts: tuple[str, ...]
    concerns_cpts: bool
    private: bool
    findings: tuple[Finding, ...]
    plain: bool  # nothing of the three above: the usual slot


_remembered: dict[bytes, SlotKind] = {}
_latest: dict[int, tuple[bytes, SlotKind]] = {}
# The text of that length met last, and its meaning: comparing 700 bytes costs a tenth of hashing them.
latest = _latest.get


def meaning(pieces: bytes) -> SlotKind:
    """The meaning of `security, serviceType, specialty, appointmentType`, JSON texts joined by `SEPARATOR`."""
    kind = _remembered.get(pieces) or _understood(pieces)
    if len(pieces) <= _MAX_TEXT:
        if len(_remembered) >= _MAX_REMEMBERED:
            _remembered.clear()
        _remembered[pieces] = kind
        _latest[len(pieces)] = (pieces, kind)
    return kind


def forget() -> None:
    """Back to what a new process knows: nothing. For measuring."""
    _remembered.clear()
    _latest.clear()


def _understood(pieces: bytes) -> SlotKind:
    notes = Notes()
    if empty := _EMPTY.search(SEPARATOR + pieces):
        notes.warn("D18", empty[0].decode("ascii", "replace").strip("\0"))
    security, service_type, specialty, appointment_type = map(value_of, pieces.split(SEPARATOR))
    types, private = _types(security, notes)
    modalities, reasons, cpts, tagged = _services(service_type, notes)
    booking = _booking(appointment_type, notes)
    findings = notes.findings()
    concerns_cpts = tagged or bool(cpts) or "CPTS" in types
    return SlotKind(
        types=types,
        modalities=modalities,
        booking=booking,
        reasons=reasons,
        specialties=_specialties(specialty),
        cpts=cpts,
        concerns_cpts=concerns_cpts,
        private=private,
        findings=findings,
        plain=not (findings or concerns_cpts or private),
    )


def _types(security: Any, notes: Notes) -> tuple[tuple[str, ...], bool]:
    """Visibility codes (D06), and whether an explicit private one is among them."""
    found: dict[str, None] = {}
    private = False
    for coding in items(security):
        system = text(coding.get("system")) if isinstance(coding, dict) else ""
        written = (
            (text(coding.get("code")) or text(coding.get("display"))) if isinstance(coding, dict) else text(coding)
        )
        code = written.upper()
        private = private or code in _PRIVATE
        if code in systems.SLOT_TYPES:
            found[code] = None
            if code != written or system != systems.SLOT_TYPE or not text(coding.get("code")):
                notes.warn("D06", f"{system}|{written}")
        elif code not in _PRIVATE:
            notes.warn("D06", f"{system}|{written}")
    if not found and not private:
        notes.warn("D06", "meta.security")
    return tuple(found), private


def _services(service_type: Any, notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]:
    """Consultation types, motives, references to CPTS services, and whether a CPTS is spoken of (D07–D11)."""
    modalities: dict[str, None] = {}
    reasons: dict[str, None] = {}
    cpts: dict[str, None] = {}
    tagged = False
    for concept in items(service_type):
        if not isinstance(concept, dict):  # the motive alone, not in its CodeableConcept
            notes.warn("D07", "serviceType")
            if reason := text(concept):
                reasons[reason] = None
            continue
        if reason := text(concept.get("text")):
            reasons[reason] = None
        is_cpts = False
        for coding in objects(concept.get("coding")):
            code, system = text(coding.get("code")), text(coding.get("system"))
            if code == systems.CPTS_CATEGORY:
                is_cpts = True
                if system != systems.ESTABLISHMENT_CATEGORY:
                    notes.warn("D09", system)
            elif code.upper() in systems.MODALITIES:
                modalities[code.upper()] = None
                if system != systems.CONSULTATION_TYPE or code != code.upper():
                    notes.warn("D07", f"{system}|{code}")
            elif code not in _OTHER_ENCOUNTERS:
                notes.warn("D07", f"{system}|{code}")
        references = _cpts_references(concept)
        if references and not is_cpts:
            notes.warn("D08", "extension-Slot.serviceType sans 604")
        tagged = tagged or is_cpts
        cpts.update(dict.fromkeys(references))
    return tuple(modalities), tuple(reasons), tuple(cpts), tagged


def _cpts_references(concept: dict[str, Any]) -> list[str]:
    """`HealthcareService/…` references of the R5 extension."""
    found = []
    for extension in objects(concept.get("extension")):
        if text(extension.get("url")) == systems.EXT_SLOT_SERVICE_TYPE:
            value = extension.get("valueReference")
            reference = text(value.get("reference")) if isinstance(value, dict) else text(value)
            if reference:
                found.append(reference)
    return found


def _specialties(specialty: Any) -> tuple[str, ...]:
    """Codes of R38, and words where there is no such code: everything said is kept (D05)."""
    found: dict[str, None] = {}
    for concept in items(specialty):
        if not isinstance(concept, dict):
            found[text(concept)] = None
            continue
        codings = list(objects(concept.get("coding")))
        for coding in codings:
            found[text(coding.get("code")) or text(coding.get("display"))] = None
        label = text(concept.get("text"))
        if not codings or label not in {text(coding.get("display")) for coding in codings}:
            found[label] = None
    return tuple(word for word in found if word)


def _booking(appointment_type: Any, notes: Notes) -> str:
    """ROUTINE or WALKIN; empty when missing or unknown: the link decides then (D46)."""
    for concept in items(appointment_type):
        codings = objects(concept.get("coding")) if isinstance(concept, dict) else iter(())
        words = [text(coding.get("code")) for coding in codings]
        for word in words or [text(concept.get("text")) if isinstance(concept, dict) else text(concept)]:
            if word.upper() in systems.BOOKING_MODES:
                if word not in systems.BOOKING_MODES:
                    notes.warn("D46", word)
                return word.upper()
    notes.warn("D46", "appointmentType")
    return ""
