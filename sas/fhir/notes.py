"""Findings gathered while one answer is read: the same case met 2,000 times is one finding with its count."""

from sas.fhir.findings import Finding, Severity

EVIDENCE_LENGTH = 120


class Notes:
    """Counts deviations per case and severity; the first extract met stands for all."""

    __slots__ = ("_counts", "_evidence")

    def __init__(self) -> None:
        self._counts: dict[tuple[str, Severity], int] = {}
        self._evidence: dict[tuple[str, Severity], str] = {}

    def add(self, case: str, severity: Severity, evidence: str = "") -> None:
        """Count one deviation; `evidence` is cut, and made printable on one line."""
        key = (case, severity)
        self._counts[key] = self._counts.get(key, 0) + 1
        if evidence and not self._evidence.get(key):
            self._evidence[key] = extract(evidence)

    def info(self, case: str, evidence: str = "") -> None:
        self.add(case, Severity.INFO, evidence)

    def warn(self, case: str, evidence: str = "") -> None:
        self.add(case, Severity.WARNING, evidence)

    def drop(self, case: str, evidence: str = "") -> None:
        self.add(case, Severity.DROP, evidence)

    def repeat(self, findings: tuple[Finding, ...]) -> None:
        """Count again what was noticed once about a piece that several slots share."""
        for finding in findings:
            self.add(finding.case, finding.severity, finding.evidence)

    def findings(self) -> tuple[Finding, ...]:
        """All of them, by case."""
        return tuple(
            Finding(case, severity, self._evidence.get((case, severity), ""), count)
            for (case, severity), count in sorted(self._counts.items())
        )


def extract(text: str) -> str:
    """At most 120 printable characters on one line, so that any log, page or JSON document can carry them."""
    line = " ".join(text[: 8 * EVIDENCE_LENGTH].split())
    printable = "".join(sign if sign.isprintable() else "�" for sign in line)
    return printable if len(printable) <= EVIDENCE_LENGTH else printable[: EVIDENCE_LENGTH - 1] + "…"
