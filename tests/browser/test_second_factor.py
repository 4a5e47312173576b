"""An application's codes and passkeys in a real browser: enrolled, used to enter; every page of them is accessible.

Passkeys need a name: the live server is reached as `localhost`, with Chromium's virtual authenticator.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from sas.accounts.models import SignIn, User
from sas.accounts.own.factors.queries import factors_of
from tests.accounts.signing import signed_in_client
from tests.browser.conftest import NARROWEST, PASSWORD, WIDE, fault_in
from tests.browser.test_accessibility import assert_accessible

SEARCH = re.compile(r"^http://localhost:\d+/sas/recherche")


@pytest.fixture(params=[WIDE, NARROWEST], ids=["wide", "narrowest"])
def page(request: pytest.FixtureRequest, chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A page of the live server by its name, watched, with an authenticator that says yes."""
    cache.clear()
    faults: list[str] = []
    base = live_server.url.replace("127.0.0.1", "localhost")
    with chromium.new_context(base_url=base, locale="fr-FR", viewport=request.param) as context:
        opened = context.new_page()
        opened.on("console", lambda message: faults.extend(fault_in(message)))
        opened.on("pageerror", lambda error: faults.append(str(error)))
        yield opened
    assert faults == []


def authenticator(page: Page) -> None:
    """A fingerprint reader on which a finger rests."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(datetime.now(UTC).timestamp()) // 30 + steps))


def enter(page: Page, user: User, wanted: str = "/sas/recherche") -> None:
    page.goto(f"/connexion/?next={wanted}")
    page.get_by_label("Adresse électronique").fill(user.email or "")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def leave(page: Page) -> None:
    page.goto("/compte/")
    page.get_by_role("button", name="Se déconnecter").first.click()
    expect(page).to_have_url(re.compile(r"localhost:\d+/$"))


def test_an_application_is_enrolled_then_opens_the_door(page: Page, regulator: User) -> None:
    enter(page, regulator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    assert_accessible(page)
    page.get_by_role("link", name="Ajouter une application").click()
    secret = (page.locator(".sas-secret").text_content() or "").replace(" ", "")
    assert_accessible(page)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("alert")).to_contain_text("n’est pas le bon")
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Ajouter").click()
    expect(page.locator(".sas-codes li")).to_have_count(10)
    recovery = (page.locator(".sas-codes li").first.text_content() or "").strip()
    assert_accessible(page)
    page.get_by_role("link", name="Je les ai notés").click()
    expect(page).to_have_url(SEARCH)
    leave(page)
    enter(page, regulator)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    assert_accessible(page)
    page.get_by_label("Code").fill("1")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("Code refusé")
    assert_accessible(page)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(SEARCH)
    leave(page)
    enter(page, regulator)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Continuer").click()
    expect(page).to_have_url(SEARCH)


def test_a_passkey_is_made_then_is_the_whole_way_in(page: Page, regulator: User) -> None:
    authenticator(page)
    enter(page, regulator)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    assert_accessible(page)
    page.get_by_label("Nom de la clé").fill("Poste 3")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator(".sas-codes li")).to_have_count(10)
    page.get_by_role("link", name="Je les ai notés").click()
    expect(page).to_have_url(SEARCH)
    page.goto("/compte/securite/")
    expect(page.get_by_text("Poste 3", exact=True).first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Autre nom").fill("Poste 4")
    page.get_by_role("button", name="Renommer").click()
    expect(page.get_by_role("status").first).to_contain_text("renommée")
    leave(page)
    page.goto("/connexion/?next=/sas/recherche")
    page.get_by_role("button", name="Entrer avec une clé d’accès").click()
    expect(page).to_have_url(SEARCH)
    assert [factor.name for factor in factors_of(regulator)] == ["Poste 4"]
    assert SignIn.objects.filter(user=regulator, method="passkey", refusal="").count() == 1
    leave(page)
    enter(page, regulator)
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page).to_have_url(SEARCH)


def test_a_passkey_proves_again_who_is_there(page: Page, regulator: User) -> None:
    authenticator(page)
    enter(page, regulator)
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    page.get_by_label("Nom de la clé").fill("Poste 3")
    page.get_by_role("button", name="Créer la clé").click()
    expect(page.locator(".sas-codes li")).to_have_count(10)
    page.goto("/connexion/confirmer/?next=/compte/sessions/")
    assert_accessible(page)
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes sessions ouvertes")


def test_a_device_that_refuses_is_told_in_words(page: Page, regulator: User) -> None:
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")  # and no authenticator at all
    page.goto("/connexion/")
    page.evaluate(
        "() => { navigator.credentials.get = () => Promise.reject(new DOMException('non', 'NotAllowedError')) }"
    )
    page.get_by_role("button", name="Entrer avec une clé d’accès").click()
    expect(page.get_by_role("alert").filter(has_text="Rien n’a été confirmé")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize(
    "path",
    ["/compte/", "/compte/sessions/", "/compte/mot-de-passe/", "/compte/securite/codes/", "/conditions/"],
)
def test_every_page_of_the_account_is_accessible(page: Page, regulator: User, settings: Any, path: str) -> None:
    settings.SAS_TERMS_VERSION = "2026-11" if path == "/conditions/" else ""
    signed_in(page, regulator)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert_accessible(page)
    for name in ("Enregistrer", "Accepter et continuer"):
        button = page.get_by_role("button", name=name)
        if button.count():
            button.click()
            expect(page).to_have_title(re.compile("^Erreur — "))
            expect(page.get_by_role("alert")).to_be_visible()
            assert_accessible(page)


@pytest.mark.parametrize(
    ("path", "button"), [("/connexion/secours/", "Entrer"), ("/mot-de-passe-oublie/", "Recevoir le lien")]
)
def test_every_page_without_a_session_is_accessible(page: Page, transactional_db: None, path: str, button: str) -> None:
    page.goto(path)
    assert_accessible(page)
    page.get_by_role("button", name=button).click()
    expect(page).to_have_title(re.compile("^Erreur — "))
    assert_accessible(page)


def test_asking_for_an_address_is_accessible(page: Page, regulator: User) -> None:
    User.objects.update(email=None, national_id="810000000001")
    signed_in(page, regulator, method="psc")
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Où vous écrire ?")
    assert_accessible(page)
    page.get_by_role("button", name="Plus tard").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Trouver")


def signed_in(page: Page, user: User, **how: Any) -> None:
    client = signed_in_client(user, **how)
    page.goto("/connexion/")
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": page.url.removesuffix("connexion/")}]
    )
