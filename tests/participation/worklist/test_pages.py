"""The worklist of the referent: own territories only, filters, contacts, the file, and its cost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import Practitioner, Territory
from sas.participation.models import Outreach
from sas.participation.services import declare_participation
from sas.participation.worklist.queries import doctors_of
from sas.participation.worklist.rules import Flag
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
BY: dict[str, Any] = {"by": "test", "at": AT}
PAGE = "/gestion/mobilisation/SAS-59/"


@pytest.fixture
def north(db: None) -> Territory:
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais", communes=["59001"])
    return make.territory()


@pytest.fixture
def doctor(north: Territory) -> Practitioner:
    found = make.practitioner(family_name="ZOLA", given_name="Émile")
    make.place(found)
    return found


def referent(code: str = "SAS-59") -> Client:
    user, _ = create_account(email="r@example.org", roles=[Role.TERRITORIAL_REFERENT], territories=[code], **BY)
    return signed_in_client(user)


def names(client: Client, query: str = "") -> list[str]:
    page = BeautifulSoup(client.get(f"{PAGE}?{query}").content, "html.parser")
    return [title.get_text() for title in page.select("[id^=medecin-] h2")]


def test_a_doctor_who_never_came_is_listed_and_one_in_order_is_not(doctor: Practitioner, north: Territory) -> None:
    assert [one.flags for one in doctors_of(north, date(2026, 6, 1))] == [(Flag.NOT_ENROLLED,)]
    assert names(referent()) == ["ZOLA Émile"]


def test_a_participant_without_anything_to_show_is_said_so(doctor: Practitioner, north: Territory) -> None:
    declare_participation(practitioner=doctor, via="individual", **BY)
    assert [one.flags for one in doctors_of(north, date(2026, 6, 1))] == [(Flag.NOT_VISIBLE,)]


def test_only_those_who_practise_in_the_territory_are_listed(doctor: Practitioner, north: Territory) -> None:
    make.place(insee="59001", city="Abancourt")  # that commune answers to the SAS next door
    make.place(department="62", insee="62041", city="Arras")
    make.place(specialty="SM38", savoir_faire="SM38")
    assert [one.name for one in doctors_of(north, date(2026, 6, 1))] == ["ZOLA Émile"]
    beside = Territory.objects.get(code="SAS-62")
    assert {one.city for one in doctors_of(beside, date(2026, 6, 1))} == {"Abancourt", "Arras"}


def test_another_territory_s_doctors_are_not_shown(doctor: Practitioner) -> None:
    client = referent("SAS-62")
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}export.csv").status_code == 404
    assert client.post(f"{PAGE}medecins/{doctor.pk}/contact/", {"jour": "2026-01-01"}).status_code == 404
    assert not Outreach.objects.exists()


def test_a_contact_is_noted_shown_filtered_and_withdrawn(doctor: Practitioner) -> None:
    client = referent()
    answer = client.post(f"{PAGE}medecins/{doctor.pk}/contact/", {"jour": "2026-05-04", "suite": "rappelle lundi"})
    assert answer.status_code == 302
    page = client.get(PAGE).content.decode()
    assert "Contacté le 4 mai 2026 : rappelle lundi" in page
    assert names(client, "contact=non") == []
    assert names(client, "contact=oui") == ["ZOLA Émile"]
    noted = Outreach.objects.get()
    client.post(f"{PAGE}contacts/{noted.pk}/retirer/")
    assert names(client, "contact=non") == ["ZOLA Émile"]
    acts = AuditLine.objects.order_by("pk").values_list("act", flat=True)
    assert [act for act in acts if "outreach" in act] == ["note_outreach", "withdraw_outreach"]


@pytest.mark.parametrize(
    ("day", "note", "sentence"),
    [
        ("", "x", "Donnez le jour"),
        ("pas un jour", "x", "Donnez le jour"),
        ("2026-02-30", "x", "Donnez le jour"),
        ((timezone.localdate() + timedelta(days=2)).isoformat(), "x", "Donnez le jour"),
        ("2026-01-05", "y" * 301, "300 caractères"),
    ],
)
def test_a_wrong_contact_is_said_in_place_and_what_was_typed_stays(
    doctor: Practitioner, day: str, note: str, sentence: str
) -> None:
    answer = referent().post(f"{PAGE}medecins/{doctor.pk}/contact/", {"jour": day, "suite": note})
    assert answer.status_code == 422
    page = BeautifulSoup(answer.content, "html.parser")
    assert sentence in page.select_one(f"#erreur-{doctor.pk}").get_text()  # type: ignore[union-attr]
    assert page.select_one(f"#suite-{doctor.pk}")["value"] == note  # type: ignore[index]


def test_a_doctor_of_elsewhere_is_not_noted(doctor: Practitioner) -> None:
    elsewhere = make.practitioner()
    make.place(elsewhere, department="62", insee="62041")
    answer = referent().post(f"{PAGE}medecins/{elsewhere.pk}/contact/", {"jour": "2026-05-04"})
    assert answer.status_code == 422
    assert not Outreach.objects.exists()


def test_sending_a_contact_twice_notes_it_once(doctor: Practitioner) -> None:
    client = referent()
    for _ in range(2):
        client.post(f"{PAGE}medecins/{doctor.pk}/contact/", {"jour": "2026-05-04", "suite": ""})
    assert Outreach.objects.count() == 1


def test_junk_is_read_as_nothing(doctor: Practitioner) -> None:
    client = referent()
    assert client.get(f"{PAGE}?page={'9' * 5000}").status_code == 200
    client.post(f"{PAGE}medecins/{doctor.pk}/contact/", {"jour": "2026-05-04", "suite": "a\0b"})
    assert Outreach.objects.get().note == "a b"


def test_filters_by_reason_and_text_and_counts_stay(doctor: Practitioner) -> None:
    enrolled = make.practitioner(family_name="HUGO", given_name="Victor")
    make.place(enrolled, city="Roubaix", insee="59512")
    declare_participation(practitioner=enrolled, via="individual", **BY)
    client = referent()
    assert names(client) == ["HUGO Victor", "ZOLA Émile"]
    assert names(client, "motif=non-inscrit") == ["ZOLA Émile"]
    assert names(client, "motif=sans-visibilite") == ["HUGO Victor"]
    assert names(client, "texte=roubaix") == ["HUGO Victor"]
    assert names(client, "texte=emile+zola") == ["ZOLA Émile"]
    assert "non inscrit (1)" in client.get(f"{PAGE}?motif=sans-visibilite").content.decode()
    assert names(client, "motif=rien&page=abc&contact=peut-etre") == ["HUGO Victor", "ZOLA Émile"]


def test_the_file_holds_the_filtered_list_and_leaves_a_line(doctor: Practitioner) -> None:
    answer = referent().post(f"{PAGE}export.csv", {"motif": "non-inscrit"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "ZOLA Émile" in text
    assert "non inscrit" in text
    line = AuditLine.objects.get(act="export_worklist")
    assert line.after == {"filters": "motif=non-inscrit", "count": 1}


def test_the_only_territory_opens_at_once(doctor: Practitioner) -> None:
    answer = referent().get("/gestion/mobilisation/")
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)


def test_the_list_costs_the_same_whatever_its_length(
    north: Territory, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        found = make.practitioner()
        make.place(found)
        if number % 2:
            declare_participation(practitioner=found, via="individual", **BY)
    with django_assert_max_num_queries(11):
        assert len(doctors_of(north, date(2026, 6, 1))) == 30
