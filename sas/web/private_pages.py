"""Pages of whoever is signed in are kept by no cache: on a shared workstation, the « back » button of the next person
would show them after the sign-out."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers


class PrivatePagesMiddleware:
    """After authentication. What a page says itself of its cache stays. Reads the account only if the page did: an
    error page runs no query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self._get_response(request)
        known = getattr(request, "_cached_user", None)
        if known is not None and known.is_authenticated and "Cache-Control" not in answer.headers:
            add_never_cache_headers(answer)
        return answer
