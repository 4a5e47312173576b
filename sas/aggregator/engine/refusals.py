"""What an editor says when it refuses: `OperationOutcome` diagnostics and `Retry-After`, bounded, for operators."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from sas.fhir.operation_outcomes import describe, read_outcome


def diagnostics(body: bytes) -> str:
    """The text of an OperationOutcome, on one line, at most 500 characters; empty when the body is anything else."""
    outcome = read_outcome(body, None)
    return describe(outcome) if outcome.issues else ""


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
