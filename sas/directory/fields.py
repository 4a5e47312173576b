"""PostgreSQL's `cube` as a Django field: a place is a point of the unit sphere.

Why cube and not PostGIS: docs/adr/0003. The hot query is raw SQL (`queries.py`); this file is for the schema and for
the few readers that go through the ORM.
"""

from typing import Any

from django.db.models import Expression, Field, Func
from django.db.models.functions import Cos, Radians, Sin

Point = tuple[float, float, float]


class CubeField(Field):
    """A three-dimensional point, read and written as a tuple of floats."""

    description = "point de la sphère unité (extension cube)"

    def db_type(self, connection: Any) -> str:
        """The type of contrib/cube."""
        return "cube"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        """Text has no implicit cast to cube."""
        return "%s::cube"

    def get_prep_value(self, value: Point | None) -> str | None:
        """`(x, y, z)` in the text form of cube, without losing a bit."""
        return None if value is None else f"({value[0]!r},{value[1]!r},{value[2]!r})"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Point | None:
        """The text form back to a tuple."""
        if value is None:
            return None
        x, y, z = value.strip("()").split(",")
        return float(x), float(y), float(z)


def unit_sphere(latitude: str, longitude: str) -> Expression:
    """The point on the unit sphere for two columns in degrees. Immutable, so that a column may be generated from it."""
    phi, theta = Radians(latitude), Radians(longitude)
    axes = Func(
        Cos(phi) * Cos(theta),
        Cos(phi) * Sin(theta),
        Sin(phi),
        template="ARRAY[%(expressions)s]",
    )
    return Func(axes, function="cube", output_field=CubeField())
