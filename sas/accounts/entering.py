"""The one door into a session: whatever the method, it is opened, written down and announced here."""

from datetime import datetime

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest

from sas.accounts.changes import Change, announce
from sas.accounts.models import SignIn, User
from sas.web import audit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
METHOD = "sas_method"
ENTERED_AT = "sas_entered_at"
SECOND_FACTOR = "sas_second_factor"
"""Keys of the session: how, when (ISO 8601) and whether with a second factor it was opened."""


def enter(request: HttpRequest, user: User, *, method: SignIn.Method, at: datetime) -> None:
    """Open a session for `user`, with a new session key, and note it. The caller has verified who it is."""
    login(request, user, backend=BACKEND)
    note_entry(request, user, method=method, at=at)


@transaction.atomic
def note_entry(request: HttpRequest, user: User, *, method: SignIn.Method, at: datetime) -> None:
    """Write down a session that was just opened (by `enter`, or by django-allauth after its own checks)."""
    request.session[METHOD] = str(method)
    request.session[ENTERED_AT] = at.isoformat()
    SignIn.objects.create(user=user, at=at, method=method, address=address_of(request))
    User.objects.filter(pk=user.pk).update(dormant_warnings=0, dormant_warned_at=None)
    audit.record("sign_in", by=user.audit_label, at=at, target=user.audit_label, after={"method": str(method)})
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


def address_of(request: HttpRequest) -> str | None:
    """Where the request came from (see `sas.web.proxies`), when it is an address."""
    return request.META.get("REMOTE_ADDR") or None
