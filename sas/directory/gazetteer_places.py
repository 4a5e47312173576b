"""What the gazetteer holds. Latitudes and longitudes are WGS 84 degrees; time zones are names of the tz database."""

from typing import NamedTuple

#: Latitude, longitude.
Point = tuple[float, float]


class Commune(NamedTuple):
    """A current commune (or a district of an overseas collectivity). Named tuples: 35,000 are made at start."""

    insee: str
    name: str
    postal_codes: tuple[str, ...]
    department: str
    population: int
    latitude: float
    longitude: float
    timezone: str
    old_codes: tuple[str, ...] = ()

    @property
    def point(self) -> Point:
        return self.latitude, self.longitude

    @property
    def label(self) -> str:
        """With the department, since names repeat: « Saint-Denis (93) »."""
        return f"{self.name} ({self.department})"


class Part(NamedTuple):
    """An arrondissement of Paris, Lyon or Marseille (`is_district`), or an old commune that keeps its name."""

    code: str
    is_district: bool
    commune: str
    name: str
    postal_codes: tuple[str, ...]
    population: int
    latitude: float
    longitude: float

    @property
    def point(self) -> Point:
        return self.latitude, self.longitude


class Department(NamedTuple):
    """A department or an overseas collectivity; the circle holds all its communes' centres and 10 km more."""

    code: str
    name: str
    region: str
    region_name: str
    seat: str
    population: int
    latitude: float
    longitude: float
    radius_km: int
    timezone: str

    @property
    def label(self) -> str:
        return f"{self.name} ({self.code})"
