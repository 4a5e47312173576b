"""The home page: how to enter when signed out, where one's work is when signed in, at a constant cost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sas.accounts.landing import lines
from sas.accounts.landing.lines import Line, add_home_lines
from sas.accounts.models import AccountRequest, Delegation, Invitation, StructureAttachment, User
from sas.accounts.navigation import ENTRIES, address
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import create_account
from sas.accounts.territories.queries import places_of
from tests.factories import directory as make

AT = datetime(2026, 1, 5, tzinfo=UTC)
NATIONAL_ID = "810000000999"
ASKED = {
    "territory": "SAS-59",
    "role": "regulator",
    "family_name": "Essai",
    "given_name": "Ana",
    "email": "ana@example.org",
    "message": "Je régule au SAMU 59.",
}
WAITING_FOR = (
    "agenda:home",
    "participation_organisations:list",
    "participation_settings:home",
    "participation_structures:list",
    "participation_worklist:list",
)
"""Areas whose pages come with their own commits: the header does not show them before."""


@pytest.fixture(autouse=True)
def _nobody_asked_yet(db: None) -> None:
    cache.clear()


def person(*roles: Role, territories: tuple[str, ...] = (), **given: Any) -> User:
    return create_account(email="x@example.org", roles=roles, territories=territories, by="test", at=AT, **given)[0]


def home_of(user: User) -> BeautifulSoup:
    client = Client()
    client.force_login(user)
    return BeautifulSoup(client.get("/").content, "html.parser")


def text_of(answer: Any) -> str:
    return " ".join(BeautifulSoup(answer.content, "html.parser").get_text(" ").split())


def words(page: BeautifulSoup) -> str:
    main = page.select_one("main")
    assert main is not None
    return " ".join(main.get_text(" ").split())


def headings(page: BeautifulSoup) -> list[str]:
    return [title.get_text() for title in page.select("main .sas-section > h2")]


@pytest.mark.parametrize("asked", ["SAS-59", "59", "Nord", "lille"])
def test_signed_out_the_territory_says_who_creates_accounts(client: Client, db: None, asked: str) -> None:
    make.territory(support_email="sas59@example.org", ars_email="ars@example.org")
    said = text_of(client.get("/", {"territoire": asked}))
    assert "SAS ouvert depuis le 1er avril 2022" in said
    assert "créés par le SAS : sas59@example.org" in said
    assert "ars@example.org" not in said
    assert "/demander-un-compte/?territoire=SAS-59" in client.get("/", {"territoire": asked}).content.decode()


def test_without_an_address_of_the_sas_the_ars_is_named(client: Client, db: None) -> None:
    make.territory(state="suspended", ars_name="ARS Hauts-de-France", ars_email="ars@example.org")
    make.territory(code="SAS-62", state=None)
    said = text_of(client.get("/", {"territoire": "59"}))
    assert "SAS suspendu depuis le 2 avril 2022" in said
    assert "l’agence régionale de santé (ARS Hauts-de-France) : ars@example.org" in said
    said = text_of(client.get("/", {"territoire": "62"}))
    assert "SAS prévu date d’ouverture non fixée" in said
    assert "pas encore donné d’adresse" in said


@pytest.mark.parametrize("asked", ["974", "<script>alert(1)</script>", "x" * 5000, "\x00", "%s"])
def test_an_unknown_territory_says_what_to_do(client: Client, db: None, asked: str) -> None:
    make.territory()
    answer = client.get("/", {"territoire": asked})
    assert answer.status_code == 200
    assert "Aucun SAS n’est déclaré" in text_of(answer)
    assert "<script>alert" not in answer.content.decode()


def test_a_request_is_kept_and_its_answer_is_the_same_for_everybody(client: Client, db: None) -> None:
    make.territory()
    page = client.get("/demander-un-compte/?territoire=SAS-59")
    assert 'value="SAS-59" selected' in page.content.decode()
    person(Role.REGULATOR)
    answers = [
        client.post("/demander-un-compte/", ASKED | {"email": email}, follow=True)
        for email in ("ana@example.org", "ana@example.org", "x@example.org")
    ]
    assert {answer.redirect_chain[-1] for answer in answers} == {("/demander-un-compte/envoyee/", 302)}
    assert len({text_of(answer) for answer in answers}) == 1
    kept = AccountRequest.objects.order_by("pk").first()
    assert kept is not None
    assert (kept.family_name, kept.role, kept.territory.code) == ("Essai", "regulator", "SAS-59")


@pytest.mark.parametrize(
    "wrong",
    [
        {"territory": "SAS-00"},
        {"territory": ""},
        {"role": "national_admin"},
        {"role": "effector"},
        {"email": "ana"},
        {"family_name": ""},
        {"message": "x" * 1001},
    ],
)
def test_a_wrong_request_is_shown_again_with_what_was_typed(client: Client, db: None, wrong: dict[str, str]) -> None:
    make.territory()
    answer = client.post("/demander-un-compte/", ASKED | wrong)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert page.title is not None
    assert page.title.get_text().startswith("Erreur — ")
    assert page.select_one(f"#id_{next(iter(wrong))}[aria-invalid=true]")
    assert "Ana" in answer.content.decode()
    assert not AccountRequest.objects.exists()


def test_too_many_requests_from_one_place_are_told_to_come_back(client: Client, db: None) -> None:
    make.territory()
    statuses = [
        client.post("/demander-un-compte/", ASKED | {"email": f"a{n}@example.org"}).status_code for n in range(7)
    ]
    assert statuses[0] == 302
    assert statuses[-1] == 429


def test_a_request_needs_its_token(db: None) -> None:
    make.territory()
    assert Client(enforce_csrf_checks=True).post("/demander-un-compte/", ASKED).status_code == 403


def test_a_regulator_lands_on_the_search(db: None) -> None:
    page = home_of(person(Role.REGULATOR))
    assert page.select_one("form#question")
    assert headings(page) == []


def test_an_ioa_of_a_closed_territory_is_told_why(db: None) -> None:
    make.territory(label="SAS du Nord")
    page = home_of(person(Role.IOA, territories=("SAS-59",)))
    assert not page.select_one("form#question")
    assert "SAS du Nord (SAS-59) n’a pas ouvert la recherche" in words(page)


def test_an_effector_reads_place_by_place_where_the_sas_stands(db: None) -> None:
    make.territory(label="SAS du Nord", ars_email="ars59@example.org", cpam_phone="+33320000000")
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais", state="suspended")
    make.territory(code="SAS-80", label="SAS de la Somme", state="open", opened_on=date(2100, 1, 1))
    doctor = make.practitioner(national_id=NATIONAL_ID)
    for insee, department, city in (
        ("59350", "59", "Lille"),
        ("62041", "62", "Arras"),
        ("80021", "80", "Amiens"),
        ("02691", "02", "Saint-Quentin"),
    ):
        make.place(doctor, insee=insee, department=department, city=city, name=f"CABINET {city}", specialty="SM54")
    make.place(doctor, ended_on=date(2026, 1, 1), name="CABINET QUITTÉ")
    said = words(home_of(person(Role.EFFECTOR, national_id=NATIONAL_ID)))
    assert "SAS ouvert depuis le 1er avril 2022" in said
    assert "ARS ars59@example.org" in said
    assert "CPAM 03 20 00 00 00" in said
    assert "SAS suspendu depuis le 2 avril 2022" in said
    assert "SAS prévu ouverture prévue le 1er janvier 2100" in said
    assert "Aucun SAS déclaré ici" in said
    assert "compte dès son ouverture" in said
    assert "QUITTÉ" not in said


def test_two_activities_at_one_place_are_one_place(db: None) -> None:
    doctor = make.practitioner(national_id=NATIONAL_ID)
    for specialty in ("SM54", "SM18"):
        make.place(doctor, specialty=specialty, place_key="ICI")
    assert len(places_of(person(Role.EFFECTOR, national_id=NATIONAL_ID), AT)) == 1
    assert places_of(User(), AT) == []


def test_a_manager_of_structures_sees_them(db: None) -> None:
    make.territory()
    user = person(Role.STRUCTURE_MANAGER)
    assert "Aucune structure ne vous est rattachée" in words(home_of(user))
    cds = make.structure(kind="cds", name="CDS DU PORT", insee="59350", department="59", city="Lille")
    StructureAttachment.objects.create(user=user, structure=cds, attached_at=AT)
    said = words(home_of(user))
    assert "Centre de santé — CDS DU PORT" in said
    assert "SAS ouvert" in said


def test_a_delegate_sees_for_whom_they_act(db: None) -> None:
    doctor = create_account(email="d@example.org", roles=[Role.EFFECTOR], family_name="Martin", by="t", at=AT)[0]
    user = person(Role.DELEGATE)
    for number, (days, confirmed) in enumerate([(10, AT), (10, None), (-1, AT)]):
        Delegation.objects.create(
            delegator=doctor,
            delegate=user,
            delegate_email=f"x{number}@example.org",
            delegate_family_name="X",
            delegate_given_name="Y",
            scopes=["agenda"],
            ends_on=timezone.localdate() + timedelta(days=days),
            token_sha256=str(number),
            prepared_by="test",
            prepared_at=AT,
            confirmed_at=confirmed,
            accepted_at=AT,
        )
    said = words(home_of(user))
    assert said.count("Martin") == 1
    assert "1 délégation en attente" in said


def test_an_account_manager_sees_what_waits_in_own_territories_only(db: None) -> None:
    here, there = make.territory(), make.territory(code="SAS-62")
    user = person(Role.ACCOUNT_MANAGER, territories=("SAS-59",))
    for where in (here, here, there):
        AccountRequest.objects.create(
            territory=where, role="regulator", email="a@example.org", family_name="A", given_name="B", created_at=AT
        )
    now = timezone.now()
    for number, (code, expires) in enumerate([("SAS-59", 1), ("SAS-59", -1), ("SAS-62", 1)]):
        invited = create_account(
            email=f"i{number}@example.org", roles=[Role.REGULATOR], territories=[code], by="t", at=AT
        )[0]
        Invitation.objects.create(
            user=invited, token_sha256=str(number), created_at=AT, expires_at=now + timedelta(days=expires)
        )
    said = words(home_of(user))
    assert "2 demandes de compte à traiter" in said
    assert "1 invitation en attente" in said
    assert "1 invitation expirée" in said


def test_sections_come_with_the_most_urgent_first(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    territory = make.territory()
    user = person(Role.EFFECTOR, Role.ACCOUNT_MANAGER, Role.TERRITORIAL_REFERENT, territories=("SAS-59",))
    quiet = ["Vos lieux d’exercice", "Les comptes de vos territoires", "Vos territoires"]
    assert headings(home_of(user)) == quiet
    AccountRequest.objects.create(
        territory=territory, role="ioa", email="a@example.org", family_name="A", given_name="B", created_at=AT
    )
    assert headings(home_of(user)) == [quiet[1], quiet[0], quiet[2]]


def test_other_packages_add_their_lines(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_SOURCES", {})
    make.territory()

    def in_error(user: User) -> list[Line]:
        return [Line(3, "comptes en erreur chez un éditeur", "/gestion/comptes/", urgent=True)]

    for _ in range(2):
        add_home_lines(Permission.MANAGE_ACCOUNTS, in_error)
    said = words(home_of(person(Role.ACCOUNT_MANAGER, territories=("SAS-59",))))
    assert said.count("3 comptes en erreur chez un éditeur") == 1


def test_a_national_administrator_sees_what_is_in_trouble(db: None) -> None:
    page = home_of(person(Role.NATIONAL_ADMIN))
    assert headings(page)[0] == "Exploitation"
    assert "Aucun travailleur ne donne signe de vie" in words(page)
    assert "0 tâche en échec" in words(page)


def test_the_cost_does_not_grow_with_territories_places_or_structures(db: None) -> None:
    counts = []
    for number in (1, 12):
        codes = tuple(make.territory(code=f"SAS-{number}{one}").code for one in range(1, min(number, 9) + 1))
        user = create_account(
            email=f"x{number}@example.org",
            roles=[role for role in Role if role != Role.NATIONAL_ADMIN],
            territories=codes,
            national_id=f"8100000009{number:02}",
            by="test",
            at=AT,
        )[0]
        doctor = make.practitioner(national_id=user.national_id)
        for one in range(number):
            covered = f"{number}{1 + one % 9}"
            make.place(doctor, department=covered)
            structure = make.structure(insee="59350", department=covered)
            StructureAttachment.objects.create(user=user, structure=structure, attached_at=AT)
        client = Client()
        client.force_login(user)
        client.get("/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/").status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[0] <= 62  # nearly every role at once; an effector alone costs 31


def test_every_entry_of_the_header_leads_somewhere() -> None:
    assert {entry.url_name for entry in ENTRIES if not address(entry.url_name)} <= set(WAITING_FOR)


def test_the_header_shows_what_a_role_may_open_and_where_one_is(db: None, client: Client) -> None:
    make.territory()
    client.force_login(person(Role.ACCOUNT_MANAGER, territories=("SAS-59",)))
    page = BeautifulSoup(client.get("/gestion/territoires/").content, "html.parser")
    links = {link.get_text(): link.get("aria-current") for link in page.select("#navigation a")}
    assert links == {"Comptes": None, "Demandes": None, "Territoires": "page", "Éditeurs": None, "Mon compte": None}
    below = BeautifulSoup(client.get("/gestion/territoires/SAS-59/").content, "html.parser")
    assert [link.get_text() for link in below.select("#navigation a[aria-current=true]")] == ["Territoires"]
    client.force_login(person(Role.NATIONAL_ADMIN))
    nested = BeautifulSoup(client.get("/exploitation/hub/").content, "html.parser")
    assert [link.get_text() for link in nested.select("#navigation a[aria-current]")] == ["Hub Santé"]


def test_signed_out_and_on_errors_there_is_no_menu(db: None, client: Client) -> None:
    assert "navigation" not in client.get("/").content.decode()
    client.force_login(person(Role.REGULATOR))
    assert 'id="navigation"' not in client.get("/nulle-part").content.decode()
    assert 'id="navigation"' in client.get("/").content.decode()
