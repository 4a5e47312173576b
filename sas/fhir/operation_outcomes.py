"""What an editor answers to a write, for operators: the `Location` of what it made, or why it refused.

interop.md §1.0 (errors) and §6 (D39, D40): whatever comes back is read, nothing here raises, all of it is bounded.
"""

import re
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import msgspec

from sas.fhir.loose import objects, text, value_of

LONGEST_SENTENCE: Final = 500
_LONGEST_BODY: Final = 256 * 1024
_MOST_ISSUES: Final = 10
_SEVERITIES: Final = frozenset({"fatal", "error", "warning", "information"})
_LOCATION = re.compile(r"(?:\S*/)?Practitioner/([A-Za-z0-9.\-]{1,64})(?:/_history/[A-Za-z0-9.\-]{1,64})?/?")


class Issue(NamedTuple):
    """One reason. `code` is of FHIR's `issue-type`; `expression` the FHIRPath concerned; both may be empty."""

    severity: str
    code: str
    text: str
    expression: str


class Outcome(msgspec.Struct, frozen=True):
    """The reasons of an editor, ten at most; without any, `instead` says in French what came in their place."""

    issues: tuple[Issue, ...] = ()
    instead: str = ""

    @property
    def codes(self) -> frozenset[str]:
        """The issue types told: `duplicate`, `required`…"""
        return frozenset(issue.code for issue in self.issues if issue.code)


def read_outcome(body: bytes, content_type: str | None) -> Outcome:
    """The OperationOutcome of an answer, however it is encoded, or what stands in its place."""
    if len(body) > _LONGEST_BODY:
        return Outcome(instead="réponse trop longue pour être lue")
    if not body.strip():
        return Outcome(instead="réponse sans explication")
    if "html" in (content_type or "").lower() or body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return Outcome(instead="page web au lieu d’un OperationOutcome")
    found = _value(body)
    if not isinstance(found, dict):
        return Outcome(instead="réponse illisible au lieu d’un OperationOutcome")
    issues = tuple(_issue(issue) for _, issue in zip(range(_MOST_ISSUES), objects(found.get("issue")), strict=False))
    kind = one_line(text(found.get("resourceType")))[:40]
    if not issues:
        return Outcome(instead=f"{kind or 'réponse'} sans explication")
    return Outcome(issues)


def describe(outcome: Outcome) -> str:
    """One printable line of 500 characters at most, for a log and for an operator's page; never empty."""
    said = (
        f"{issue.text} ({issue.expression})" if issue.expression and issue.expression not in issue.text else issue.text
        for issue in outcome.issues
    )
    return one_line("; ".join(part for part in said if part)) or outcome.instead or "réponse sans explication"


def read_location(header: str | None) -> str | None:
    """The editor's own id in `Location: [base]/Practitioner/<id>`; None when there is none to be read."""
    if not header or len(header) > 4096:
        return None
    match = _LOCATION.fullmatch(unquote(header.strip().partition("?")[0].partition("#")[0]))
    return match[1] if match else None


def one_line(sentence: str) -> str:
    """Printable, on one line, bounded: safe in a log and on an operator's page."""
    signs = (sign if sign.isprintable() else " " for sign in sentence[: 4 * LONGEST_SENTENCE])
    return " ".join("".join(signs).split())[:LONGEST_SENTENCE]


def _issue(issue: dict[str, Any]) -> Issue:
    details = issue.get("details")
    severity, code = text(issue.get("severity")).lower(), one_line(text(issue.get("code")))[:40]
    said = text(issue.get("diagnostics")) or (text(details.get("text")) if isinstance(details, dict) else "") or code
    return Issue(
        severity=severity if severity in _SEVERITIES else "error",
        code=code,
        text=one_line(said),
        expression=one_line(text(issue.get("expression")) or text(issue.get("location")))[:120],
    )


def _value(body: bytes) -> Any:
    """JSON in UTF-8, with a byte order mark or not, else in ISO-8859-1 (D39)."""
    try:
        return value_of(body.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        return value_of(body.decode("latin-1").encode())
