"""Behind a reverse proxy: whose address, scheme and certificate a request has. Believed from the proxies we know, and
from nobody else.

Without this, every regulator would share the proxy's address, and one throttle on sign-ins would be national.
"""

import ipaddress
from collections.abc import Callable, Sequence

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
CERTIFICATE_NAME = "HTTP_X_SSL_CLIENT_DN"
CERTIFICATE_VERIFIED = "HTTP_X_SSL_CLIENT_VERIFY"
"""What the proxy says of the client certificate: `SUCCESS` when it verified it, and whose it is."""

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
BELIEVED_FROM_PROXIES = (*FORWARDED, CERTIFICATE_NAME, CERTIFICATE_VERIFIED)


class TrustedProxyMiddleware:
    """From a proxy of `SAS_TRUSTED_PROXIES`: the client is the last address it did not add itself.

    From anybody else, forwarding headers are removed before Django or a library reads them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._trusted: Sequence[Network] = settings.SAS_TRUSTED_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
            client = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), None)
            if client is not None and _address(client) is not None:
                request.META["REMOTE_ADDR"] = client
        else:
            for name in BELIEVED_FROM_PROXIES:
                request.META.pop(name, None)
        return self._get_response(request)

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
