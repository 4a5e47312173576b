"""Sensitive acts need a recent authentication: ten minutes after the last one, a page that leads to them asks again.

What is typed on that page is accepted until twenty-five minutes after it: whoever was let in has a quarter of an hour
at least to fill in a form, and loses nothing of it by being slow. Nothing that was typed is kept on our side.

The last one is the sign-in, or a later confirmation (`/connexion/confirmer/`). A session that does not say when it was
opened counts as not recent.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils import timezone

from sas.accounts.entering import ENTERED_AT, METHOD
from sas.accounts.models import SignIn, User
from sas.accounts.own.keeping import renew_key
from sas.web import audit

View = Callable[..., HttpResponseBase]

RECENT = timedelta(minutes=10)
"""To open a page."""

STILL_RECENT = timedelta(minutes=25)
"""To send its form."""

CONFIRMED_AT = "sas_confirmed_at"
"""Key of the session: when the person last proved again who they are (ISO 8601)."""

CONFIRM = "/connexion/confirmer/"
AGAIN = "Par sécurité, confirmez que c’est bien vous, puis refaites votre demande : elle n’a pas été enregistrée."


def recently_confirmed(view: View) -> View:
    """A view for which the last authentication must be recent (`RECENT` to read it, `STILL_RECENT` to send it).

    Else it leads to the page that asks for it: back to this very page for a GET; for a POST, back to the page that
    held the form, with a message that says that nothing was done.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reads = request.method in ("GET", "HEAD")
        if is_recent(request, now=timezone.now(), within=RECENT if reads else STILL_RECENT):
            return view(request, *args, **kwargs)
        if not reads:
            messages.warning(request, AGAIN)
        query = QueryDict(mutable=True)
        query["next"] = request.get_full_path() if reads else _page_of_the_form(request)
        return redirect(f"{CONFIRM}?{query.urlencode(safe='/')}")

    return guarded


def _page_of_the_form(request: HttpRequest) -> str:
    """Where the form stood, when the browser names a page of ours; else the address that it was sent to.

    Some addresses only take forms: coming back to them would show nothing.
    """
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # « http://[ »
        return request.get_full_path()
    if came_from.netloc != request.get_host() or not came_from.path.startswith("/"):
        return request.get_full_path()
    return came_from.path + (f"?{came_from.query}" if came_from.query else "")


def is_recent(request: HttpRequest, *, now: datetime, within: timedelta = RECENT) -> bool:
    """Whether this session was opened, or confirmed, less than `within` ago.

    A session opened by a code of the day must confirm: a sheet that somebody found opens a day, never what lasts.
    """
    by_code = request.session.get(METHOD) == SignIn.Method.BREAK_GLASS
    stamps = (request.session.get(key) for key in ((CONFIRMED_AT,) if by_code else (CONFIRMED_AT, ENTERED_AT)))
    return any(now - datetime.fromisoformat(stamp) < within for stamp in stamps if stamp)


@transaction.atomic
def mark_confirmed(request: HttpRequest, user: User, *, proof: str, at: datetime) -> None:
    """Note that the person of this session just showed again who they are; the session's key changes.

    Called here, and after a round trip to Pro Santé Connect that came back with the card of this very account.
    """
    request.session[CONFIRMED_AT] = at.isoformat()
    renew_key(request, user, at=at)
    audit.record("confirm_identity", by=user.audit_label, at=at, target=user.audit_label, after={"proof": proof})
