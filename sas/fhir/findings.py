"""What was noticed while reading a partner's answer (interop.md §6, cases D01–D50).

A finding never stops a search: it is counted, shown to operators, and sent to the editor who can mend it.
"""

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """What the reader did with the data concerned."""

    INFO = "info"
    WARNING = "warning"  # kept, the editor should mend it
    DROP = "drop"  # this slot or resource was left out
    ERROR = "error"  # the whole answer was left out


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One deviation: `case` is the row of the table (`D01`…`D50`), `evidence` a short extract, never patient data."""

    case: str
    severity: Severity
    evidence: str = ""
    count: int = 1


class UnreadableAnswer(Exception):  # noqa: N818 — the outcome it becomes has this name
    """The answer is not a FHIR search set at all (D40, D41, invalid JSON …); `finding.evidence` says what it was."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"{finding.case}: {finding.evidence}")
        self.finding = finding
