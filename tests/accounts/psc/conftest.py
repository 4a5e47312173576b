"""A real provider on loopback, the product connected to it, and the browsers of people who go from one to the other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from demo.pro_sante_connect.browser import Browser
from demo.pro_sante_connect.people import person
from demo.pro_sante_connect.running import RunningProvider, running_provider
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc import provider as product
from sas.accounts.services import create_account

SITE = "http://127.0.0.1:8000"
HOST = "127.0.0.1:8000"
BACK = "/connexion/psc/retour"
START = "/connexion/psc/"
ZOE, LEA, PAUL = "899900000001", "899900000002", "3590000012/77"
"""Zoé and Léa have an RPPS number; Paul has only the card of the establishment that employs him."""

SETTING_UP: dict[str, Any] = {"by": "test", "at": datetime(2026, 1, 5, tzinfo=UTC)}


class Clock:
    """The time of the product and of the provider: stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """By what `timedelta` takes."""
        self.now += timedelta(**by)


@dataclass
class Visitor:
    """Somebody in front of both: a browser at the product, one at the provider."""

    provider: RunningProvider
    client: Client = field(default_factory=lambda: Client(HTTP_HOST=HOST))
    browser: Browser | None = None

    def __post_init__(self) -> None:
        self.browser = self.browser or self.provider.browser()

    def ask(self, path: str = START, **form: str) -> str:
        """Press the button; the address where the page leads at once."""
        return led_to(self.client.post(path, form))

    def back_from(self, url: str, national_id: str = ZOE) -> str:
        """Choose somebody at the provider; the address (path and query) where it brings back."""
        assert self.browser is not None
        found = urlsplit(self.browser.sign_in(url, national_id))
        assert f"{found.scheme}://{found.netloc}" == SITE
        return f"{found.path}?{found.query}"

    def enter(self, national_id: str = ZOE, **form: str) -> Any:
        """The whole journey; the answer of the product in the end."""
        return self.client.get(self.back_from(self.ask(**form), national_id))

    @property
    def user_id(self) -> int | None:
        """The account that is signed in."""
        found = self.client.session.get("_auth_user_id")
        return int(found) if found else None


def led_to(answer: Any) -> str:
    """The address of the page that leads elsewhere at once."""
    assert answer.status_code == 200, answer.content.decode()
    delay, _, url = answer["Refresh"].partition("; url=")
    assert delay == "0"
    return str(url)


def parameters(url: str) -> dict[str, str]:
    """The query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def main_text(answer: Any) -> str:
    """What a page says, without its shell and its tags."""
    main = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Held by the test."""
    held = Clock()
    monkeypatch.setattr("django.utils.timezone.now", held)
    return held


@pytest.fixture
def provider(settings: Settings, clock: Clock) -> Iterator[RunningProvider]:
    """Pro Santé Connect, which the settings name."""
    people = [
        person(ZOE, "DURAND", "Zoé", email="zoe@example.org", email_verified=True),
        person(LEA, "LE GALL", "Léa"),
        person(PAUL, "MARTIN", "Paul", profession="60"),
    ]
    options: dict[str, Any] = {"client_id": "sas", "client_secret": "un secret", "clock": clock, "people": people}
    settings.SAS_BASE_URL = SITE
    with running_provider(redirect_uris=[f"{SITE}{BACK}"], post_logout_uris=[f"{SITE}/"], **options) as running:
        settings.SAS_ENTERING = replace(
            settings.SAS_ENTERING, psc_issuer=running.issuer, psc_client_id="sas", psc_client_secret="un secret"
        )
        product._provider.cache_clear()
        yield running
    product._provider.cache_clear()


@pytest.fixture
def visitor(provider: RunningProvider) -> Visitor:
    """Somebody who has not entered."""
    return Visitor(provider)


@pytest.fixture
def account_of(db: None) -> Callable[..., User]:
    """Makes an account; named arguments say what the story needs."""

    def make(national_id: str | None = ZOE, **given: Any) -> User:
        values: dict[str, Any] = {
            "email": "zoe@example.org",
            "roles": [Role.REGULATOR],
            "family_name": "Durand",
            "given_name": "Zoé",
            "national_id": national_id,
        } | given
        return create_account(**values, **SETTING_UP)[0]

    return make
