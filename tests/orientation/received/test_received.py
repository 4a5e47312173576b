"""« Orientations reçues »: those of a doctor, of a structure, of whoever acts for them; never those of others."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sas.accounts.models import Delegation, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Structure
from sas.orientation.models import Orientation
from sas.orientation.services import Receiver
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make
from tests.factories import orientation as orient
from tests.factories.agenda import AT

HOME = "/orientations/recues/"


def account(role: Role, **given: Any) -> User:
    values: dict[str, Any] = {"email": f"{role}@example.org", "territories": [], "by": "test", "at": AT} | given
    return create_account(roles=[role], **values)[0]


def effector(place: PracticeLocation) -> Client:
    return signed_in_client(account(Role.EFFECTOR, national_id=place.practitioner.national_id))


def manager(*structures: Structure) -> Client:
    user = account(Role.STRUCTURE_MANAGER)
    for structure in structures:
        StructureAttachment.objects.create(user=user, structure=structure, attached_at=AT)
    return signed_in_client(user)


@pytest.fixture
def sender(db: None) -> User:
    make.territory()
    return orient.regulator("SAS-59", family_name="DISCRET")


@pytest.fixture
def place(sender: User) -> PracticeLocation:
    return make.place()


def to(sender: User, *, location: PracticeLocation | None = None, structure: Structure | None = None, **given: Any):
    receiver = Receiver(location_id=location.pk if location else None, structure_id=structure.pk if structure else None)
    return orient.en_sus(sender, receiver, at=timezone.now(), **given)


def lines(client: Client, key: str, query: str = "") -> list[Tag]:
    answer = client.get(f"{HOME}{key}/?{query}")
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").select("li[id^=o-]")


def text_of(line: Tag) -> str:
    return " ".join(line.get_text(" ").split())


def press(client: Client, key: str, row: Orientation, act: str, **fields: str) -> Any:
    return client.post(f"{HOME}{key}/{row.uuid}/acte/", {"acte": act} | fields)


def test_a_doctor_reads_who_comes_from_which_sas_and_no_name(sender: User, place: PracticeLocation) -> None:
    to(sender, location=place)
    to(sender, location=make.place())
    client = effector(place)
    assert client.get(HOME)["Location"] == f"{HOME}{place.practitioner.national_id}/"
    [line] = lines(client, place.practitioner.national_id)
    assert "Adressé par la régulation, SAS du Nord" in text_of(line)
    assert "DISCRET" not in client.get(f"{HOME}{place.practitioner.national_id}/").content.decode()


def test_a_doctor_says_honoured_comes_back_and_says_not_honoured(sender: User, place: PracticeLocation) -> None:
    row = to(sender, location=place)
    Orientation.objects.filter(pk=row.pk).update(starts_at=timezone.now() - timedelta(minutes=5))
    client, key = effector(place), place.practitioner.national_id
    for act, state in (("honour", "fulfilled"), ("undo", "booked"), ("miss", "noshow")):
        assert press(client, key, row, act).status_code == 302
        row.refresh_from_db()
        assert row.state == state
    assert press(client, key, row, "cancel", motif="declined").status_code == 409


def test_a_doctor_who_cancels_is_read_by_the_regulator(sender: User, place: PracticeLocation) -> None:
    row = to(sender, location=place)
    press(effector(place), place.practitioner.national_id, row, "cancel", motif="declined")
    page = signed_in_client(sender).get("/mes-orientations/").content.decode()
    assert "annulée" in page
    assert "le professionnel ne peut plus recevoir" in page


def test_what_a_regulator_did_is_not_undone_by_who_receives(sender: User, place: PracticeLocation) -> None:
    row = to(sender, location=place)
    client = effector(place)
    assert "Revenir en arrière" not in text_of(lines(client, place.practitioner.national_id)[0])
    assert press(client, place.practitioner.national_id, row, "undo").status_code == 409


def test_nobody_reads_or_changes_what_another_received(sender: User, place: PracticeLocation) -> None:
    other = make.place()
    row = to(sender, location=other)
    client = effector(place)
    assert client.get(f"{HOME}{other.practitioner.national_id}/").status_code == 404
    assert press(client, place.practitioner.national_id, row, "cancel").status_code == 404
    assert press(client, other.practitioner.national_id, row, "cancel").status_code == 404
    row.refresh_from_db()
    assert row.state == "booked"


def test_a_manager_reads_what_came_through_the_structure_only(sender: User, place: PracticeLocation) -> None:
    cpts = make.structure(name="CPTS de la Lys")
    place.structure = cpts
    place.save()
    through, own = to(sender, structure=cpts), to(sender, location=place)
    client = manager(cpts)
    assert [str(line["id"]) for line in lines(client, cpts.national_id)] == [f"o-{through.uuid}"]
    assert client.get(f"{HOME}{place.practitioner.national_id}/").status_code == 404
    assert press(client, cpts.national_id, own, "cancel").status_code == 404


def test_a_manager_names_the_doctor_who_receives(sender: User, place: PracticeLocation) -> None:
    cpts = make.structure(name="CPTS de la Lys")
    place.structure = cpts
    place.save()
    row = to(sender, structure=cpts)
    client = manager(cpts)
    [line] = lines(client, cpts.national_id)
    assert "médecin à nommer" in text_of(line)
    values = {field["name"]: field["value"] for field in line.select("form[action$=medecin\\/] input")}
    stranger = make.place()
    address = f"{HOME}{cpts.national_id}/{row.uuid}/medecin/"
    assert client.post(address, values | {"medecin": stranger.pk}).status_code == 404
    assert client.post(address, values | {"medecin": "x"}).status_code == 400
    assert client.post(address, values | {"medecin": place.pk}).status_code == 302
    row.refresh_from_db()
    assert (row.practitioner, row.structure) == (place.practitioner, cpts)
    assert row.practitioner_name in text_of(lines(client, cpts.national_id)[0])
    other = make.place(structure=cpts)
    assert client.post(address, values | {"medecin": other.pk}).status_code == 409  # read before the first was named


def test_advice_to_an_establishment_is_nobody_s_patient(sender: User) -> None:
    centre = make.structure(kind="establishment")
    signed_in_client(sender).post(f"/sas/orientation/conseil/{centre.pk}/")
    assert Orientation.objects.get().structure == centre
    assert lines(manager(centre), centre.national_id) == []


def test_a_delegate_does_it_under_their_own_name(sender: User, place: PracticeLocation) -> None:
    doctor = account(Role.EFFECTOR, national_id=place.practitioner.national_id)
    delegate = account(Role.DELEGATE)
    Delegation.objects.create(
        delegator=doctor, delegate=delegate, delegate_email=delegate.email or "", delegate_family_name="X",
        delegate_given_name="Y", scopes=["agenda"], ends_on=AT.date() + timedelta(days=300), token_sha256="0" * 64,
        prepared_by="test", prepared_at=AT, confirmed_at=AT, accepted_at=AT,
    )  # fmt: skip
    row = to(sender, location=place)
    client = signed_in_client(delegate)
    assert press(client, place.practitioner.national_id, row, "honour").status_code == 302
    assert str(delegate.pk) in row.events.get(act="honour").by


def test_thirty_days_past_are_apart_and_older_ones_are_gone(sender: User, place: PracticeLocation) -> None:
    today, yesterday, old = (to(sender, location=place) for _ in range(3))
    now = timezone.now()
    for row, days in ((yesterday, 1), (old, 40)):
        Orientation.objects.filter(pk=row.pk).update(starts_at=now - timedelta(days=days), ends_at=None)
    client, key = effector(place), place.practitioner.national_id
    assert [str(line["id"]) for line in lines(client, key)] == [f"o-{today.uuid}"]
    assert [str(line["id"]) for line in lines(client, key, "periode=passees")] == [f"o-{yesterday.uuid}"]
    assert len(lines(client, key, "periode=hier&suite=rien")) == 1


def test_the_home_page_says_who_is_expected_at_a_constant_cost(sender: User, place: PracticeLocation) -> None:
    client = effector(place)
    page = text_of(BeautifulSoup(client.get("/").content, "html.parser"))
    assert "Aucun patient adressé pour aujourd’hui" in page
    to(sender, location=place)
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for hours in (2, 3, 4, 5, 6, 7):
        to(sender, location=place, starts_at=timezone.now() + timedelta(hours=hours))
    with CaptureQueriesContext(connection) as several:
        page = text_of(BeautifulSoup(client.get("/").content, "html.parser"))
    assert "Patients adressés" in page
    assert "en sus" in page
    assert len(several) == len(one)


def test_the_home_of_a_manager_leads_to_each_structure(sender: User) -> None:
    msp, cpts = make.structure(kind="msp", name="MSP des Lilas"), make.structure(name="CPTS de la Lys")
    to(sender, structure=cpts)
    client = manager(msp, cpts)
    page = text_of(BeautifulSoup(client.get("/").content, "html.parser"))
    assert "Patients adressés à vos structures" in page
    assert "CPTS de la Lys" in page
    choice = BeautifulSoup(client.get(HOME).content, "html.parser").select("main ul.fr-raw-list a")
    assert [link.get_text() for link in choice] == ["CPTS de la Lys", "MSP des Lilas"]
