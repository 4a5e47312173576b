"""The links of the header, from one list: what somebody may not open is not shown to them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from sas.accounts.models import User
from sas.accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A link. Shown to whoever holds one of `permissions`; to every account when there is none."""

    label: str
    url_name: str
    permissions: tuple[Permission, ...] = ()


ENTRIES = (
    Entry("Recherche", "search:results", (Permission.SEARCH,)),
    Entry("Mes orientations", "orientation_day:list", (Permission.ORIENT,)),
    Entry("Agenda SAS", "agenda:home", (Permission.EDIT_AGENDA,)),
    Entry("Orientations reçues", "orientation_received:home", (Permission.EDIT_AGENDA,)),
    Entry("Participation", "participation_settings:home", (Permission.EDIT_SETTINGS,)),
    Entry("Structures", "participation_structures:list", (Permission.OWN_STRUCTURES,)),
    Entry("À mobiliser", "participation_worklist:list", (Permission.READ_WORKLIST,)),
    Entry("Orientations", "orientation_territory:list", (Permission.READ_ORIENTATIONS,)),
    Entry("Organisations", "participation_organisations:list", (Permission.MANAGE_ORGANISATIONS,)),
    Entry("Comptes", "accounts_administration:list", (Permission.MANAGE_ACCOUNTS,)),
    Entry("Demandes", "accounts_administration:requests", (Permission.MANAGE_ACCOUNTS,)),
    Entry("Territoires", "accounts_territories:list", (Permission.READ_TERRITORIES,)),
    Entry("Éditeurs", "aggregator:accounts", (Permission.MANAGE_ACCOUNTS,)),
    Entry("Délégations", "accounts_delegations:home", (Permission.DELEGATE, Permission.ACT_AS_DELEGATE)),
    Entry("Hub Santé", "lrm_hub:home", (Permission.OPERATE,)),
    Entry("Exploitation", "accounts_operations:home", (Permission.OPERATE,)),
    Entry("Mon compte", "accounts_own:home"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A link as a page shows it. `current`: « page » on the page itself, « true » below it, else empty. `count`: how
    many wait there for somebody, 0 for nobody or when nobody counts."""

    label: str
    url: str
    current: str
    count: int = 0


Count = Callable[[User, datetime], int]
_COUNTS: dict[str, Count] = {}


def count_for(url_name: str, count: Count) -> None:
    """Show beside this entry how many wait there: one cheap query, asked by each page that shows the header to them.

    Called by `AppConfig.ready` of the packages above.
    """
    _COUNTS[url_name] = count


def navigation(request: HttpRequest) -> dict[str, Callable[[], list[Link]]]:
    """Context processor: `navigation`, computed only by the pages that show it.

    Error pages bring their own, empty: to read roles now could be the query that fails again.
    """
    return {"navigation": lambda: _links(request)}


def _links(request: HttpRequest) -> list[Link]:
    user: Any = getattr(request, "user", None)
    if not isinstance(getattr(user, "_wrapped", user), User) or not user.is_authenticated:
        return []
    shown = [entry for entry in ENTRIES if not entry.permissions or any(map(user.may, entry.permissions))]
    now = timezone.now()
    urls = {entry: url for entry in shown if (url := address(entry.url_name))}
    here = max((url for url in urls.values() if _current(request.path, url)), key=len, default="")  # areas may nest
    return [
        Link(
            entry.label,
            url,
            _current(request.path, url) if url == here else "",
            _COUNTS.get(entry.url_name, _nothing)(user, now),
        )
        for entry, url in urls.items()
    ]


def _nothing(user: User, at: datetime) -> int:
    return 0


@cache
def address(url_name: str) -> str:
    """Where an entry leads; empty for an area that has not come yet."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _current(path: str, url: str) -> str:
    if path == url:
        return "page"
    return "true" if path.startswith(f"{url.rstrip('/')}/") else ""
