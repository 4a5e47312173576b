"""National identifiers as they are written in SAS messages: normalised, never judged by a checksum.

A professional is `8`+RPPS (11 digits) or `0`+ADELI (9); a structure is `1`+FINESS (9, a letter in Corsica),
`3`+SIRET (14), `4`+RPPS and rank (14) or `0`+ADELI and rank. Most samples of the guide fail Luhn (interop.md §3.1),
so only shapes are looked at, and an unknown shape is handed back trimmed.
"""

import re
from typing import NamedTuple

_BLANKS = re.compile(r"\s+")
_OID = re.compile(r"(?:urn:?\s*oid:?)?\s*([0-9]+(?:\.[0-9]+)+)", re.IGNORECASE)

_ADELI_PREFIXED = re.compile(r"0[0-9][0-9AB][0-9]{7}")
_RPPS = re.compile(r"[0-9]{11}")
_ADELI = re.compile(r"[0-9][0-9AB][0-9]{7}")
_STRUCTURE_PREFIXED = re.compile(r"1[0-9][0-9AB][0-9]{7}|[34][0-9]{14}|0[0-9A-Z]{9,}")
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_SIRET = re.compile(r"[0-9]{14}")


class Normalised(NamedTuple):
    """A value as SAS writes it, and whether the sender had written it otherwise."""

    value: str
    changed: bool


def practitioner_id(value: str) -> Normalised:
    """National id of a professional with its prefix: `8`+RPPS or `0`+ADELI; other CPx forms only trimmed."""
    if _is_prefixed_rpps(value):
        return Normalised(value, False)
    compact = _BLANKS.sub("", value).upper()
    if _is_prefixed_rpps(compact) or _ADELI_PREFIXED.fullmatch(compact):
        return Normalised(compact, compact != value)
    if _RPPS.fullmatch(compact):
        return Normalised("8" + compact, True)
    if _ADELI.fullmatch(compact):
        return Normalised("0" + compact, True)
    return Normalised(value.strip(), value != value.strip())


def structure_id(value: str) -> Normalised:
    """National id of a structure with its prefix. Fourteen digits without one are a SIRET, nine a FINESS."""
    if is_structure_id(value):
        return Normalised(value, False)
    compact = _BLANKS.sub("", value).upper()
    if _STRUCTURE_PREFIXED.fullmatch(compact):
        return Normalised(compact, True)
    if _FINESS.fullmatch(compact):
        return Normalised("1" + compact, True)
    if _SIRET.fullmatch(compact):
        return Normalised("3" + compact, True)
    return Normalised(value.strip(), value != value.strip())


def is_practitioner_id(value: str) -> bool:
    """True when the shape alone says: a professional's national id, prefixed (D22)."""
    return _is_prefixed_rpps(value) or _ADELI_PREFIXED.fullmatch(value) is not None


def is_structure_id(value: str) -> bool:
    """True when the shape alone says: a structure's national id, prefixed (D22)."""
    return _is_prefixed_finess(value) or _STRUCTURE_PREFIXED.fullmatch(value) is not None


# The two usual shapes without a regular expression: every answer asks for each of its ids.
def _is_prefixed_rpps(value: str) -> bool:
    return len(value) == 12 and value[0] == "8" and value.isdigit() and value.isascii()


def _is_prefixed_finess(value: str) -> bool:
    return len(value) == 10 and value[0] == "1" and value.isdigit() and value.isascii()


def system(value: str) -> Normalised:
    """An identifier system; a bare OID, or one after `urn:oid ` with a blank, gets `urn:oid:` (D03)."""
    if value.startswith(("urn:oid:", "http")) and " " not in value:
        return Normalised(value, False)
    stripped = value.strip()
    if oid := _OID.fullmatch(stripped):
        stripped = f"urn:oid:{oid[1]}"
    return Normalised(stripped, stripped != value)
