"""The one write on stages: an editor moves to another, from today."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from sas.aggregator.models import Editor
from sas.web import audit


class StageRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Not possible as asked; the message (French) says why and what to do."""


@transaction.atomic
def change_stage(*, key: str, stage: str, known_stage: str, by: str, at: datetime) -> Editor:
    """This editor stands at `stage` from today (the day of `at` in France); searches follow at once.

    `known_stage`: where the person who asks saw it; `StageRefused` when somebody moved it meanwhile, or for a stage or
    an editor that is none. The same stage again changes nothing.
    """
    editor = Editor.objects.select_for_update(of=("self",), no_key=True).filter(key=key, is_active=True).first()
    if editor is None:
        raise StageRefused("Cet éditeur n’est plus référencé : rechargez la page.")
    if stage not in Editor.Stage.values:
        raise StageRefused("Choisissez une étape de la liste.")
    if editor.stage != known_stage:
        raise StageRefused(
            f"Quelqu’un d’autre a déjà changé l’étape de {editor.name} : « {editor.get_stage_display()} » depuis le "
            f"{editor.stage_since:%d/%m/%Y}. Rien n’a été modifié."
        )
    if editor.stage == stage:
        return editor
    before = {"stage": editor.stage, "stage_since": editor.stage_since.isoformat()}
    editor.stage, editor.stage_since = stage, timezone.localdate(at)
    editor.save(update_fields=["stage", "stage_since"])
    after = {"stage": editor.stage, "stage_since": editor.stage_since.isoformat()}
    audit.record("change_editor_stage", by=by, at=at, target=f"éditeur {editor.key}", before=before, after=after)
    return editor
