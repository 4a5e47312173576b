"""From the bytes of a search answer to a Bundle, whatever the flow (interop.md §2.1, D17, D39–D42, D45, D48, D49).

Each flow's reader (`sas.fhir.slots` for individual professionals and CPTS) is handed the Bundle by `read_bundle`,
which owns what all answers have in common: encodings, syntax, HTML in place of JSON, paging.
"""

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from sas.fhir.findings import Finding, Severity, UnreadableAnswer
from sas.fhir.loose import objects, text, value_of
from sas.fhir.notes import Notes, extract
from sas.fhir.repairs import lax_json, read_apart
from sas.fhir.systems import FHIR_JSON
from sas.fhir.wire import Bundle, EntryUrl, Resource, bundle_decoder, entry_urls_decoder

MAX_BYTES: Final = 5_000_000  # beyond, the answer is reported (D49); who downloads sets the hard limit

_UTF8_BOM: Final = b"\xef\xbb\xbf"
_UTF16_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)

T = TypeVar("T")


def read_bundle(payload: bytes, content_type: str | None, reader: Callable[[Bundle, bytes, Notes], T]) -> T:
    """Call `reader(bundle, body, notes)` with the Bundle of an answer; an empty body gives an empty Bundle (D17).

    `content_type`: the header as received, `""` when the editor sent none, `None` when there is nothing to judge.
    `body` is the text that was decoded, as UTF-8. Raises UnreadableAnswer, and nothing else, for what is no Bundle.
    """
    try:
        return _attempt(payload, content_type, reader)
    except RecursionError:
        raise _unreadable("JSON trop imbriqué") from None


def _attempt(payload: bytes, content_type: str | None, reader: Callable[[Bundle, bytes, Notes], T]) -> T:
    body, problem = _without_mark(payload)
    for repair in (None, _from_latin1, lax_json):
        if repair is not None:
            repaired = repair(body)
            if repaired is None:
                continue
            body, problem = repaired, repair.__name__.strip("_")
        notes = Notes()
        _note_transport(payload, content_type, problem, notes)
        try:
            return reader(_bundle(body, notes), body, notes)
        except (UnicodeDecodeError, msgspec.DecodeError):
            if repair is None and _is_markup(body):
                raise _unreadable(_markup_name(body)) from None
    raise _unreadable("JSON invalide : " + extract(body[:400].decode("utf-8", "replace"))[:80])


def _without_mark(payload: bytes) -> tuple[bytes, str]:
    """The payload as UTF-8 without its byte order mark, and what was wrong."""
    if payload.startswith(_UTF8_BOM):
        return payload[3:], "BOM"
    if payload.startswith(_UTF16_BOMS):
        return payload.decode("utf-16", "replace").encode(), "UTF-16"
    return payload, ""


def _from_latin1(body: bytes) -> bytes | None:
    """The same text, taken for ISO-8859-1, when it is no UTF-8 (D39)."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body.decode("latin-1").encode()
    return None


def _note_transport(payload: bytes, content_type: str | None, problem: str, notes: Notes) -> None:
    if problem:
        notes.warn("D39", problem)
    if content_type is not None and content_type.partition(";")[0].strip().lower() != FHIR_JSON:
        notes.warn("D39", f"Content-Type {content_type or 'absent'}")
    elif content_type and (charset := _CHARSET.search(content_type)) and charset[1].lower() not in ("utf-8", "utf8"):
        notes.warn("D39", f"Content-Type {content_type}")
    if len(payload) > MAX_BYTES:
        notes.warn("D49", f"{len(payload)} octets")


def _bundle(body: bytes, notes: Notes) -> Bundle:
    if not body.strip():
        notes.info("D17", "corps vide")
        return Bundle(resourceType="Bundle", type="searchset")
    try:
        bundle = bundle_decoder.decode(body)
    except msgspec.ValidationError:
        bundle = read_apart(body, notes)
    _check_head(bundle, notes)
    return bundle


def _check_head(bundle: Bundle, notes: Notes) -> None:
    if bundle.resourceType != "Bundle":
        if bundle.resourceType == "OperationOutcome" or (bundle.resourceType is None and bytes(bundle.issue)):
            raise UnreadableAnswer(Finding("D41", Severity.ERROR, extract(diagnostics(bundle.issue))))
        if bundle.resourceType or bundle.entry is None:
            raise _unreadable(f"JSON sans Bundle : {bundle.resourceType or 'resourceType absent'}")
        notes.warn("D48", "resourceType absent")
    if bundle.type != "searchset":
        notes.warn("D48", f"Bundle.type {bundle.type or 'absent'}")


def diagnostics(issue: msgspec.Raw) -> str:
    """What an OperationOutcome says, in one line."""
    said: list[str] = []
    for problem in objects(value_of(issue)):
        details: Any = problem.get("details")
        words = (
            text(problem.get("diagnostics")),
            text(details.get("text")) if isinstance(details, dict) else "",
            text(problem.get("code")),
        )
        said.append(next((word for word in words if word), ""))
    return " ; ".join(word for word in said if word) or "OperationOutcome"


def next_url(bundle: Bundle, notes: Notes) -> str | None:
    """The page that follows, as given (D45)."""
    if b"next" not in bytes(bundle.link):
        return None
    for link in objects(value_of(bundle.link)):
        if text(link.get("relation")).lower() == "next" and (url := text(link.get("url"))):
            notes.warn("D45", "link.next")
            return url
    return None


def total(bundle: Bundle) -> int | None:
    """`Bundle.total`, never relied upon."""
    written = bytes(bundle.total)
    if written.isdigit() and len(written) < 10:
        return int(written)
    word = text(value_of(bundle.total))
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


def resources_by_url(body: bytes, bundle: Bundle) -> dict[str, Resource]:
    """Resources by the `fullUrl` of their entry; the first of two equal ones (D29, D30)."""
    found: dict[str, Resource] = {}
    try:
        urls = entry_urls_decoder.decode(body).entry or []
    except msgspec.DecodeError:
        # An answer whose entries are not a list of objects: its addresses are lost, its `Type/id` are not.
        urls = []
    entries = bundle.entry or []
    for place, entry in zip(urls, entries, strict=False) if len(urls) == len(entries) else ():
        url = text(value_of(place.fullUrl)) if isinstance(place, EntryUrl) else ""
        if url and entry.resource is not None:
            found.setdefault(url, entry.resource)
    return found


def _is_markup(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _markup_name(body: bytes) -> str:
    head = body[:2000].lower()
    name = "HTML" if b"<html" in head or b"<!doctype html" in head else "XML"
    return f"{name} : {extract(body[:400].decode('utf-8', 'replace'))[:80]}"


def _unreadable(evidence: str) -> UnreadableAnswer:
    return UnreadableAnswer(Finding("D40", Severity.ERROR, extract(evidence)))
