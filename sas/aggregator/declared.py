"""Editors as participation sees them: which there are, who uses which, and what somebody declares (platform.md §4, §6).

Given to `sas.participation.editors` by `AppConfig.ready`: participation, below, never imports this package.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction

from sas.aggregator.models import Editor, EditorLink
from sas.aggregator.services import linkable_id
from sas.participation.editors import EditorChoice, UsedEditor
from sas.web import audit


class RegisteredEditors:
    """The editors of this platform (`sas.participation.editors.Editors`)."""

    def choices(self) -> list[EditorChoice]:
        """Active editors that give practitioners' slots, by name. One query."""
        known = Editor.objects.filter(is_active=True, flows__contains=[Editor.Flow.PS]).order_by("name")
        return [
            EditorChoice(
                key=editor.key,
                name=editor.name,
                stage=editor.stage,
                stage_label=str(Editor.Stage(editor.stage).label),
                stage_since=editor.stage_since,
                gives_slots=editor.stage in Editor.ASKABLE,
                books=editor.stage == Editor.Stage.BOOKING,
            )
            for editor in known
        ]

    def used_by(self, national_ids: Collection[str]) -> Mapping[str, tuple[UsedEditor, ...]]:
        """Prefixed national id → active editors, by name; who uses none is absent. One query."""
        askable = [str(stage) for stage in Editor.ASKABLE]
        found: dict[str, tuple[UsedEditor, ...]] = {}
        with connection.cursor() as cursor:
            cursor.execute(USED, [askable, list(national_ids)])
            for national_id, key, name, source, gives_slots in cursor.fetchall():
                found[national_id] = (*found.get(national_id, ()), UsedEditor(key, name, source, gives_slots))
        return found

    def declare(self, *, national_id: str, keys: Iterable[str], by: str, at: datetime) -> None:
        """See `declare_editors`."""
        declare_editors(national_id=national_id, keys=keys, by=by, at=at)


@transaction.atomic
def declare_editors(*, national_id: str, keys: Iterable[str], by: str, at: datetime) -> None:
    """Say that this person declares these editors and no other.

    Links that they declared and declare no more go away; those learnt otherwise (seen, sweep, command) stay. Keys of
    editors that no longer exist are left out. Nothing changes: nothing is written.
    """
    if linkable_id(national_id) != national_id:
        return
    wanted = {row.key: row for row in Editor.objects.filter(key__in=set(keys), is_active=True)}
    # In the order of ids: two declarations at once wait for each other, and the second finds nothing to do.
    links = EditorLink.objects.select_for_update(of=("self",)).filter(national_id=national_id).order_by("pk")
    known = {link.editor_id: link for link in links}
    mine = {pk: link for pk, link in known.items() if link.source == EditorLink.Source.DECLARED}
    gone = [link.pk for pk, link in mine.items() if pk not in {row.pk for row in wanted.values()}]
    new = [row for row in wanted.values() if row.pk not in known]
    if not gone and not new:
        return
    before = sorted(Editor.objects.filter(pk__in=mine).values_list("key", flat=True))
    EditorLink.objects.filter(pk__in=gone).delete()
    made = [
        EditorLink(editor=row, national_id=national_id, source=EditorLink.Source.DECLARED, created_at=at) for row in new
    ]
    EditorLink.objects.bulk_create(made, ignore_conflicts=True)
    audit.record(
        "declare_editors",
        by=by,
        at=at,
        target=national_id,
        before={"editors": before},
        after={"editors": sorted(wanted)},
    )


USED = """
    SELECT link.national_id, editor.key, editor.name, link.source, editor.stage = ANY(%s)
    FROM aggregator_editorlink AS link
    JOIN aggregator_editor AS editor ON editor.id = link.editor_id
    WHERE link.national_id = ANY(%s) AND editor.is_active
    ORDER BY editor.name, editor.id
"""
