"""The open sessions of an account: where, since when, with what; and their end (platform.md §2.4).

A row stands beside each session (django-allauth's `UserSession`). It is written when the session opens, when its key
changes, and at most once a minute while it is used.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from sas.accounts.models import SignIn, User
from sas.web import audit

LONGEST_AGENT = 200
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux|X11", "Linux"),
)
BROWSERS = (
    ("Edg/|EdgA/|EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/|Chromium", "Chrome"),
    ("Safari/", "Safari"),
)
"""What a user agent says, most telling first: every browser pretends to be the others."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of the page of sessions; `current`: the session that asks."""

    pk: int
    device: str
    address: str
    method: str
    opened_at: datetime
    seen_at: datetime
    current: bool


def track(request: HttpRequest, user: User, *, method: str, at: datetime) -> None:
    """Write that this session of `user` is in use; one statement."""
    address = request.META.get("REMOTE_ADDR")
    if not address or not request.session.session_key:
        return
    row = UserSession(
        user=user,
        session_key=request.session.session_key,
        ip=address,
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_AGENT],
        created_at=at,
        last_seen_at=at,
        data={"stamp": user.session_stamp, "method": method},
    )
    UserSession.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "ip", "user_agent", "last_seen_at", "data"],
    )


def sessions_of(user: User, *, current_key: str | None, now: datetime) -> list[OpenSession]:
    """The sessions that open something today, the asking one first, then the latest seen; one query."""
    rows = _alive(user, now=now).order_by("-last_seen_at", "pk")
    found = [
        OpenSession(
            pk=row.pk,
            device=device_in_words(row.user_agent),
            address=row.ip,
            method=_method_in_words(row.data),
            opened_at=row.created_at,
            seen_at=row.last_seen_at,
            current=row.session_key == current_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda session: not session.current)


@transaction.atomic
def end_session(*, user: User, session: int, by: str, at: datetime) -> bool:
    """End that session of `user` at once; False when it is not theirs, or had ended."""
    row = UserSession.objects.filter(user=user, pk=session).first()
    if row is None:
        return False
    Session.objects.filter(pk=row.session_key).delete()
    row.delete()
    audit.record("end_session", by=by, at=at, target=user.audit_label)
    return True


@transaction.atomic
def end_other_sessions(*, user: User, current_key: str | None, by: str, at: datetime) -> int:
    """End every session of `user` but this one; returns how many were open."""
    others = _alive(user, now=at).exclude(session_key=current_key or "")
    keys = list(others.values_list("session_key", flat=True))
    if keys:
        Session.objects.filter(pk__in=keys).delete()
        UserSession.objects.filter(session_key__in=keys).delete()
        audit.record("end_other_sessions", by=by, at=at, target=user.audit_label, after={"ended": len(keys)})
    return len(keys)


def device_in_words(agent: str) -> str:
    """« Firefox sur Windows »; « appareil inconnu » when the agent says nothing known."""
    browser = next((name for marks, name in BROWSERS if re.search(marks, agent)), "")
    system = next((name for marks, name in SYSTEMS if re.search(marks, agent)), "")
    return " sur ".join(part for part in (browser, system) if part) or "appareil inconnu"


def _alive(user: User, *, now: datetime) -> "QuerySet[UserSession]":
    """Rows whose session has neither expired nor been ended by a change of the account."""
    open_keys = Session.objects.filter(expire_date__gt=now).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=open_keys, data__stamp=user.session_stamp)


def _method_in_words(data: object) -> str:
    method = data.get("method") if isinstance(data, dict) else None
    return SignIn.Method(method).label if method in SignIn.Method.values else ""
