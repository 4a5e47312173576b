"""The second reading of an answer that did not fit its types: a wrong entry costs that entry, no more.

Each entry is decoded on its own; one that does not fit is bent to the expected shape where its meaning is plain
(empty elements D18, lists and numbers D34, dates D26, names D50), and left out where it is not.
"""

import json
import math
import re
from datetime import datetime
from typing import Any, Final

import msgspec

from sas.fhir.findings import Finding, Severity, UnreadableAnswer
from sas.fhir.loose import is_empty
from sas.fhir.notes import Notes
from sas.fhir.wire import RESOURCE_TYPES, Bundle, Entry, Foreign, entries_decoder, entry_decoder, envelope_decoder

_NO_SECONDS = re.compile(r"(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2})(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_DATE_ONLY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)

_ANY: Final = "anything"
_TEXT: Final = "text"
_NUMBER: Final = "number"
_INSTANT: Final = "instant"
_IDENTIFIER: Final[dict[str, Any]] = {"type": _ANY, "system": _TEXT, "value": _TEXT}
_REFERENCE: Final[dict[str, Any]] = {"reference": _TEXT, "identifier": _IDENTIFIER}
_TELECOM: Final[dict[str, Any]] = {"system": _TEXT, "value": _TEXT}
_ADDRESS: Final[dict[str, Any]] = {"extension": _ANY, "line": [_TEXT], "city": _TEXT, "postalCode": _TEXT}
_LOCATION: Final[dict[str, Any]] = {
    "resourceType": _TEXT,
    "id": _TEXT,
    "identifier": [_IDENTIFIER],
    "name": _ANY,
    "telecom": [_TELECOM],
    "address": _ADDRESS,
    "position": {"longitude": _NUMBER, "latitude": _NUMBER},
}
# The shape of the resources of `sas.fhir.wire`, all in one; a list holds the shape of its members.
_RESOURCE: Final[dict[str, Any]] = {
    **_LOCATION,
    "meta": {"profile": _ANY, "security": _ANY},
    "contained": [_LOCATION],
    "providedBy": _REFERENCE,
    "serviceType": _ANY,
    "specialty": _ANY,
    "appointmentType": _ANY,
    "schedule": {"reference": _TEXT},
    "status": _TEXT,
    "start": _INSTANT,
    "end": _INSTANT,
    "comment": _TEXT,
    "actor": [_REFERENCE],
    "practitioner": _REFERENCE,
    "organization": _REFERENCE,
    "location": [_REFERENCE],
    "issue": _ANY,
}


class _UnusableEntryError(Exception):
    """An entry whose meaning cannot be guessed; arguments: case, evidence."""


def read_apart(body: bytes, notes: Notes) -> Bundle:
    """The same answer, entry by entry. An entry left out keeps its rank, without resource.

    Raises UnreadableAnswer when the body is no JSON object, msgspec.DecodeError when it is no JSON.
    """
    try:
        envelope = envelope_decoder.decode(body)
    except msgspec.ValidationError:
        raise UnreadableAnswer(Finding("D40", Severity.ERROR, "JSON sans objet Bundle")) from None
    return Bundle(
        resourceType=_word(envelope.resourceType),
        type=_word(envelope.type),
        total=envelope.total,
        link=envelope.link,
        entry=[_entry(raw, notes) for raw in _members(envelope.entry, notes)],
        issue=envelope.issue,
    )


def _word(raw: msgspec.Raw) -> str | None:
    value = msgspec.json.decode(raw) if bytes(raw) else None
    return value if isinstance(value, str) else None


def _members(raw: msgspec.Raw, notes: Notes) -> list[msgspec.Raw]:
    if not bytes(raw):
        return []
    try:
        return entries_decoder.decode(raw)
    except msgspec.ValidationError:
        notes.warn("D18" if len(bytes(raw)) <= 4 else "D50", "Bundle.entry")
        return [raw] if bytes(raw).startswith(b"{") else []


def _entry(raw: msgspec.Raw, notes: Notes) -> Entry:
    try:
        return entry_decoder.decode(raw)
    except msgspec.ValidationError as error:
        problem = str(error)
    try:
        return _repaired(raw, notes)
    except _UnusableEntryError as error:
        case, problem = error.args
    except UnicodeDecodeError:
        raise
    except ValueError:  # still not of the shape, or a number beyond reading
        case = "D50"
    notes.drop(case, problem)
    return Entry()


def _repaired(raw: msgspec.Raw, notes: Notes) -> Entry:
    value = msgspec.json.decode(raw)
    if is_empty(value):
        raise _UnusableEntryError("D18", "Bundle.entry")
    if not isinstance(value, dict):
        raise _UnusableEntryError("D50", "Bundle.entry")
    if is_empty(value.get("resource")):
        notes.warn("D18", "entry.resource")
        return Entry()
    if _is_foreign(value["resource"]):
        return Entry(Foreign())
    resource = _conform(value["resource"], _RESOURCE, "resource", notes)
    if resource is not None and resource.get("resourceType") not in RESOURCE_TYPES:
        return Entry(Foreign())
    return entry_decoder.decode(msgspec.json.encode({"resource": resource}))


def _is_foreign(resource: Any) -> bool:
    """A type that no flow uses: its elements have other shapes, about which there is nothing to say."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return isinstance(kind, str) and kind != "" and kind not in RESOURCE_TYPES


def _conform(value: Any, shape: Any, path: str, notes: Notes) -> Any:
    """`value` bent to `shape`, `None` where nothing can be made of it; each deviation noted under its path."""
    if is_empty(value):
        notes.warn("D18", path)
        return None
    if shape is _ANY:
        return value
    if shape is _TEXT:
        return _text(value, path, notes)
    if shape is _NUMBER:
        return _number(value, path, notes)
    if shape is _INSTANT:
        return _instant(value, path, notes)
    if isinstance(shape, list):
        return _list(value, shape[0], path, notes)
    return _object(value, shape, path, notes)


def _object(value: Any, shape: dict[str, Any], path: str, notes: Notes) -> Any:
    if isinstance(value, list):
        _note(path, notes)
        return _conform(value[0], shape, path, notes)
    if isinstance(value, str) and "reference" in shape:
        _note(path, notes)
        return {"reference": value}
    if not isinstance(value, dict):
        _note(path, notes)
        return None
    conformed = {}
    for name, inner in shape.items():
        if name in value and (member := _conform(value[name], inner, f"{path}.{name}", notes)) is not None:
            conformed[name] = member
    return conformed


def _list(value: Any, shape: Any, path: str, notes: Notes) -> list[Any]:
    if not isinstance(value, list):
        _note(path, notes)
        value = [value]
    members = (_conform(member, shape, path, notes) for member in value)
    return [member for member in members if member is not None]


def _text(value: Any, path: str, notes: Notes) -> str | None:
    if isinstance(value, str):
        return value
    _note(path, notes)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a postal code or an id written 1000.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list):
        return _conform(value[0], _TEXT, path, notes) if not isinstance(value[0], list) else None
    return None


def _number(value: Any, path: str, notes: Notes) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        _note(path, notes)
    try:
        number = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _instant(value: Any, path: str, notes: Notes) -> str:
    """A date and time that the decoder understands (D26); a date alone says nothing about a slot."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    written = value.strip() if isinstance(value, str) else ""
    if match := _NO_SECONDS.fullmatch(written):
        notes.warn("D26", f"{path} {written}")
        return f"{match[1]}:00{match[2] or ''}"
    try:
        msgspec.convert(written, type=datetime)
    except msgspec.ValidationError:
        reason = "date seule" if _DATE_ONLY.fullmatch(written) else "illisible"
        raise _UnusableEntryError("D26", f"{path} {reason} {written}") from None
    return written


def _note(path: str, notes: Notes) -> None:
    notes.warn("D34" if ".address" in path else "D50", path)


def lax_json(body: bytes) -> bytes | None:
    """Almost-JSON made JSON: `NaN`, control characters inside strings, halves of surrogate pairs. `None` if it is not.

    Only for a body that the strict decoder refused.
    """
    try:
        value = json.loads(body.decode(), strict=False, parse_constant=lambda _: None)
        return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    except (ValueError, RecursionError):
        return None
