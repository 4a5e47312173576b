"""The contextual call of regulation software (INT_L01, hub-and-lrm.md part II), read from an address. Pure.

Total: whatever is sent is a `Call`. What cannot be read is said by a format or a note, never by an exception; what it
leads to (a place, a discipline, a doctor) is decided in `sas.search.calling`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from sas.search.criteria import LONGEST_TEXT, QueryParameters, clean, origin_of

PEOPLE_OID = "1.2.250.1.71.4.2.1"
WHAT_OIDS = ("1.2.250.1.213.2.28", "1.2.250.1.71.1.2.7")
"""TRE_R38 (specialties) and TRE_G15 (professions)."""

_URN = re.compile(r"(?:urn:)?oid:([0-9.]{3,64})\|([A-Za-z0-9]{1,16})", re.IGNORECASE)
_MEANT_AS_URN = re.compile(r"urn:|oid:", re.IGNORECASE)
"""How an urn begins: « Tournier », « Benoid » and « Dr : Nom » do not (pitfalls 23)."""
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")
_RPPS = re.compile(r"8?([0-9]{11})")
_INSEE = re.compile(r"[0-9]{1,5}|2[ABab][0-9]{3}")
_MOST_DECODINGS = 2


class Format(StrEnum):
    """How a value was sent, in the words of the statistics of the calls."""

    ABSENT = "notTransmitted"
    TEXT = "fullText"
    CODE = "normed"
    INVALID = "invalid"


class Note(StrEnum):
    """What was set aside while reading."""

    NUMBER_ALONE = "number_without_street"
    INSEE_UNREADABLE = "insee_unreadable"


@dataclass(frozen=True, slots=True)
class Call:
    """What an LRM sent. Empty is not sent, or not readable: the format says which.

    `doctor`: a prefixed national id when its format is `CODE`, a name when it is `TEXT`. `specialty`: urn, or words.
    `insee`: five characters. `sent_insee`, as it came: it is repeated to the person when it leads nowhere.
    """

    origin: str
    doctor: str = ""
    doctor_format: Format = Format.ABSENT
    specialty: str = ""
    specialty_format: Format = Format.ABSENT
    street_number: str = ""
    street_name: str = ""
    city: str = ""
    insee: str = ""
    sent_insee: str = ""
    notes: frozenset[Note] = frozenset()

    @property
    def address_format(self) -> str:
        """Which parts of an address came: « insee_street », « city », « notTransmitted »…"""
        town = "insee" if self.sent_insee else "city" if self.city else ""
        if not town:
            return str(Format.ABSENT)
        return f"{town}_street" if self.street_name else town


def is_call(parameters: QueryParameters) -> bool:
    """The key `origin` is there, even empty."""
    return bool(parameters.getlist("origin"))


def read_call(parameters: QueryParameters) -> Call:
    """Read everything; raises nothing."""
    doctor, doctor_format = _doctor(_value(parameters, "practitioner"))
    specialty, specialty_format = _specialty(_value(parameters, "specialty") or _value(parameters, "speciality"))
    number, street = _number(_value(parameters, "streetnumber")), _value(parameters, "streetname")
    sent_insee = _value(parameters, "inseecode")
    insee = _insee(sent_insee)
    found = {
        Note.NUMBER_ALONE: bool(number) and not street,
        Note.INSEE_UNREADABLE: bool(sent_insee) and not insee,
    }
    return Call(
        origin=origin_of(parameters),
        doctor=doctor,
        doctor_format=doctor_format,
        specialty=specialty,
        specialty_format=specialty_format,
        street_number=number if street else "",
        street_name=street,
        city=_value(parameters, "city"),
        insee=insee,
        sent_insee=sent_insee,
        notes=frozenset(note for note, is_true in found.items() if is_true),
    )


def _value(parameters: QueryParameters, name: str) -> str:
    """The last value sent, cleaned; one that was encoded twice is decoded again (« %257C »)."""
    sent = parameters.getlist(name)
    value = clean(sent[-1])[: 3 * LONGEST_TEXT] if sent else ""
    for _ in range(_MOST_DECODINGS):
        if not _ENCODED.search(value):
            break
        value = clean(unquote(value, errors="replace"))
    return value[:LONGEST_TEXT].strip()


def _doctor(value: str) -> tuple[str, Format]:
    if not value:
        return "", Format.ABSENT
    if number := _RPPS.fullmatch(value.replace(" ", "")):
        return f"8{number[1]}", Format.CODE
    if not _MEANT_AS_URN.match(value):
        return value, Format.TEXT
    urn = _URN.fullmatch(value)
    number = _RPPS.fullmatch(urn[2]) if urn and urn[1] == PEOPLE_OID else None
    return (f"8{number[1]}", Format.CODE) if number else ("", Format.INVALID)


def _specialty(value: str) -> tuple[str, Format]:
    if not value:
        return "", Format.ABSENT
    if not _MEANT_AS_URN.match(value):
        return value, Format.TEXT
    urn = _URN.fullmatch(value)
    if urn is None or urn[1] not in WHAT_OIDS:
        return "", Format.INVALID
    return f"urn:oid:{urn[1]}|{urn[2]}", Format.CODE


def _number(value: str) -> str:
    """« 12 bis » is 12."""
    digits = re.search(r"[0-9]{1,5}", value)
    return digits[0] if digits else ""


def _insee(value: str) -> str:
    """« 1004 », which lost its zero in a spreadsheet, is 01004."""
    bare = value.replace(" ", "")
    return bare.upper().zfill(5) if _INSEE.fullmatch(bare) else ""
