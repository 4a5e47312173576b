"""Reads of « qui a vu mes créneaux »: counts, those of the last minutes included."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F

from sas.accounts.permissions import LABELS, Role
from sas.directory.models import PracticeLocation, Practitioner, Territory
from sas.search.seen.recording import APPLICATION

SHOWN_DAYS = 30
"""Days of one page."""


@dataclass(frozen=True)
class By:
    """So many searches of that SAS, by that role."""

    territory: str
    role: str
    searches: int


@dataclass(frozen=True)
class SeenDay:
    """One day: all its searches, and by whom."""

    day: date
    searches: int
    by: tuple[By, ...]


def seen_days(practitioner: Practitioner, *, first: date, last: date) -> list[SeenDay]:
    """Days with at least one search, the latest first, from `first` to `last` included. Three queries."""
    with connection.cursor() as cursor:
        person, zone = practitioner.pk, zone_of(practitioner)
        cursor.execute(COUNTS, [person, first, last, zone, person, first, last])
        rows = cursor.fetchall()
    labels = dict(Territory.objects.values_list("code", "label")) if rows else {}
    return [_day(day, mine, labels) for day, mine in groupby(rows, key=lambda row: row[0])]


def today_at(practitioner: Practitioner, at: datetime) -> date:
    """The day it is at this person's place."""
    return at.astimezone(ZoneInfo(zone_of(practitioner))).date()


def zone_of(practitioner: Practitioner) -> str:
    """The zone that counts days: that of the first place, an open one if there is one (`ROLL_UP` says the same)."""
    places = PracticeLocation.objects.filter(practitioner=practitioner)
    ordered = places.order_by(F("ended_on").asc(nulls_first=True), "pk")
    return ordered.values_list("timezone", flat=True).first() or "Europe/Paris"


def _day(day: date, rows: Iterable[tuple[date, str, str, int]], labels: Mapping[str, str]) -> SeenDay:
    by = tuple(By(_territory(codes, labels), role_label(role), searches) for _, codes, role, searches in rows)
    return SeenDay(day, sum(one.searches for one in by), by)


def _territory(codes: str, labels: Mapping[str, str]) -> str:
    return " ou ".join(labels.get(code, code) for code in codes.split()) or "Sans territoire"


def role_label(role: str) -> str:
    """« Régulateur / OSNP »; « Application » for a machine client."""
    return "Application (logiciel de régulation)" if role == APPLICATION else LABELS.get(Role(role), role)


# What is rolled up already, and what waits for it.
COUNTS = """
    SELECT day, territory_code, role, sum(searches)::int FROM (
        SELECT day, territory_code, role, searches FROM search_showncount
        WHERE practitioner_id = %s AND day BETWEEN %s AND %s
        UNION ALL
        SELECT day, territory_code, role, 1 FROM (
            SELECT (at AT TIME ZONE %s)::date AS day, territory_code, role FROM search_showing
            WHERE practitioner_ids @> ARRAY[%s]::bigint[]
        ) AS waiting WHERE day BETWEEN %s AND %s
    ) AS told
    GROUP BY day, territory_code, role
    ORDER BY day DESC, sum(searches) DESC, territory_code, role
"""
