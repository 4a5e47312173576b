"""Pages on territories: who sees and changes what, what is refused, and what it costs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.filieres import FiliereSheet, add_filiere
from sas.directory.models import Filiere, Territory
from sas.directory.territories import contacts_of, limits_of
from sas.directory.weekly_hours import read_day
from sas.web.models import AuditLine
from tests.factories import directory as make

AT = datetime(2026, 1, 5, tzinfo=UTC)
PER_REQUEST = 3
"""Session, account, roles."""

BASE = "/gestion/territoires/"
NORTH, AISNE = f"{BASE}SAS-59/", f"{BASE}SAS-02/"
READING = ["", "calendrier/", "filieres/"]
LOCAL = ["contacts/", "filieres/ajouter/"]
NATIONAL = ["modifier/", "etat/"]
LIMITS = {
    "label": "SAS du Nord",
    "departments": "59, 62",
    "communes": "",
    "timezone": "Europe/Paris",
    "pdsa_evening": "20:00",
    "pdsa_morning": "08:00",
    "pdsa_saturday": "12:00",
    "version": "1",
}
CONTACTS = {"support_email": "sas59@example.org", "call_before_booking": "public", "version": "1"}
FILIERE = {"name": "Infirmiers", "nature": "effection", "professions": "60", "day_0": "8h-20h"}


@pytest.fixture
def north(db: None) -> Territory:
    make.territory(code="SAS-02", label="SAS de l’Aisne")
    return make.territory()


def person(*roles: Role, territories: tuple[str, ...] = ("SAS-59",)) -> User:
    return create_account(
        email=f"{'-'.join(roles)}@example.org", roles=roles, territories=territories, by="test", at=AT
    )[0]


def client_of(role: Role, **given: Any) -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(person(role, **given))
    return client


@pytest.fixture
def manager(north: Territory) -> Client:
    return client_of(Role.ACCOUNT_MANAGER)


@pytest.fixture
def national(north: Territory) -> Client:
    return client_of(Role.NATIONAL_ADMIN, territories=())


def text_of(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


@pytest.mark.parametrize(
    ("role", "page", "own", "other"),
    [
        *((role, page, 200, 404) for role in (Role.ACCOUNT_MANAGER, Role.TERRITORIAL_REFERENT) for page in READING),
        *((Role.ACCOUNT_MANAGER, page, 200, 404) for page in LOCAL),
        *((Role.ACCOUNT_MANAGER, page, 403, 403) for page in NATIONAL),
        *((Role.TERRITORIAL_REFERENT, page, 403, 403) for page in (*LOCAL, *NATIONAL)),
        *((Role.NATIONAL_ADMIN, page, 200, 200) for page in (*READING, *LOCAL, *NATIONAL)),
        *((Role.REGULATOR, page, 403, 403) for page in (*READING, *LOCAL, *NATIONAL)),
        *((Role.EFFECTOR, page, 403, 403) for page in READING),
    ],
)
def test_each_role_opens_its_own_pages_of_its_own_territories(
    north: Territory, role: Role, page: str, own: int, other: int
) -> None:
    client = client_of(role, territories=() if role == Role.NATIONAL_ADMIN else ("SAS-59",))
    assert client.get(NORTH + page).status_code == own
    assert client.get(AISNE + page).status_code == other
    missing = 403 if own == 403 else 404
    assert client.get(f"{BASE}SAS-00/{page}").status_code == missing


@pytest.mark.parametrize("page", ["contacts/", "filieres/ajouter/", "modifier/", "etat/", "etat/retirer/"])
def test_nobody_writes_on_a_territory_that_is_not_theirs(manager: Client, page: str) -> None:
    before = [(limits_of(one), contacts_of(one)) for one in Territory.objects.order_by("pk")]
    lines = AuditLine.objects.count()
    answer = manager.post(AISNE + page, {**LIMITS, **CONTACTS, **FILIERE, "starts_on": "2030-01-01", "state": "open"})
    assert answer.status_code in (403, 404)
    assert [(limits_of(one), contacts_of(one)) for one in Territory.objects.order_by("pk")] == before
    assert AuditLine.objects.count() == lines


@pytest.mark.parametrize("page", ["nouveau/", "SAS-59/modifier/", "SAS-59/contacts/", "SAS-59/etat/retirer/"])
def test_a_form_without_its_token_is_refused(north: Territory, page: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person(Role.NATIONAL_ADMIN, territories=()))
    assert client.post(BASE + page, LIMITS).status_code == 403


def test_the_list_shows_own_territories_and_what_is_missing(manager: Client) -> None:
    said = text_of(manager.get(BASE))
    assert "SAS du Nord" in said
    assert "Aisne" not in said
    assert "SAS ouvert depuis le 1er avril 2022" in said
    assert "Gestionnaire de comptes : 1" in said
    assert "adresse générique, téléphone, contact ARS, contact CPAM" in said
    assert "Créer un territoire" not in said


def test_a_national_administrator_creates_a_territory(national: Client) -> None:
    given = LIMITS | {"code": "sas-80", "label": "SAS de la Somme", "departments": "80", "state": "planned"}
    answer = national.post(f"{BASE}nouveau/", given | {"since": "2026-01-01"}, follow=True)
    assert "Territoire créé" in text_of(answer)
    made = Territory.objects.get(code="SAS-80")
    assert (made.label, made.ioa_open, limits_of(made).departments) == ("SAS de la Somme", False, ("80",))
    assert AuditLine.objects.get(act="create_territory").actor.startswith("compte ")


def test_what_was_typed_is_kept_beside_its_error(national: Client) -> None:
    answer = national.post(f"{NORTH}modifier/", LIMITS | {"departments": "59, 02", "default_radius_km": "beaucoup"})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.title is not None
    assert page.title.get_text().startswith("Erreur — ")
    radius = page.select_one("#id_default_radius_km")
    assert radius is not None
    assert (radius["value"], radius["aria-invalid"]) == ("beaucoup", "true")
    assert "id_default_radius_km-erreur" in radius["aria-describedby"]
    assert page.select_one('[role=alert] a[href="#id_default_radius_km"]')
    again = national.post(f"{NORTH}modifier/", LIMITS | {"departments": "59, 02"})
    assert again.status_code == 422
    assert "Aisne (02) est déjà dans SAS de l’Aisne (SAS-02)" in text_of(again)
    assert 'value="59, 02"' in again.content.decode()


def test_limits_are_changed_and_a_stale_sheet_is_refused(national: Client, north: Territory) -> None:
    assert national.post(f"{NORTH}modifier/", LIMITS | {"ioa_open": "on"}).status_code == 302
    north.refresh_from_db()
    assert (north.ioa_open, limits_of(north).departments) == (True, ("59", "62"))
    for stale in ("1", "", "x"):
        answer = national.post(f"{NORTH}modifier/", LIMITS | {"label": "Autre", "version": stale})
        assert answer.status_code == 422
    north.refresh_from_db()
    assert north.label == "SAS du Nord"


def test_a_manager_changes_contacts_and_nothing_else(manager: Client, north: Territory) -> None:
    sly = CONTACTS | {"label": "À moi", "ioa_open": "on", "code": "SAS-99", "state": "suspended"}
    assert manager.post(f"{NORTH}contacts/", sly).status_code == 302
    north.refresh_from_db()
    assert (north.support_email, north.call_before_booking) == ("sas59@example.org", "public")
    assert (north.label, north.ioa_open, north.code) == ("SAS du Nord", False, "SAS-59")
    wrong = manager.post(f"{NORTH}contacts/", CONTACTS | {"ars_email": "ars", "version": "2"})
    assert wrong.status_code == 422
    assert "Adresse mal formée" in text_of(wrong)


def test_a_state_is_announced_then_withdrawn(national: Client, north: Territory) -> None:
    later = timezone.localdate() + timedelta(days=40)
    given = {"state": "suspended", "starts_on": later.isoformat()}
    said = text_of(national.post(f"{NORTH}etat/", given, follow=True))
    assert "État enregistré" in said
    assert "suspension prévue le" in said
    assert national.post(f"{NORTH}etat/", given).status_code == 422
    assert national.post(f"{NORTH}etat/", {"state": "open", "starts_on": "hier"}).status_code == 422
    assert national.post(f"{NORTH}etat/", {"state": "shut", "starts_on": later.isoformat()}).status_code == 422
    assert "rechargez" in text_of(national.post(f"{NORTH}etat/retirer/", {"starts_on": "2022-04-02"}, follow=True))
    assert national.post(f"{NORTH}etat/retirer/", {"starts_on": "demain"}).status_code == 404
    assert "État retiré" in text_of(
        national.post(f"{NORTH}etat/retirer/", {"starts_on": later.isoformat()}, follow=True)
    )
    assert north.states.count() == 1


def test_the_calendar_names_holidays_and_pdsa_hours(national: Client, north: Territory) -> None:
    said = text_of(national.get(f"{NORTH}calendrier/"))
    assert "Fête nationale" in said
    assert "avant 8 h et à partir de 20 h" in said
    assert "avant 8 h et à partir de 12 h" in said
    assert "Jours de pont des douze prochains mois" not in said
    Territory.objects.filter(pk=north.pk).update(pdsa_bridge_days=True, pdsa_saturday=None)
    make.territory(code="SAS-57")
    said = text_of(national.get(f"{NORTH}calendrier/"))
    assert "Jours de pont des douze prochains mois" in said
    assert "Vendredi saint" not in said
    assert "Vendredi saint" in text_of(national.get(f"{BASE}SAS-57/calendrier/"))


def test_a_filiere_is_added_from_a_proposal_changed_and_ended(manager: Client, north: Territory) -> None:
    page = manager.get(f"{NORTH}filieres/ajouter/?modele=dentaire")
    assert "Soins dentaires (dimanche matin)" in page.content.decode()
    assert 'value="9 h–12 h"' in page.content.decode()
    today = timezone.localdate()
    answer = manager.post(f"{NORTH}filieres/ajouter/", FILIERE | {"starts_on": today.isoformat()}, follow=True)
    assert "lundi : 8 h–20 h" in text_of(answer)
    made = Filiere.objects.get()
    where = f"{NORTH}filieres/{made.pk}/"
    wrong = manager.post(where, FILIERE | {"day_1": "matin", "version": "1"})
    assert wrong.status_code == 422
    assert "Écrivez par exemple" in text_of(wrong)
    assert manager.post(where, FILIERE | {"name": "Infirmières", "version": "1"}).status_code == 302
    assert manager.post(where, FILIERE | {"version": "1"}).status_code == 422
    assert manager.get(f"{where}terminer/").status_code == 200
    assert manager.post(f"{where}terminer/", {"ends_on": "2020-01-01", "version": "2"}).status_code == 422
    assert manager.post(f"{where}terminer/", {"ends_on": today.isoformat(), "version": "2"}).status_code == 302
    assert not Filiere.objects.exists()


def test_a_filiere_is_reached_by_its_own_territory_only(manager: Client, north: Territory) -> None:
    aisne = Territory.objects.get(code="SAS-02")
    sheet = FiliereSheet("Dentaire", "both", ("40",), hours=tuple(read_day(6, "9h-12h")))
    theirs = add_filiere(territory=aisne, sheet=sheet, starts_on=date(2026, 2, 1), by="test", at=AT)
    for where in (NORTH, AISNE):
        for end in ("", "terminer/"):
            assert manager.get(f"{where}filieres/{theirs.pk}/{end}").status_code == 404
            assert manager.post(f"{where}filieres/{theirs.pk}/{end}", FILIERE).status_code == 404


@pytest.mark.parametrize("territories", [1, 12])
def test_the_list_costs_the_same_with_one_territory_and_twelve(
    db: None, django_assert_num_queries: DjangoAssertNumQueries, territories: int
) -> None:
    codes = tuple(make.territory(code=f"SAS-{number:02}").code for number in range(1, territories + 1))
    client = client_of(Role.ACCOUNT_MANAGER, territories=codes)
    client.get(BASE)  # the session is registered
    with django_assert_num_queries(PER_REQUEST + 4):
        assert client.get(BASE).status_code == 200
