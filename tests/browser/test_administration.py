"""The pages of administration in a real browser: axe finds nothing, nothing scrolls sideways, no script is needed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect

from sas.accounts.administration.imports.services import prepare_import
from sas.accounts.administration.requests import ask_for_account
from sas.accounts.invitations import invite
from sas.accounts.models import AccountRequest, SignIn, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import OutgoingMail
from tests.accounts.administration.conftest import make_account
from tests.accounts.signing import signed_in_client
from tests.browser.conftest import NARROWEST, PHONE, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.factories import directory as factories

NAMES = ["Lefèvre", "Œuvré", "D’Artagnan", "Garcia-Hernandez", "Nguyen", "Ben Youssef"]
ROLES = [Role.REGULATOR, Role.IOA, Role.EFFECTOR, Role.STRUCTURE_MANAGER, Role.TERRITORIAL_REFERENT]
FILE = (
    "email;nom;prenom;roles;territoires\n"
    "nouvelle@example.org;Nouvelle;Ana;regulator;SAS-59\n"
    "fausse@example.org;Fausse;Bo;roi;SAS-59\n"
)


@pytest.fixture
def office(transactional_db: None, live_server: Any, window: BrowserContext) -> dict[str, Any]:
    """A manager at work: sixty accounts of every state, requests, a prepared import, an invitation."""
    cache.clear()
    now = datetime.now(UTC)
    nord = factories.territory(label="Service d’accès aux soins du Nord")
    manager = make_account("comptes@example.org", (Role.ACCOUNT_MANAGER, nord), last_login=now)
    people = [person(number, nord, now) for number in range(60)]
    troubled = people[0]
    SignIn.objects.bulk_create(
        SignIn(user=troubled, at=now, method="password", refusal="wrong_password") for _ in range(10)
    )
    factories.structure(name="Maison de santé des Lilas", department="59", national_id="1590000001")
    for number in range(3):
        ask_for_account(
            territory=nord,
            role=Role.REGULATOR,
            email=people[number].email or "" if number == 1 else f"d{number}@example.org",
            family_name="Demandeur",
            given_name=f"Léo{number}",
            profession="Médecin",
            message="Je rejoins la régulation en mars.\nMerci." if number else "",
            by=f"203.0.113.{number}",
            at=now,
        )
    kept = prepare_import(file_name="comptes.csv", content=FILE.encode(), by=manager, at=now)
    invite(user=people[5], by="test", at=now)
    token = OutgoingMail.objects.get(kind="invitation").text.partition("/invitation/")[2].partition("/")[0]
    session = signed_in_client(manager).cookies["sessionid"].value
    window.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return {"person": troubled.pk, "import": kept.pk, "token": token, "request": first_request()}


def first_request() -> int:
    return AccountRequest.objects.order_by("pk")[0].pk


def person(number: int, nord: Territory, now: datetime) -> User:
    """One of sixty: every role, every state."""
    entered = {"last_login": now} if number % 5 else {"may_use_password": True}
    closed = {"is_active": False, "closed_for": "dormant", "closed_at": now} if number % 11 == 7 else {}
    roles = {ROLES[number % 5], ROLES[number % 3]}
    return make_account(
        f"prenom.nom.assez.long.{number}@hopital-{number}.example.org",
        *((role, nord) for role in roles),
        family_name=NAMES[number % 6],
        given_name=f"Marie-Amélie {number}",
        **entered,
        **closed,
    )


def paths(office: dict[str, Any]) -> dict[str, str]:
    account = f"/gestion/comptes/{office['person']}/"
    return {
        "list": "/gestion/comptes/?texte=e",
        "empty": "/gestion/comptes/?texte=personne",
        "create": "/gestion/comptes/nouveau/",
        "sheet": account,
        "edit": f"{account}modifier/",
        "deactivate": f"{account}desactiver/",
        "national_id": f"{account}identifiant/",
        "structures": f"{account}structures/?cherche=lilas",
        "upload": "/gestion/comptes/import/",
        "preview": f"/gestion/comptes/import/{office['import']}/",
        "requests": "/gestion/demandes/",
        "request": f"/gestion/demandes/{office['request']}/",
        "access": "/gestion/territoires/SAS-59/acces/",
    }


@pytest.mark.parametrize("viewport", [WIDE, PHONE, NARROWEST], ids=["wide", "phone", "narrowest"])
def test_every_page_is_accessible(visit: Visit, office: dict[str, Any], viewport: Any) -> None:
    page = visit("/gestion/comptes/", viewport=viewport)
    for name, path in paths(office).items():
        answer = page.goto(path)
        assert answer is not None
        assert (name, answer.status) == (name, 200)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert_accessible(page)


def test_what_is_refused_is_accessible_and_keeps_what_was_typed(visit: Visit, office: dict[str, Any]) -> None:
    page = visit("/gestion/comptes/nouveau/", viewport=PHONE)
    page.get_by_label("Nom", exact=True).fill("Durand")
    page.get_by_label("Adresse électronique").fill("pas une adresse")
    page.get_by_role("button", name="Créer et inviter").click()
    expect(page.get_by_role("alert")).to_contain_text("Rien n’est enregistré")
    expect(page.get_by_label("Nom", exact=True)).to_have_value("Durand")
    assert_accessible(page)
    page.goto("/gestion/demandes/")
    page.get_by_text("Refuser", exact=False).first.click()
    page.get_by_role("button", name="Refuser la demande").first.click()
    expect(page.get_by_role("alert")).to_contain_text("motif")
    assert_accessible(page)


def test_an_invitation_and_a_lost_link_are_accessible(visit: Visit, office: dict[str, Any]) -> None:
    page = visit(f"/invitation/{office['token']}/", viewport=NARROWEST)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bienvenue")
    assert_accessible(page)
    page.goto("/invitation/perdu/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lien inconnu")
    assert_accessible(page)


def test_a_password_is_chosen_behind_the_link_by_a_real_browser(visit: Visit, office: dict[str, Any]) -> None:
    """A page whose policy is `no-referrer` sends its own forms with `Origin: null`, which the CSRF check refuses."""
    page = visit("/")
    page.context.clear_cookies()
    page.goto(f"/invitation/{office['token']}/")
    page.get_by_label("Nouveau mot de passe").fill("une phrase que personne ne devine")
    page.get_by_label("Le même, une seconde fois").fill("une phrase que personne ne devine")
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.get_by_role("button", name="Enregistrer").click()
    assert sent.value.status == 302
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    assert office["token"] not in page.evaluate("document.referrer")


def test_an_account_is_made_from_the_keyboard(visit: Visit, office: dict[str, Any]) -> None:
    page: Page = visit("/gestion/comptes/nouveau/")
    page.get_by_label("Nom", exact=True).focus()
    for value in ("Durand", "Léa", "lea.durand@example.org"):
        page.keyboard.type(value)
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Léa Durand")
    expect(page.get_by_role("status").first).to_contain_text("l’invitation part")
    assert User.objects.get(email="lea.durand@example.org").roles == (Role.REGULATOR,)
