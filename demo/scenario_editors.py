"""The demonstration's four booking editors, each with its own way of misbehaving but the first."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoEditor:
    """A sandbox, and the share of doctors who use it. `behaviour` and `latency_ms` are the sandbox's."""

    name: str
    key: str
    stage: str
    share: float
    behaviour: str
    latency_ms: int | None = None


EDITORS = (
    DemoEditor("Agenda Alpha", "agenda-alpha", "booking", 0.22, "ok", 80),
    DemoEditor("Agenda Brume", "agenda-brume", "booking", 0.12, "slow"),
    DemoEditor("Agenda Coquille", "agenda-coquille", "slots", 0.10, "dirty"),
    DemoEditor("Agenda Déluge", "agenda-deluge", "booking", 0.06, "down"),
)
