"""OperationOutcome as we write it: why a message is refused, for the developer who sent it (interop.md §1.0)."""

from collections.abc import Iterable
from typing import Any, Final

from sas.fhir.operation_outcomes import Issue

MOST_ISSUES: Final = 20
"""A wrong array would otherwise say the same thing a thousand times."""


def error(code: str, text: str, expression: str = "") -> Issue:
    """One reason to refuse. `code`: of FHIR's issue-type; `text`: French, says what to do; `expression`: FHIRPath."""
    return Issue("error", code, text, expression)


def warning(code: str, text: str, expression: str = "") -> Issue:
    """One deviation that was accepted."""
    return Issue("warning", code, text, expression)


def outcome_resource(issues: Iterable[Issue]) -> dict[str, Any]:
    """The resource, with the first issues only."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in tuple(issues)[:MOST_ISSUES]]}


def _issue(issue: Issue) -> dict[str, Any]:
    written: dict[str, Any] = {"severity": issue.severity, "code": issue.code, "diagnostics": issue.text}
    if issue.expression:
        written["expression"] = [issue.expression]
    return written
