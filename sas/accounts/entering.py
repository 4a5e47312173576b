"""The one door into a session: whatever the method, it is opened, written down and announced here."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from sas.accounts.changes import Change, announce
from sas.accounts.models import SignIn, User
from sas.accounts.sessions import track
from sas.web import audit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
METHOD = "sas_method"
ENTERED_AT = "sas_entered_at"
SECOND_FACTOR = "sas_second_factor"
"""Keys of the session: how, when (ISO 8601) and whether with a second factor it was opened."""


def enter(request: HttpRequest, user: User, *, method: SignIn.Method, at: datetime) -> None:
    """Open a session for `user`, with a new session key, and note it. The caller has verified who it is.

    Not for a password where a second factor exists: django-allauth's sign-in asks for it first.
    """
    login(request, user, backend=BACKEND)
    note_entry(request, user, method=method, at=at, second_factor=method == SignIn.Method.PASSKEY)


@transaction.atomic
def note_entry(
    request: HttpRequest, user: User, *, method: SignIn.Method, at: datetime, second_factor: bool = False
) -> None:
    """Write down a session that was just opened (by `enter`, or by django-allauth after its own checks).

    What an earlier sign-in left in the session (a refusal of the terms put off, a confirmation) goes away.
    """
    for key in [key for key in request.session.keys() if key.startswith("sas_")]:  # noqa: SIM118 — not a mapping
        del request.session[key]
    request.session[METHOD] = str(method)
    request.session[ENTERED_AT] = at.isoformat()
    request.session[SECOND_FACTOR] = second_factor
    SignIn.objects.create(user=user, at=at, method=method, address=address_of(request))
    User.objects.filter(pk=user.pk).update(dormant_warnings=0, dormant_warned_at=None)
    audit.record("sign_in", by=user.audit_label, at=at, target=user.audit_label, after={"method": str(method)})
    track(request, user, method=str(method), at=at)
    announce(Change.SIGNED_IN, user, at=at)


def note_refusal(
    request: HttpRequest,
    *,
    method: SignIn.Method,
    refusal: str,
    at: datetime,
    user: User | None = None,
    national_id: str = "",
) -> None:
    """Write down a refused attempt, for the help sheet of the person; `refusal` is a short English key."""
    if user is None and not national_id:
        return  # nobody to tell it to, and an e-mail address typed wrong is not kept
    SignIn.objects.create(
        user=user, national_id=national_id[:40], at=at, method=method, refusal=refusal[:40], address=address_of(request)
    )


def has_expired(user: User, *, at: datetime) -> bool:
    """Whether the last day of this account is over, where most of the country lives."""
    return user.expires_on is not None and at.astimezone(ZoneInfo(settings.TIME_ZONE)).date() > user.expires_on


def wanted_page(request: HttpRequest, default: str = "/") -> str:
    """The page of this site that `next` names; `default` when it names none, or another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    # « 1 » or « nom » would be read by `redirect` as the name of a view.
    is_path = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_path else default


def address_of(request: HttpRequest) -> str | None:
    """Where the request came from (see `sas.web.proxies`), when it is an address."""
    return request.META.get("REMOTE_ADDR") or None
