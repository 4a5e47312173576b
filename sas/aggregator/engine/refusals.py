"""What an editor says when it refuses: `OperationOutcome` diagnostics and `Retry-After`, bounded, for operators."""

from datetime import datetime
from email.utils import parsedate_to_datetime

import msgspec

LONGEST_DETAIL = 500


class _Details(msgspec.Struct):
    text: object = None


class _Issue(msgspec.Struct):
    code: object = None
    diagnostics: object = None
    details: _Details | None = None


class _OperationOutcome(msgspec.Struct):
    resourceType: object = None  # noqa: N815 - FHIR's own name
    issue: list[_Issue] = []


_decoder = msgspec.json.Decoder(_OperationOutcome)


def diagnostics(body: bytes) -> str:
    """The text of an OperationOutcome, on one line, at most 500 characters; empty when the body is anything else."""
    try:
        outcome = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    texts: list[str] = []
    for issue in outcome.issue[:10]:
        candidates = (issue.diagnostics, issue.details.text if issue.details else None, issue.code)
        texts.extend([text for text in candidates if isinstance(text, str) and text.strip()][:1])
    return one_line("; ".join(texts))


def one_line(text: str) -> str:
    """Printable, on one line, bounded: safe in a log and on an operator's page."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * LONGEST_DETAIL]).split())[:LONGEST_DETAIL]


def retry_after(header: str | None, at: datetime) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110 §10.2.3); None when absent or absurd."""
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year or an offset of twenty digits
        return None
    return max((when - at).total_seconds(), 0.0) if when.tzinfo else None
