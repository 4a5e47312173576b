"""Opening hours typed by an effector or a manager."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Structure
from sas.participation.places.hours import version_of
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
UNKNOWN = version_of(None)
WEEK: dict[str, Any] = {"day_0": "8h-12h, 14h-19h", "day_5": "9 h–12 h", "version": UNKNOWN}


def account(role: Role, **given: Any) -> User:
    return create_account(email=f"{role}@example.org", roles=[role], by="test", at=AT, **given)[0]


@pytest.fixture
def place(db: None) -> PracticeLocation:
    return make.place(place_key="R1")


@pytest.fixture
def client(place: PracticeLocation) -> Client:
    return signed_in_client(account(Role.EFFECTOR, national_id=place.national_id))


def test_hours_are_kept_for_every_activity_of_the_place_and_withdrawn(client: Client, place: PracticeLocation) -> None:
    make.place(place.practitioner, place_key="R1", specialty="SM26")
    page = f"/lieux/{place.national_id}/horaires/?lieu=R1"
    assert client.post(page, WEEK).status_code == 302
    assert set(map(version_of, PracticeLocation.objects.values_list("hours_override", flat=True))) != {UNKNOWN}
    text = client.get(f"/lieux/{place.national_id}/").content.decode()
    assert "lundi : 8 h–12 h, 14 h–19 h" in text
    assert AuditLine.objects.get(act="describe_hours").target == f"{place.national_id} R1"
    place.refresh_from_db()
    assert client.post(page, {"version": version_of(place.hours_override)}).status_code == 302
    assert "inconnus" in client.get(f"/lieux/{place.national_id}/").content.decode()


def test_a_day_that_cannot_be_read_is_said_beside_it_and_nothing_is_lost(
    client: Client, place: PracticeLocation
) -> None:
    sent = WEEK | {"day_2": "le matin"}
    answer = client.post(f"/lieux/{place.national_id}/horaires/", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="le matin"' in text
    assert 'id="id_day_2-erreur"' in text
    assert "8h-12h, 14h-19h" in text


def test_a_stale_form_is_told_and_kept(client: Client, place: PracticeLocation) -> None:
    page = f"/lieux/{place.national_id}/horaires/"
    client.post(page, WEEK)
    answer = client.post(page, WEEK | {"day_0": "10 h–11 h"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "par vous le" in text
    assert 'value="10 h–11 h"' in text
    place.refresh_from_db()
    assert f'value="{version_of(place.hours_override)}"' in text


def test_a_manager_gives_the_hours_of_a_structure_where_no_source_does(db: None) -> None:
    manager = account(Role.STRUCTURE_MANAGER)
    one = make.structure(kind="cds")
    StructureAttachment.objects.create(user=manager, structure=one, attached_at=AT)
    client = signed_in_client(manager)
    assert client.post(f"/structures/{one.national_id}/horaires/", WEEK).status_code == 302
    sheet = client.get(f"/structures/{one.national_id}/").content.decode()
    assert "samedi : 9 h–12 h" in sheet
    Structure.objects.update(opening_hours=[{"day": 0, "from": "08:00", "to": "20:00"}])
    sheet = client.get(f"/structures/{one.national_id}/").content.decode()
    assert "lundi : 8 h–20 h" in sheet
    assert "Donner les horaires" not in sheet


def test_the_hours_of_somebody_else_s_place_are_not_there(client: Client) -> None:
    assert client.get(f"/lieux/{make.place().national_id}/horaires/").status_code == 404
    assert client.post(f"/structures/{make.structure().national_id}/horaires/", WEEK).status_code == 404
