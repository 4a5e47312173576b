"""Interfaced editors by stage, as everybody may read them (platform.md §7): the order says nothing of an editor."""

from dataclasses import dataclass
from datetime import date

from sas.aggregator.models import Editor

EXPLAINED = {
    Editor.Stage.BOOKING: "Leurs créneaux remontent dans la recherche, et la réservation se fait sur leur page.",
    Editor.Stage.SLOTS: "Leurs créneaux remontent dans la recherche ; ils se réservent par téléphone.",
    Editor.Stage.TESTING: "Raccordement en cours d’essai : rien ne remonte encore.",
    Editor.Stage.AGREED: "Convention signée : le raccordement est à venir.",
    Editor.Stage.PLANNED: "Raccordement envisagé.",
}


@dataclass(frozen=True)
class EditorLine:
    """One editor at its stage. `flows`: what its slots are those of."""

    key: str
    name: str
    since: date
    flows: tuple[str, ...]


@dataclass(frozen=True)
class StageLine:
    """A stage, the furthest first, and the active editors that stand there, by name."""

    stage: str
    label: str
    explained: str
    editors: tuple[EditorLine, ...]


def stages() -> list[StageLine]:
    """Every stage where somebody stands. One query."""
    rows = list(Editor.objects.filter(is_active=True).order_by("name"))
    flows = dict(Editor.Flow.choices)
    lines = [
        StageLine(
            stage,
            Editor.Stage(stage).label,
            explained,
            tuple(
                EditorLine(row.key, row.name, row.stage_since, tuple(str(flows[flow]) for flow in row.flows))
                for row in rows
                if row.stage == stage
            ),
        )
        for stage, explained in EXPLAINED.items()
    ]
    return [line for line in lines if line.editors]
