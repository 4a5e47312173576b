"""Dated periods in words that PostgreSQL enforces: two of the same thing never overlap."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db.models import F, Func, Q


def days() -> Func:
    """`started_on` (included) to `ended_on` (excluded; none: still going on)."""
    bounds = (F("started_on"), F("ended_on"), RangeBoundary())
    return Func(*bounds, function="daterange", output_field=DateRangeField())


def moments() -> Func:
    """`starts_at` (included) to `ends_at` (excluded; none: still going on)."""
    bounds = (F("starts_at"), F("ends_at"), RangeBoundary())
    return Func(*bounds, function="tstzrange", output_field=DateTimeRangeField())


def one_at_a_time(
    name: str, period: Func, *keys: str, condition: Q | None = None, message: str = ""
) -> ExclusionConstraint:
    """Rows of the same `keys` never overlap in time."""
    return ExclusionConstraint(
        name=name,
        expressions=[*((key, RangeOperators.EQUAL) for key in keys), (period, RangeOperators.OVERLAPS)],
        condition=condition,
        violation_error_message=message or None,
    )
