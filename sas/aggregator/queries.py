"""Reads on editors: one query each, frozen rows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from sas.aggregator.models import Editor


@dataclass(frozen=True, slots=True)
class EditorRow:
    """An editor that searches may ask. `timeout` in seconds; `flows` among ps, cpts, sos."""

    key: str
    name: str
    base_url: str
    flows: tuple[str, ...]
    timeout: float
    max_concurrency: int
    stage: str

    @property
    def books(self) -> bool:
        """Whether a slot may be booked on its pages; otherwise « à réserver par téléphone » (platform.md §7.1)."""
        return self.stage == Editor.Stage.BOOKING


def askable_editors() -> dict[str, EditorRow]:
    """Editors that may be asked now, by key, in the order of their names."""
    rows = (
        Editor.objects.filter(is_active=True, stage__in=Editor.ASKABLE)
        .order_by("name")
        .values_list("key", "name", "base_url", "flows", "timeout", "max_concurrency", "stage")
    )
    return {
        key: EditorRow(key, name, base_url, tuple(flows), timeout, most, stage)
        for key, name, base_url, flows, timeout, most, stage in rows
    }


def links_of(national_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Prefixed national id → keys of the editors to ask about it, sorted. Who is known to none is absent."""
    with connection.cursor() as cursor:
        cursor.execute(LINKS, [list(national_ids), [str(stage) for stage in Editor.ASKABLE]])
        return {national_id: tuple(keys) for national_id, keys in cursor.fetchall()}


# Raw: this runs in every search, for up to 200 people, and two joined columns need no model instance.
LINKS = """
    SELECT link.national_id, array_agg(editor.key ORDER BY editor.key)
    FROM aggregator_editorlink AS link
    JOIN aggregator_editor AS editor ON editor.id = link.editor_id
    WHERE link.national_id = ANY(%s) AND editor.is_active AND editor.stage = ANY(%s)
    GROUP BY link.national_id
"""
