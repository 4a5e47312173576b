"""The little plane geometry that rebuilding the gazetteer needs: outlines in WKB, centroid, inside or not, circle."""

import math
import struct
from dataclasses import dataclass

#: Latitude, longitude in degrees (WGS 84).
Point = tuple[float, float]
#: Longitudes and latitudes of a closed line.
Ring = tuple[tuple[float, ...], tuple[float, ...]]
EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True)
class Polygons:
    """A MULTIPOLYGON: each polygon is its outer ring followed by its holes."""

    polygons: tuple[tuple[Ring, ...], ...]

    @classmethod
    def from_wkb(cls, blob: bytes) -> "Polygons":
        """Little-endian WKB or EWKB without extra dimensions."""
        kind, offset = _header(blob, 0)
        if kind == 3:
            return cls((_polygon(blob, 0)[0],))
        if kind != 6:
            raise ValueError(f"geometry type {kind}")
        (count,) = struct.unpack_from("<I", blob, offset)
        offset += 4
        polygons = []
        for _ in range(count):
            polygon, offset = _polygon(blob, offset)
            polygons.append(polygon)
        return cls(tuple(polygons))

    @staticmethod
    def point(blob: bytes) -> Point:
        kind, offset = _header(blob, 0)
        if kind != 1:
            raise ValueError(f"geometry type {kind}")
        longitude, latitude = struct.unpack_from("<2d", blob, offset)
        return latitude, longitude

    def contains(self, point: Point) -> bool:
        return any(sum(_crosses(ring, point) for ring in polygon) % 2 for polygon in self.polygons)

    def centroid(self) -> Point:
        """Of the largest polygon (a commune with islands is placed on its mainland)."""
        outer = max((polygon[0] for polygon in self.polygons), key=lambda ring: abs(_area_and_centroid(ring)[0]))
        return _area_and_centroid(outer)[1]


def _header(blob: bytes, offset: int) -> tuple[int, int]:
    (kind,) = struct.unpack_from("<I", blob, offset + 1)
    return kind & 0xFF, offset + (9 if kind & 0x20000000 else 5)


def _polygon(blob: bytes, offset: int) -> tuple[tuple[Ring, ...], int]:
    _, offset = _header(blob, offset)
    (count,) = struct.unpack_from("<I", blob, offset)
    offset += 4
    rings = []
    for _ in range(count):
        (length,) = struct.unpack_from("<I", blob, offset)
        values = struct.unpack_from(f"<{2 * length}d", blob, offset + 4)
        offset += 4 + 16 * length
        rings.append((values[::2], values[1::2]))
    return tuple(rings), offset


def _crosses(ring: Ring, point: Point) -> int:
    """How often a ray going east from the point meets the ring."""
    (y, x), (xs, ys) = point, ring
    crossings = 0
    for index in range(len(xs) - 1):
        y1, y2 = ys[index], ys[index + 1]
        if (y1 > y) != (y2 > y) and x < xs[index] + (y - y1) / (y2 - y1) * (xs[index + 1] - xs[index]):
            crossings += 1
    return crossings


def _area_and_centroid(ring: Ring) -> tuple[float, Point]:
    xs, ys = ring
    x0, y0 = xs[0], ys[0]  # relative to the first corner: degrees far from zero lose digits otherwise
    area = x = y = 0.0
    for index in range(len(xs) - 1):
        ax, ay, bx, by = xs[index] - x0, ys[index] - y0, xs[index + 1] - x0, ys[index + 1] - y0
        cross = ax * by - bx * ay
        area += cross
        x += (ax + bx) * cross
        y += (ay + by) * cross
    return area / 2, (y0 + y / (3 * area), x0 + x / (3 * area))


def km_between(a: Point, b: Point) -> float:
    """Great-circle distance."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def smallest_circle(points: list[Point]) -> tuple[Point, float]:
    """Centre and radius (km) of a circle around all points, within about 1 % of the smallest one.

    Badoiu and Clarkson's iteration: step towards the farthest point, each time by less.
    """
    centre = points[0]
    for step in range(1, 300):
        far = max(points, key=lambda point: km_between(centre, point))
        share = 1 / (step + 1)
        centre = (centre[0] + (far[0] - centre[0]) * share, centre[1] + (far[1] - centre[1]) * share)
    return centre, max(km_between(centre, point) for point in points)
