"""The import of an agenda on screen: previewed, opened once, nothing of the file kept."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.models import Series
from sas.directory.models import Practitioner
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

SETUP: dict[str, Any] = {"by": "test", "at": datetime(2026, 3, 20, 9, tzinfo=UTC)}
FORM: dict[str, Any] = {
    "place": "R1",
    "meaning": "free",
    "shape": "split",
    "minutes": "20",
    "modalities": ["AMB", "VR"],
}


@pytest.fixture
def doctor(db: None) -> Practitioner:
    made = make.practitioner()
    make.place(made, place_key="R1", name="CABINET DES LILAS")
    far = {"timezone": "Indian/Reunion", "insee": "97411", "department": "974"}
    make.place(made, place_key="R2", name="CABINET DU PORT", **far)
    return made


@pytest.fixture
def client(doctor: Practitioner) -> Client:
    return signed_in_client(account(Role.EFFECTOR, national_id=doctor.national_id))


def account(role: Role, **given: Any) -> User:
    return create_account(email=f"{role}@example.org", roles=[role], **SETUP, **given)[0]


def in_days(days: int) -> str:
    return f"{datetime.now(UTC).astimezone(ZoneInfo('Europe/Paris')).date() + timedelta(days=days):%Y%m%d}"


def ics(*events: str) -> SimpleUploadedFile:
    body = "".join(f"BEGIN:VEVENT\nSUMMARY:PATIENTE Jeanne\n{event}\nEND:VEVENT\n" for event in events)
    return SimpleUploadedFile("jeanne.ics", f"BEGIN:VCALENDAR\n{body}END:VCALENDAR\n".encode())


def sent(client: Client, doctor: Practitioner, file: SimpleUploadedFile | None, **given: Any) -> tuple[int, str]:
    data = FORM | given | ({"file": file} if file is not None else {})
    answer = client.post(f"/agenda/{doctor.national_id}/icalendar/", data)
    return answer.status_code, answer.content.decode()


def keep(client: Client, doctor: Practitioner, page: str, place: str = "R1") -> Any:
    sealed = re.search(r'name="apercu" value="([^"]+)"', page)
    assert sealed
    data = {"apercu": sealed[1], "place": place}
    return client.post(f"/agenda/{doctor.national_id}/icalendar/ouvrir/", data, follow=True)


def morning(days: int = 3) -> str:
    return f"DTSTART:{in_days(days)}T090000\nDTEND:{in_days(days)}T111000"


def test_a_file_is_previewed_then_opened_once_with_one_audit_line(client: Client, doctor: Practitioner) -> None:
    status, page = sent(client, doctor, ics(morning(), morning(4)))
    assert status == 200
    assert "12 créneaux de 20 minutes, dans 2 moments" in page
    assert not Series.objects.exists()
    before = AuditLine.objects.count()
    answer = keep(client, doctor, page)
    assert "2 moments ouverts" in answer.content.decode()
    first = Series.objects.order_by("first_on")[0]
    assert (first.source, first.split_minutes, first.capacity, first.modalities) == ("icalendar", 20, 1, ["AMB", "VR"])
    assert (str(first.starts_at), str(first.ends_at)) == ("09:00:00", "11:10:00")
    assert AuditLine.objects.count() == before + 1
    assert "2 autres y étaient déjà" in keep(client, doctor, page).content.decode()
    assert Series.objects.count() == 2


def test_no_patient_reaches_the_page_the_session_or_the_trail(client: Client, doctor: Practitioner) -> None:
    _, page = sent(client, doctor, ics(morning(), "DTSTART:x"))
    keep(client, doctor, page)
    kept = [
        page,
        repr(dict(client.session)),
        repr(list(AuditLine.objects.values())),
        repr(list(Series.objects.values())),
    ]
    assert not any("PATIENTE" in one.upper() or "JEANNE" in one.upper() for one in kept)


def test_hours_are_those_of_the_place_chosen(client: Client, doctor: Practitioner) -> None:
    _, page = sent(client, doctor, ics(f"DTSTART:{in_days(3)}T060000Z\nDURATION:PT1H"), place="R2")
    keep(client, doctor, page, place="R2")
    assert str(Series.objects.get().starts_at) == "10:00:00"


def test_a_preview_of_one_place_opens_nothing_at_another(client: Client, doctor: Practitioner) -> None:
    _, page = sent(client, doctor, ics(morning()))
    assert "envoyez de nouveau le fichier" in keep(client, doctor, page, place="R2").content.decode()
    assert keep(client, doctor, page, place="R9").status_code == 404
    assert not Series.objects.exists()


def test_occupations_leave_plages(client: Client, doctor: Practitioner) -> None:
    busy = {"meaning": "busy", "opens": "08:00", "closes": "12:00", "weekdays": [str(n) for n in range(7)]}
    status, page = sent(client, doctor, ics(morning()), shape="band", capacity="6", **busy)
    assert status == 200
    assert "plages de 6 patients" in page
    keep(client, doctor, page)
    assert set(Series.objects.values_list("kind", "capacity")) == {("band", 6)}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": None}, "Choisissez un fichier"),
        ({"file": SimpleUploadedFile("x.pdf", b"%PDF")}, "n’est pas un calendrier"),
        ({"file": SimpleUploadedFile("x.ics", b"BEGIN:VCALENDAR\n" * 140_000)}, "dépasse 2 Mo"),
        ({"meaning": "busy"}, "Donnez une heure"),
        ({"meaning": "busy", "opens": "18:00", "closes": "08:00"}, "La fin vient après le début"),
        ({"shape": "band"}, "nombre de patients"),
        ({"shape": "band", "capacity": "10000"}, "de 1 à 500"),
        ({"shape": "split", "minutes": "7"}, "Choisissez parmi"),
        ({"modalities": []}, "au moins une modalité"),
        ({"place": "R9"}, "Choisissez parmi"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_chosen_stays(
    client: Client, doctor: Practitioner, given: dict[str, Any], said: str
) -> None:
    file = given.pop("file", ics(morning()))
    status, page = sent(client, doctor, file, **given)
    assert status == 422
    assert said in page
    assert re.search(r'value="free"[^>]*checked|value="busy"[^>]*checked', page)


def test_events_left_aside_are_listed_by_their_line(client: Client, doctor: Practitioner) -> None:
    _, page = sent(client, doctor, ics(morning(), "DTSTART:demain"))
    assert "Évènements laissés de côté : 1" in page
    assert "Ligne 7" in page


def test_nothing_to_open_says_so(client: Client, doctor: Practitioner) -> None:
    status, page = sent(client, doctor, ics(f"DTSTART:{in_days(-40)}T090000\nDURATION:PT1H"))
    assert status == 200
    assert "Rien à ouvrir" in page
    assert 'name="apercu"' not in page


def test_a_structure_imports_at_its_own_place(db: None) -> None:
    manager = account(Role.STRUCTURE_MANAGER)
    one = make.structure(kind="sos_place", insee="59350", department="59")
    StructureAttachment.objects.create(user=manager, structure=one, attached_at=SETUP["at"])
    client = signed_in_client(manager)
    data = FORM | {"place": "", "file": ics(morning())}
    page = client.post(f"/agenda/{one.national_id}/icalendar/", data).content.decode()
    sealed = re.search(r'name="apercu" value="([^"]+)"', page)
    assert sealed
    client.post(f"/agenda/{one.national_id}/icalendar/ouvrir/", {"apercu": sealed[1], "place": ""})
    assert Series.objects.get().structure == one


def test_the_agenda_of_somebody_else_does_not_exist(client: Client) -> None:
    other = make.practitioner()
    make.place(other)
    assert sent(client, other, ics(morning()))[0] == 404
    assert client.post(f"/agenda/{other.national_id}/icalendar/ouvrir/", {"apercu": "x"}).status_code == 404
