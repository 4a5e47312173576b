"""One audit line for each write. Called by services, inside their transaction, and by nothing else.

Who acts from where is known to the request, not to services: `ActingMiddleware` says it once, for every line written
while the request is answered. Commands and jobs have neither role nor address.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from sas.web.models import AuditLine

LONGEST_ROLE = 300
AT_ONCE = 500
"""Lines of one statement."""


@dataclass(frozen=True)
class _Acting:
    address: str | None
    role: str | Callable[[], str]


_acting: ContextVar[_Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(*, address: str | None, role: str | Callable[[], str] = "") -> Iterator[None]:
    """Lines written inside bear this address and role. A callable `role` is read at the first line only when there is
    one: pages that write nothing pay nothing. What is not an address is left out."""
    token = _acting.set(_Acting(_address(address), role))
    try:
        yield
    finally:
        _acting.reset(token)


def record(
    act: str,
    *,
    by: str,
    at: datetime,
    target: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one line. `act` is « verb_object » in English (`create_account`), `by` a label (`compte 12`)."""
    record_many([Written(act, target, before, after)], by=by, at=at)


@dataclass(frozen=True, slots=True)
class Written:
    """One line of `record_many`, with the arguments of `record`."""

    act: str
    target: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


def record_many(lines: Iterable[Written], *, by: str, at: datetime) -> None:
    """Write these lines, in their order, as `record` would one by one: for a service that changes thousands at once."""
    AuditLine.objects.bulk_create(lines_of(lines, by=by, at=at), batch_size=AT_ONCE)


def lines_of(lines: Iterable[Written], *, by: str, at: datetime) -> list[AuditLine]:
    """The rows that `record_many` writes, for an operation that sends them in one statement with its own."""
    now = _acting.get()
    role = "" if now is None else (now.role if isinstance(now.role, str) else now.role())
    return [
        AuditLine(
            at=at,
            actor=by,
            role=role[:LONGEST_ROLE],
            address=now.address if now else None,
            act=line.act,
            target=line.target,
            before=line.before,
            after=line.after,
        )
        for line in lines
    ]


class ActingMiddleware:
    """After authentication. The address is the one that `TrustedProxyMiddleware` left; the role is the `audit_role` of
    the account (a text, empty for whoever is not signed in), read when a line is written: sign-in changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with acting(address=request.META.get("REMOTE_ADDR"), role=lambda: _role_of(request)):
            return self._get_response(request)


def _role_of(request: HttpRequest) -> str:
    return str(getattr(request.user, "audit_role", "")) if hasattr(request, "user") else ""


def _address(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address((text or "").partition("%")[0]))
    except ValueError:
        return None
