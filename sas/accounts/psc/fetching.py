"""Requests to Pro Santé Connect that cannot hang, grow or wander: a deadline, a size, no redirect, no proxy.

Built on Authlib's session, which knows how a client proves who it is and how a token is sent.
"""

import json
import time
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session

LONGEST_ANSWER = 256 * 1024
"""Bytes. A discovery document or a set of keys takes a few kilobytes."""

_CHUNK = 16 * 1024


class ProviderDown(Exception):  # noqa: N818 — a state of the provider, which a page tells
    """Pro Santé Connect does not answer, or not as it should: trying again later may work. No detail of the answer."""


class BoundedSession(OAuth2Session):
    """One connection to the provider. Raises `ProviderDown` where requests would raise, and for an answer too long."""

    def __init__(self, *, timeout: float, **options: Any) -> None:
        super().__init__(**options)
        self._timeout = timeout
        self.trust_env = False  # neither a proxy nor a password of the machine's: editors are called the same way

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        """Like requests', within `timeout` seconds for each wait and for the whole body; redirects are not followed."""
        deadline = time.monotonic() + self._timeout
        kwargs |= {"timeout": self._timeout, "stream": True, "allow_redirects": False}
        try:
            response = super().request(method, url, *args, **kwargs)
            with response:
                response._content = _bounded(response, deadline)
        except requests.RequestException as error:
            raise ProviderDown(type(error).__name__) from None
        if response.status_code >= 500 or 300 <= response.status_code < 400:
            raise ProviderDown(f"HTTP {response.status_code}")
        return response


def document(session: BoundedSession, url: str) -> dict[str, Any]:
    """The JSON object at this address. Raises `ProviderDown`."""
    response = session.get(url, withhold_token=True, headers={"Accept": "application/json"})
    if response.status_code != 200:
        raise ProviderDown(f"HTTP {response.status_code}")
    return json_object(response.content)


def json_object(content: bytes) -> dict[str, Any]:
    """The JSON object of an answer; a page or a list in its place means that something else answered."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderDown("not JSON") from None
    if not isinstance(found, dict):
        raise ProviderDown("not a JSON object")
    return found


def _bounded(response: requests.Response, deadline: float) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if len(content) > LONGEST_ANSWER:
            raise ProviderDown("answer too long")
        if time.monotonic() > deadline:
            raise ProviderDown("answer too slow")
    return bytes(content)
