"""Pages of operators, with data, at every width: axe finds nothing, nothing scrolls sideways, codes print alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.web import audit
from tests.accounts.operations.conftest import AT, job_in, mail_in, make_account
from tests.accounts.signing import signed_in_client
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.factories import directory

PAGES = (
    "/exploitation/",
    "/exploitation/taches/",
    "/exploitation/courriels/",
    "/exploitation/audit/",
    "/exploitation/audit/?du=hier&adresse=x",
    "/exploitation/secours/",
    "/compte/historique/",
)


@pytest.fixture
def admin(transactional_db: None, settings: Any) -> User:
    """A national administrator of a platform in which everything happened."""
    settings.SAS_TERMS_VERSION = ""
    nord = directory.territory()
    user = make_account("admin@example.org", (Role.NATIONAL_ADMIN, None), family_name="Nationale", given_name="Ada")
    rita = make_account("rita@example.org", (Role.REGULATOR, nord), family_name="Lenoir", given_name="Rita")
    make_account("olga@example.org", (Role.REGULATOR, nord), family_name="Martin-Desjardins", given_name="Olga-Marie")
    long_error = "ConnectionRefusedError : [Errno 111] le serveur smtp.example.org:587 ne répond pas " * 2
    job_in("failed", error=long_error)
    job_in("doing", started="20 minutes")
    job_in("todo", attempts=0)
    mail_in("failed", attempts=30, last_error="550 5.1.1 destinataire inconnu", about=rita.audit_label)
    mail_in("sent")
    before, after = {"family_name": "Noir", "email": None}, {"family_name": "Lenoir", "email": "rita@example.org"}
    with audit.acting(address="192.0.2.10", role="national_admin"):
        for target in (rita.audit_label, user.audit_label):
            said = {"by": user.audit_label, "at": AT, "target": target}
            audit.record("edit_account", **said, before=before, after=after)  # type: ignore[arg-type]
    audit.record("send_mail", by="tâche d’envoi des courriels", at=AT, target=user.audit_label, after={"mail": 1})
    return user


def opened(visit: Visit, user: User, path: str, viewport: Any, scheme: Any = "light") -> Page:
    """A page of somebody who signed in just now."""
    page = visit("/healthz", viewport=viewport, scheme=scheme)
    cookie = signed_in_client(user, at=datetime.now(UTC)).cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": page.url}])
    page.goto(path)
    return page


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(WIDE, "light"), (PHONE, "dark"), (NARROWEST, "light")],
    ids=["wide", "phone-dark", "narrowest"],
)
def test_every_page_is_accessible(visit: Visit, admin: User, viewport: Any, scheme: Any) -> None:
    page = opened(visit, admin, PAGES[0], viewport, scheme)
    for path in PAGES:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert_accessible(page)


def test_codes_are_made_printed_alone_and_revoked(visit: Visit, admin: User) -> None:
    page = opened(visit, admin, "/exploitation/secours/", PHONE)
    page.get_by_role("button", name="Faire les codes").click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez un territoire")
    assert_accessible(page)
    page.get_by_label("Tous les régulateurs d’un territoire").select_option("SAS-59")
    page.get_by_text("demain, ").click()
    page.get_by_role("button", name="Faire les codes").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Codes de secours du")
    expect(page.locator("code")).to_have_count(2)
    assert_accessible(page)
    page.emulate_media(media="print")
    for hidden in ("header", "footer", ".sas-areas", ".sas-no-print >> nth=0"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("code").first).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="C’est imprimé").click()
    expect(page.get_by_text("2 à utiliser")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Annuler le code de Rita Lenoir").click()
    expect(page.get_by_text("1 code annulé.")).to_be_visible()
    expect(page.get_by_text("1 à utiliser")).to_be_visible()


def test_the_trail_is_filtered_and_a_line_is_read_with_the_keyboard(visit: Visit, admin: User) -> None:
    page = opened(visit, admin, "/exploitation/audit/", WIDE)
    page.get_by_label("Qui a fait").fill("admin@example.org")
    page.get_by_label("Acte").select_option("edit_account")
    page.get_by_label("Qui a fait").press("Enter")
    expect(page.get_by_role("row")).to_have_count(3)
    details = page.locator("summary").first
    details.focus()
    page.keyboard.press("Enter")
    expect(page.locator("pre").first).to_contain_text('"family_name": "Noir"')
    with page.expect_download() as download:
        page.get_by_role("button", name="Exporter ces lignes").click()
    assert download.value.suggested_filename.startswith("audit-")
