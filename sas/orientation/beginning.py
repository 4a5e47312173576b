"""The rows by which an orientation begins, sent in one statement: itself, its event, its audit line, its appointment.

Raw: an editor's message, or a click, writes them all, and four statements are four turns to wait for.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import AutoField, Model

from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from sas.web.models import AuditLine

OF_AN_ORIENTATION = (OrientationEvent, EditorAppointment)


def insert(
    orientation: Orientation, event: OrientationEvent, line: AuditLine, appointment: EditorAppointment | None = None
) -> None:
    """Write them together. `event` and `appointment` are of `orientation`, whose key they take."""
    rows: list[Model] = [orientation, event, line]
    if appointment is not None:
        rows.append(appointment)
    given = [value for row in rows for value in _values(row)]
    with connection.cursor() as cursor:
        cursor.execute(_statement(tuple(type(row) for row in rows)), given)
        orientation.pk = cursor.fetchone()[0]
    event.orientation = orientation
    if appointment is not None:
        appointment.orientation = orientation
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _statement(models: tuple[type[Model], ...]) -> str:
    first, *others = (_insertion(model) for model in models)
    parts = [f"begun AS ({first} RETURNING id)", *(f"row{rank} AS ({one})" for rank, one in enumerate(others))]
    return f"WITH {', '.join(parts)} SELECT id FROM begun"  # noqa: S608


def _insertion(model: type[Model]) -> str:
    columns = [f'"{field.column}"' for field in _fields(model)]
    values = ["%s"] * len(columns)
    if model in OF_AN_ORIENTATION:
        columns, values = [*columns, "orientation_id"], [*values, "(SELECT id FROM begun)"]
    return f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) VALUES ({", ".join(values)})'  # noqa: S608


@cache
def _fields(model: type[Model]) -> tuple[Any, ...]:
    """What is given: all but the keys that the database draws."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.column != "orientation_id" and not isinstance(field, AutoField)
    )


def _values(row: Model) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _fields(type(row))]
