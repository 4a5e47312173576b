"""What the shell of every page needs. No query: a page that fails must still be able to say so."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

SERVICE_NAME = "Service d’accès aux soins"


def shell(request: HttpRequest) -> dict[str, Any]:
    """`csp_nonce` under the name that django-htmx reads (django-csp calls it `CSP_NONCE`).

    As text: the lazy object of django-csp is false until it is read, so `{% if nonce %}` would never print it.
    """
    return {
        "csp_nonce": str(getattr(request, "csp_nonce", "")),
        "service_name": SERVICE_NAME,
        "is_demo": settings.SAS_DEMO,
    }
