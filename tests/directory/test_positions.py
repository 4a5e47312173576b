"""Places leave the centre of their commune for their address, once per address, and never for a guess."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sas.directory.models import PracticeLocation
from sas.web.models import AuditLine
from tests.factories.directory import place
from tests.fakes.ban_server import FakeBan, fake_ban

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(settings: Any) -> Iterator[FakeBan]:
    with fake_ban() as fake:
        settings.SAS_GEOCODER_URL = fake.base_url
        yield fake


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("geocode_places", *arguments, stdout=out)
    return out.getvalue()


def at(location: PracticeLocation) -> tuple[float, float, str]:
    location.refresh_from_db()
    return location.latitude, location.longitude, location.precision


def test_two_people_at_one_address_move_together_for_one_call(service: FakeBan) -> None:
    places = [place(line="12 rue Nationale"), place(line="12 rue Nationale")]
    service.found = {"coordinates": (3.06, 50.64)}
    assert "1 adresses situées sur 1" in run()
    assert [at(location) for location in places] == [(50.64, 3.06, "address")] * 2
    assert len(service.asked) == 1
    assert AuditLine.objects.filter(act="record_positions", after={"places": 2}).exists()


def test_a_second_run_asks_nothing_again(service: FakeBan) -> None:
    place(line="12 rue Nationale")
    run()
    run()
    assert len(service.asked) == 1


def test_a_guess_leaves_the_place_at_its_commune(service: FakeBan) -> None:
    service.score = 0.3
    location = place(line="Immeuble de la gare")
    before = at(location)
    assert "1 inconnues" in run()
    assert at(location) == before


def test_a_service_that_stops_is_said_and_harms_nothing(service: FakeBan) -> None:
    service.behaviour = "error"
    location = place(line="12 rue Nationale")
    before = at(location)
    with pytest.raises(CommandError, match="relancez la commande plus tard"):
        run()
    assert at(location) == before


def test_a_department_narrows_the_work(service: FakeBan) -> None:
    place(line="12 rue Nationale")
    run("--department", "62")
    assert service.asked == []


def test_without_an_address_service_the_command_says_what_to_set(settings: Any) -> None:
    settings.SAS_GEOCODER_URL = ""
    with pytest.raises(CommandError, match="SAS_GEOCODER_URL"):
        run()
