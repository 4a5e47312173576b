"""A real Chromium in front of the real server: pages, scripts, event stream, Content-Security-Policy.

Chromium reaches this machine only: everything else goes to a proxy that does not exist. Each page is watched, and a
test whose page breaks the security policy or throws fails when it ends.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator import registry
from tests.browser.town import SETTING_UP, Town

CHROMIUM = os.environ.get("SAS_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
NARROWEST: ViewportSize = {"width": 320, "height": 640}
PASSWORD = "une phrase de passe assez longue"
PATIENCE_MS = 15_000

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One Chromium for all of them, even when the run is parallel."""
    for item in items:
        if "/browser/" in item.path.as_posix():
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=FLAGS,
            proxy={"server": "http://127.0.0.1:9", "bypass": "127.0.0.1,localhost"},
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def town(transactional_db: None) -> Iterator[Town]:
    registry.close()
    with ExitStack() as stack:
        yield Town(stack)
        registry.close()


@pytest.fixture
def regulator(transactional_db: None) -> User:
    user, _ = create_account(
        email="regulatrice@example.org",
        roles=[Role.REGULATOR],
        given_name="Amandine",
        family_name="Essai",
        password=PASSWORD,
        **SETTING_UP,
    )
    return user


Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def window(chromium: Browser, live_server: Any) -> Iterator[BrowserContext]:
    """One profile for a module: style sheets and scripts are fetched once. `visit` leaves it clean."""
    with chromium.new_context(base_url=live_server.url, locale="fr-FR") as context:
        yield context


@pytest.fixture
def visit(chromium: Browser, window: BrowserContext, live_server: Any, town: Town) -> Iterator[Visit]:
    """`visit(path, as_=user, viewport=WIDE, scheme="light", scripts=True)` opens a watched page of the live server."""
    faults: list[str] = []
    others: list[BrowserContext] = []

    def open_page(
        path: str = "/", *, as_: User | None = None, viewport: Any = WIDE, scheme: Any = "light", scripts: bool = True
    ) -> Page:
        context = window
        if not scripts:
            context = chromium.new_context(base_url=live_server.url, locale="fr-FR", java_script_enabled=False)
            others.append(context)
        if as_ is not None:
            context.add_cookies([session_cookie(as_, live_server.url)])
        page = context.new_page()
        page.on("console", lambda message: faults.extend(fault_in(message)))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=scheme)
        page.goto(path)
        return page

    yield open_page
    for page in window.pages:
        if page.url.startswith(live_server.url):
            page.evaluate("localStorage.clear()")
        page.close()
    window.clear_cookies()
    for context in others:
        context.close()
    assert faults == []


def session_cookie(user: User, url: str) -> Any:
    """Signed in without the form."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value, "url": url}


def fault_in(message: ConsoleMessage) -> list[str]:
    """What the console says went wrong; a status such as 422 is an answer, not a fault."""
    expected = message.type != "error" or message.text.startswith("Failed to load resource")
    return [] if expected else [message.text]


def search_path(**parameters: str) -> str:
    """The address of a search for general practice in Lille, unless said otherwise."""
    return "/sas/recherche?" + urlencode({"text": "médecine générale", "loc": "Lille 59000"} | parameters)


def finished(page: Page) -> Page:
    """The same page of results, once it is there and every editor was heard or given up.

    The state must be there first: the page one comes from has no spinner either.
    """
    expect(page.locator("#etat")).to_have_count(1)
    expect(page.locator("#etat .sas-spinner")).to_have_count(0)
    return page


def card_ids(page: Page) -> list[str]:
    """Ids of the cards, in the order of the page."""
    return page.eval_on_selector_all("#resultats > article", "cards => cards.map(card => card.id)")
