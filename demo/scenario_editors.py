"""The demonstration's four booking editors, each with its own way of misbehaving but the first."""

import random
from collections.abc import Iterator
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

LOCAL_TOOL = "Soins non programmés de la Deûle"
"""The territory's own tool: an editor that is asked for no slot, and signs its messages with a token of its own."""

NOT_INTERFACED = "1599980002"
"""A CPTS none of whose doctors uses an editor: its manager types their agendas (demo/data/structures-59.csv)."""

BOTH_SHARE = 0.04
"""Doctors who use the first editor and another one."""


def system_of(key: str) -> str:
    """The system of an editor's identifiers of appointments: invented, and kept whatever its port."""
    return f"urn:oid:1.2.250.1.999.2.{1 + [editor.key for editor in EDITORS].index(key)}"


def editors_of(national_id: str) -> Iterator[str]:
    """Keys of the editors that this doctor uses: none for about half of them, two for a few."""
    draw = random.Random(f"editors:{national_id}").random()
    for editor in EDITORS:
        if draw < editor.share:
            yield editor.key
            return
        draw -= editor.share
    if draw < BOTH_SHARE:
        yield EDITORS[0].key
        yield EDITORS[1 + int(draw / BOTH_SHARE * (len(EDITORS) - 1))].key
