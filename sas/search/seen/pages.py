"""The page « qui a vu mes créneaux »: one month at a time, twelve of them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sas.directory.models import Practitioner
from sas.search.seen.queries import SeenDay, seen_days, today_at
from sas.search.seen.services import KEPT


@dataclass(frozen=True)
class SeenPage:
    """One month. `before`, `after`: neighbouring months as `2026-10`, empty when there is none to show."""

    month: date
    days: tuple[SeenDay, ...]
    searches: int
    before: str
    after: str


def seen_page(practitioner: Practitioner, wanted: str, at: datetime) -> SeenPage:
    """The month `wanted` (`2026-11`); this one when it says nothing that can be read, or too far."""
    today = today_at(practitioner, at)
    oldest = (today - KEPT).replace(day=1)
    month = _month(wanted)
    if month is None or not oldest <= month <= today:
        month = today.replace(day=1)
    following = (month + timedelta(days=32)).replace(day=1)
    days = tuple(seen_days(practitioner, first=month, last=following - timedelta(days=1)))
    previous = (month - timedelta(days=1)).replace(day=1)
    return SeenPage(
        month=month,
        days=days,
        searches=sum(day.searches for day in days),
        before=f"{previous:%Y-%m}" if previous >= oldest else "",
        after=f"{following:%Y-%m}" if following <= today else "",
    )


def _month(text: str) -> date | None:
    found = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text)
    return date(int(found[1]), int(found[2]), 1) if found else None
