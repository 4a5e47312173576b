"""A browser without a screen: it plays the person in front of the pages, with cookies as a real one keeps them."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urljoin

import requests
from requests.cookies import RequestsCookieJar

TIMEOUT = 30.0

_QUESTION = re.compile(r'<form method="post" action="([^"]+)"><input type="hidden" name="demande" value="([^"]+)">')


class PageShownError(Exception):
    """A page where a form or a way back was expected: `status`, `text`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class Browser:
    """One person's browser. It goes no further than the provider: what leads elsewhere is returned, not visited."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._cookies = RequestsCookieJar()

    def sign_in(self, authorization_url: str, national_id: str) -> str:
        """Choose the person, unless the provider still knows who is there; the URL that the service is called back at.

        Raises PageShownError when the provider refuses to go on (unknown service, unknown person…).
        """
        return self._answer(authorization_url, {"identite": national_id})

    def cancel(self, authorization_url: str) -> str:
        """Press « Annuler »; the URL that the service is called back at."""
        return self._answer(authorization_url, {"annuler": "1"})

    def sign_out(self, end_session_url: str) -> str:
        """Confirm when asked; the URL that the service is called back at. Raises PageShownError when there is none."""
        return self._answer(end_session_url, {})

    def open(self, url: str, form: Mapping[str, str] | None = None) -> requests.Response:
        """One page, without following where it leads; a `form` is posted."""
        with requests.Session() as http:
            http.trust_env = False  # no proxy of the machine's: the provider is on it
            http.cookies = self._cookies
            method = "GET" if form is None else "POST"
            return http.request(method, url, data=form, allow_redirects=False, timeout=TIMEOUT)

    def _answer(self, url: str, fields: Mapping[str, str]) -> str:
        response = self.open(url)
        question = _QUESTION.search(response.text)
        if question is not None:
            action, key = (unescape(part) for part in question.groups())
            response = self.open(urljoin(self._issuer, action), {"demande": key, **fields})
        location = response.headers.get("Location")
        if location is None:
            raise PageShownError(response.status_code, response.text)
        return location
