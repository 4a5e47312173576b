"""The members of a structure: who sees them, what of them, and that nothing is shown that regulators do not see."""

from datetime import UTC, time, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.absences import declare_unavailability
from sas.agenda.services import open_series
from sas.agenda.sheets import SeriesSheet, Spot
from sas.directory.models import PracticeLocation, Structure
from sas.participation.services import declare_participation
from sas.participation.visibility import declare_visibility
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make
from tests.search.conftest import MONDAY, Town

AT = MONDAY.astimezone(UTC)
EARLIER: dict[str, Any] = {"by": "test", "at": AT - timedelta(days=30)}


@pytest.fixture
def manager(transactional_db: None) -> User:
    return create_account(email="g@example.org", roles=[Role.STRUCTURE_MANAGER], **EARLIER)[0]


@pytest.fixture
def cpts(manager: User) -> Structure:
    made = make.structure(name="CPTS de Lille", insee="59350", department="59")
    StructureAttachment.objects.create(user=manager, structure=made, attached_at=AT)
    return made


@pytest.fixture
def client(manager: User) -> Client:
    return signed_in_client(manager, at=AT)


def enrolled(place: PracticeLocation, cpts: Structure, **given: Any) -> PracticeLocation:
    declare_participation(practitioner=place.practitioner, via="cpts", structure=cpts, **given, **EARLIER)
    return place


def address(cpts: Structure, place: PracticeLocation | None = None, act: str = "") -> str:
    person = f"{place.national_id}/" if place else ""
    return f"/structures/{cpts.national_id}/membres/{person}{act}"


def text_of(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def offers(place: PracticeLocation, hour: int = 15) -> None:
    spot = Spot(place.practitioner, place.place_key, None, place.insee, place.department, place.timezone)
    sheet = SeriesSheet("slot", MONDAY.date(), time(hour), time(hour, 20))
    open_series(spot=spot, sheet=sheet, by="test", at=AT)


def test_members_are_listed_with_their_day_places_and_software(town: Town, client: Client, cpts: Structure) -> None:
    make.territory()
    alpha = town.editor("Agenda Alpha")
    enrolled(town.doctor(alpha), cpts)
    enrolled(make.place(line="9 RUE DU PORT"), cpts)
    make.place(structure=cpts, line="4 RUE DU PARC")
    make.place(line="ailleurs")
    town.open()
    text = text_of(client, address(cpts))
    assert "3 professionnels" in text
    assert text.count("depuis le 24/10/2026") == 2
    assert text.count("non, y exerce") == 1
    assert text.count("interfacé (Agenda Alpha)") == 1
    assert text.count("non interfacé") == 2
    assert "ailleurs" not in text


def test_the_list_costs_the_same_for_one_and_for_many(
    client: Client, cpts: Structure, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        enrolled(make.place(), cpts)
    with django_assert_max_num_queries(16):
        text_of(client, address(cpts))


def test_three_days_show_the_sas_agenda_and_live_editors(town: Town, client: Client, cpts: Structure) -> None:
    doctor = enrolled(town.doctor(town.editor("Agenda Alpha")), cpts)
    town.open()
    offers(doctor, hour=21)
    text = text_of(client, address(cpts, doctor, "creneaux/"), **{"HX-Request": "true"})
    assert "21 h 00" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Agenda Alpha" in text
    assert "agenda SAS" in text
    assert "Structures" not in text
    assert "<a " not in client.get(address(cpts, doctor, "creneaux/"), headers={"HX-Request": "true"}).content.decode()
    assert "Structures" in text_of(client, address(cpts, doctor, "creneaux/"))


def test_editors_of_a_member_who_opted_out_are_not_asked(town: Town, client: Client, cpts: Structure) -> None:
    doctor = enrolled(town.doctor(town.editor("Agenda Alpha")), cpts)
    town.open()
    declare_visibility(of=doctor.practitioner, opted_out=True, **EARLIER)
    text = text_of(client, address(cpts, doctor, "creneaux/"))
    assert "a choisi de ne pas afficher ses créneaux éditeurs" in text
    assert not list(town.sandboxes["Agenda Alpha"].calls)


def test_an_absence_hides_everything(town: Town, client: Client, cpts: Structure) -> None:
    doctor = enrolled(town.doctor(town.editor("Agenda Alpha")), cpts)
    town.open()
    offers(doctor)
    declare_unavailability(
        practitioner=doctor.practitioner, structure=None, starts_at=AT, ends_at=None, by="test", at=AT
    )
    assert "15 h" not in text_of(client, address(cpts, doctor, "creneaux/"))


def test_an_editor_that_is_silent_is_unknown_not_empty(town: Town, client: Client, cpts: Structure) -> None:
    doctor = enrolled(town.doctor(town.editor("Agenda Déluge", "down")), cpts)
    town.open()
    assert "Disponibilités inconnues" in text_of(client, address(cpts, doctor, "creneaux/"))


def test_only_the_places_that_the_participation_concerns_are_shown(client: Client, cpts: Structure) -> None:
    here = make.place(line="1 RUE DU PORT", name="")
    there = make.place(here.practitioner, line="2 RUE DU PARC", name="")
    enrolled(here, cpts, place_keys=[here.place_key])
    offers(here, hour=15)
    offers(there, hour=16)
    for act in ("", "creneaux/"):
        text = text_of(client, address(cpts, here, act))
        assert "RUE DU PARC" not in text
        assert "16 h" not in text
    assert client.get(address(cpts, here, "modifier/"), {"lieu": there.place_key}).status_code == 404


def test_the_agenda_of_a_member_opens_only_when_their_software_is_not_interfaced(
    town: Town, client: Client, cpts: Structure
) -> None:
    interfaced = enrolled(town.doctor(town.editor("Agenda Alpha")), cpts)
    typed = enrolled(make.place(), cpts)
    town.open()
    assert "agenda non modifiable" in text_of(client, address(cpts, interfaced))
    assert client.get(f"/agenda/{interfaced.national_id}/").status_code == 404
    assert "Saisir son agenda" in text_of(client, address(cpts, typed))
    assert client.get(f"/agenda/{typed.national_id}/").status_code == 200


def test_a_manager_says_what_regulators_read_of_a_member(client: Client, cpts: Structure, manager: User) -> None:
    doctor = enrolled(make.place(), cpts)
    page = address(cpts, doctor, "modifier/")
    form = BeautifulSoup(client.get(page).content, "html.parser")
    version = form.select_one("input[name=version]")
    assert version is not None
    answer = client.post(page, {"phone": "", "information": "Sonner deux fois", "version": version["value"]})
    assert answer.status_code == 302
    assert "Sonner deux fois" in text_of(client, address(cpts, doctor))
    assert AuditLine.objects.get(act="describe_place").actor == manager.audit_label


def test_who_is_no_member_and_who_is_no_manager_find_nothing(client: Client, cpts: Structure) -> None:
    outsider, other = make.place(), make.structure()
    member = enrolled(make.place(), other)
    for path in (address(cpts, outsider), address(cpts, outsider, "creneaux/"), address(other), address(other, member)):
        assert client.get(path).status_code == 404
    sos = make.structure(kind="sos")
    assert client.get(address(sos)).status_code == 404
    regulator = create_account(email="r@example.org", roles=[Role.REGULATOR], **EARLIER)[0]
    assert signed_in_client(regulator, at=AT).get(address(cpts)).status_code == 403
