"""The orientations of a territory: own territories only, days without hours, counts, and a file without names."""

import csv
import io
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.lrm.models import Message
from sas.orientation.models import Orientation
from sas.orientation.rules import Act, Actor, Reason
from sas.orientation.services import Receiver, act_on, note_advice
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make
from tests.factories import orientation as orient

PAGE = "/gestion/orientations/SAS-59/"


@pytest.fixture
def sender(db: None) -> User:
    make.territory()
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais", departments=["62"])
    orient.lrm()
    return orient.regulator("SAS-59", family_name="DISCRET")


def referent(*codes: str) -> Client:
    return signed_in_client(orient.regulator(codes[0], role=Role.TERRITORIAL_REFERENT))


def zola(sender: User) -> Orientation:
    doctor = make.practitioner(family_name="ZOLA", given_name="Émile")
    return orient.en_sus(sender, Receiver(location_id=make.place(doctor).pk), at=timezone.now())


def cpts(sender: User) -> Orientation:
    return orient.en_sus(sender, Receiver(structure_id=make.structure(name="CPTS de la Lys").pk), at=timezone.now())


def text_of(client: Client, query: str = "") -> str:
    answer = client.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    return " ".join(BeautifulSoup(answer.content, "html.parser").select("main")[0].get_text(" ").split())


def exported(client: Client, **fields: str) -> list[list[str]]:
    answer = client.post(f"{PAGE}export.csv", fields)
    content = b"".join(answer.streaming_content).decode().lstrip("\ufeff")  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(content), delimiter=";"))


def test_a_referent_reads_those_of_the_territory_with_the_day_and_never_the_hour(sender: User) -> None:
    row = zola(sender)
    orient.en_sus(orient.regulator("SAS-62"), at=timezone.now())
    client = referent("SAS-59")
    assert client.get("/gestion/orientations/")["Location"] == PAGE
    page = text_of(client)
    assert "1 orientation " in page
    assert "Dr Émile ZOLA" in page
    assert "DISCRET" in page
    start = row.starts_at.astimezone(timezone.get_default_timezone()) if row.starts_at else timezone.now()
    # A second read of the clock: the hour at which it was made is said, that of the appointment is not.
    assert f"{start.hour} h {start.minute:02}" not in page.replace("\xa0", " ")


def test_another_territory_does_not_exist(sender: User) -> None:
    client = referent("SAS-62")
    assert client.get(PAGE).status_code == 404
    assert client.post(f"{PAGE}export.csv").status_code == 404
    assert not AuditLine.objects.filter(act="export_orientations").exists()


def test_everything_is_counted_advice_apart(sender: User) -> None:
    for made in (zola(sender), cpts(sender)):
        act_on(
            orientation=made,
            act=Act.CANCEL,
            actor=Actor.REGULATOR,
            reason=Reason.DECLINED,
            by="test",
            at=timezone.now(),
        )
    kept = zola(sender)
    hospital = make.structure(kind="establishment", name="CH de Lille")
    note_advice(asking=orient.asking(sender), structure_id=hospital.pk, by="test", at=timezone.now())
    now = timezone.now()
    Message.objects.filter(subject=kept.uuid).update(state="acknowledged", published_at=now, answered_at=now)
    page = text_of(referent("SAS-59"))
    for words in (
        "3 orientations du ",
        "1 conseil d’établissement, compté à part",
        "en sus 3",
        "annulée 2",
        "confirmée 1",
        "professionnel 2",
        "CPTS 1",
        "le professionnel ne peut plus recevoir 2",
        "33 % confirmées par le LRM (1 sur 3 à transmettre)",
    ):
        assert words in page


def test_a_message_that_was_followed_by_another_confirms_nothing(sender: User) -> None:
    row, now = zola(sender), timezone.now()
    Message.objects.filter(subject=row.uuid).update(state="acknowledged", published_at=now, answered_at=now)
    act_on(orientation=row, act=Act.HONOUR, actor=Actor.REGULATOR, by="test", at=now)
    assert "0 % confirmées par le LRM (0 sur 1" in text_of(referent("SAS-59"))


def test_filters_keep_what_they_say(sender: User) -> None:
    zola(sender)
    cpts(sender)
    client = referent("SAS-59")
    assert "1 orientation " in text_of(client, "categorie=CPTS")
    assert "1 orientation " in text_of(client, "texte=emile")
    assert "2 orientations " in text_of(client, "etat=booked&voie=overbooking")
    assert "Aucune orientation " in text_of(client, "voie=agenda")
    Orientation.objects.update(created_at=timezone.now() - timedelta(days=20))
    assert "Aucune orientation " in text_of(client)
    since = (timezone.localdate() - timedelta(days=25)).isoformat()
    assert "2 orientations " in text_of(client, f"du={since}")


def test_the_file_has_neither_doctor_nor_hour_nor_regulator_and_leaves_a_line(sender: User) -> None:
    row = zola(sender)
    cpts(sender)
    client = referent("SAS-59")
    header, *rows = exported(client, voie="overbooking")
    assert header[:4] == ["Faite le", "Voie", "Catégorie", "Structure"]
    assert sorted(line[3] for line in rows) == ["", "CPTS de la Lys"]
    whole = str(rows)
    assert "ZOLA" not in whole
    assert "DISCRET" not in whole
    assert ":" not in whole.replace("\\'", "")
    assert row.starts_at is not None
    assert {len(line) for line in rows} == {len(header)}
    [line] = AuditLine.objects.filter(act="export_orientations")
    assert line.after is not None
    assert line.after["count"] == 2
    assert "voie=overbooking" in line.after["filters"]


def test_what_was_typed_to_filter_the_file_is_not_kept(sender: User) -> None:
    zola(sender)
    exported(referent("SAS-59"), texte="Emile")
    [line] = AuditLine.objects.filter(act="export_orientations")
    assert line.after is not None
    assert "texte=oui" in line.after["filters"]
    assert "mile" not in str(line.after)


def test_a_long_list_costs_as_many_queries_as_a_short_one(sender: User) -> None:
    zola(sender)
    client = referent("SAS-59")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as short:
        client.get(PAGE)
    for _ in range(5):
        zola(sender)
        cpts(sender)
    with CaptureQueriesContext(connection) as long:
        assert "11 orientations" in text_of(client)
    assert len(long) == len(short)


def test_a_territory_without_a_software_says_so(sender: User) -> None:
    assert "Aucune n’était à transmettre" in text_of(referent("SAS-59"))
