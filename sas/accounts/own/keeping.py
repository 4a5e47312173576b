"""Keeping one's own session, under a new key, when something about the account changes."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from sas.accounts.entering import METHOD, SECOND_FACTOR
from sas.accounts.models import User
from sas.accounts.sessions import track


def keep_after_password(request: HttpRequest, user: User, *, at: datetime) -> None:
    """This session goes on with the account as it is now; the key changes."""
    former = request.session.session_key
    update_session_auth_hash(request, user)
    _renamed(request, user, former, at=at)


def renew_key(request: HttpRequest, user: User, *, at: datetime) -> None:
    """The same session under a new key: what somebody may have learnt of the former one opens nothing more."""
    former = request.session.session_key
    request.session.cycle_key()
    _renamed(request, user, former, at=at)


def note_second_factor(request: HttpRequest, user: User, *, at: datetime) -> None:
    """This session just proved a second factor (it enrolled one): it opens what asks for one."""
    request.session[SECOND_FACTOR] = True
    renew_key(request, user, at=at)


def _renamed(request: HttpRequest, user: User, former: str | None, *, at: datetime) -> None:
    UserSession.objects.filter(session_key=former or "").delete()
    track(request, user, method=request.session.get(METHOD, ""), at=at)
