"""Geometry of the sphere and shape of names and identifiers: pure functions, no database.

Distances follow the great circle on a sphere of mean radius (IUGG 6 371 008.8 m). A place is a point of the unit
sphere; the chord `c` between two points and the arc between them say the same thing: arc = 2·R·asin(c / 2).
"""

import math
import re
import unicodedata

EARTH_RADIUS_M = 6_371_008.8
"""Mean Earth radius R1 of the IUGG, metres."""

HALF_TURN_KM = math.pi * EARTH_RADIUS_M / 1000
"""The longest great-circle distance: nothing is farther than the antipode."""

_PHONE_PREFIXES = {"262": 9, "508": 6, "590": 9, "594": 9, "596": 9, "681": 6, "687": 6, "689": 8}
_PHONE_REGION = {
    "0262": "262",
    "0263": "262",
    "0269": "262",
    "0590": "590",
    "0594": "594",
    "0596": "596",
    "0639": "262",
    "0690": "590",
    "0691": "590",
    "0692": "262",
    "0693": "262",
    "0694": "594",
    "0696": "596",
    "0697": "596",
}
_NATIONAL_ID = re.compile(r"8[0-9]{11}|0[0-9A-Z]{9}")
_EMPLOYEE_ID = re.compile(r"[13456][0-9A-Z]{8,15}/[0-9A-Za-z._-]{1,29}")
LONGEST_CARD_ID = 40
_STRUCTURE_ID = re.compile(r"1[0-9][0-9AB][0-9]{7}|3\d{14}|4\d{14}|0[0-9A-Z]{9,19}")
_NOT_WORD = re.compile(r"[^a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})


def unit_point(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point of the unit sphere at these degrees."""
    phi, theta = math.radians(latitude), math.radians(longitude)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


def chord_of(kilometres: float) -> float:
    """Chord on the unit sphere of an arc of that many kilometres (at most the half turn)."""
    arc = min(max(kilometres, 0.0), HALF_TURN_KM) * 1000 / EARTH_RADIUS_M
    return 2 * math.sin(arc / 2)


def metres_of(chord: float) -> float:
    """Great-circle distance, in metres, of a chord on the unit sphere."""
    return 2 * EARTH_RADIUS_M * math.asin(min(chord / 2, 1.0))


def search_key(text: str) -> str:
    """Lower case, no accents, single spaces: what names are searched and sorted by.

    Made here and stored, not by the database: the embedded PostgreSQL has no ICU, so `lower()` and collations
    would not agree with a Debian server.
    """
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", bare).strip()


def is_national_id(value: str) -> bool:
    """Whether this is a prefixed national id of a person: `8` + RPPS or `0` + ADELI (interop.md §3.1).

    The shape only: samples in circulation fail Luhn, so a checksum would refuse real people.
    """
    return _NATIONAL_ID.fullmatch(value) is not None


def is_card_id(value: str) -> bool:
    """Whether this is an identifier that a CPx card may bear: a national id, or the employee of a structure.

    Regulators who are in no national register have the latter: `3` + FINESS + `/` + internal number, the one form that
    interop.md §3.1 tells (`3456780581/11242343`, §2.9). It says « other CPx forms », and that nothing is refused on its
    checksum: the same shape behind `1`, `4`, `5` or `6`, with a number of structure other than a FINESS, is tolerated,
    so that whoever holds a card that Pro Santé Connect signed can enter.
    """
    employee = len(value) <= LONGEST_CARD_ID and _EMPLOYEE_ID.fullmatch(value) is not None
    return employee or is_national_id(value)


def is_structure_id(value: str) -> bool:
    """Whether this is a prefixed id of a structure: FINESS `1` (Corsica has a letter), SIRET `3`, rang `4`/`0`."""
    return _STRUCTURE_ID.fullmatch(value) is not None


def phone_number(text: str) -> str:
    """The number in international form (`+33…`, `+262…`), or "" when it cannot be one (interop.md §3.3)."""
    digits = re.sub(r"[^\d+]", "", text.replace("(0)", ""))
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    if digits.startswith("+"):
        return digits if _is_international(digits[1:]) else ""
    if len(digits) == 10 and digits[0] == "0":
        return f"+{_PHONE_REGION.get(digits[:4], '33')}{digits[1:]}"
    if len(digits) == 9 and digits[0] != "0":
        # Spreadsheets eat the leading zero.
        return phone_number("0" + digits)
    return f"+{digits}" if _is_international(digits) else ""


def person_text(civility: str, given_name: str, family_name: str) -> str:
    """« Dr Camille NOM »; a civility that we do not know is written as it is."""
    title = {"DR": "Dr", "PR": "Pr", "MME": "Mme", "M": "M."}.get(civility.upper().rstrip("."), civility)
    return " ".join(part for part in (title, given_name, family_name) if part)


def phone_text(phone: str) -> str:
    """French grouping of an international number: « 03 53 01 00 01 »; others as they are."""
    if phone.startswith("+33") and len(phone) == 12:
        digits = "0" + phone[3:]
        return " ".join(digits[n : n + 2] for n in range(0, 10, 2))
    if phone.startswith(("+262", "+590", "+594", "+596")) and len(phone) == 13:
        digits = "0" + phone[4:]
        return " ".join([digits[:4], *(digits[n : n + 2] for n in range(4, 10, 2))])
    return phone


def _is_international(digits: str) -> bool:
    if digits.startswith("33"):
        return len(digits) == 11 and digits[2] != "0"
    return any(digits.startswith(prefix) and len(digits) == 3 + size for prefix, size in _PHONE_PREFIXES.items())
