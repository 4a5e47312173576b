"""The address of « Mes orientations », and what its page says."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.urls import reverse

from sas.orientation.day.queries import FOLLOWED_FOR, Day
from sas.orientation.lists.filters import PATHS, STATES, Wanted, read_wanted


def read_own(values: Mapping[str, str], today: date) -> Wanted:
    """Today's; those of the last days when what is asked for is what has to be followed."""
    wanted = read_wanted(values, today)
    if wanted.follow and not values.get("du") and not values.get("au"):
        return replace(wanted, first=today - FOLLOWED_FOR)
    return wanted


def page_context(day: Day, wanted: Wanted, today: date) -> dict[str, Any]:
    """What `day/list.html` reads."""
    is_today = wanted.first == wanted.last == today
    return {
        "day": day,
        "wanted": wanted,
        "today": today,
        "is_today": is_today,
        "states": STATES.items(),
        "paths": PATHS.items(),
        "to_follow_query": replace(wanted, first=today - FOLLOWED_FOR, last=today, follow=True, after=None).query(),
        "next_query": wanted.query(suite=day.following) if day.following else "",
        "first_query": wanted.query(suite="") if wanted.after else "",
    }


def address_of(wanted: Wanted, uuid: UUID) -> str:
    """The same list, at that line."""
    return f"{reverse('orientation_day:list')}?{wanted.query()}#o-{uuid}"
