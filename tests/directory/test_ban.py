"""The adapter of the national address API, against a fake that is itself checked against the documented shape."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sas.directory.ban import Ban, BanRefused, BanUnavailable
from tests.fakes.ban_server import FakeBan, fake_ban

GOLDEN = Path(__file__).parent.parent / "golden" / "ban" / "search.json"


@pytest.fixture
def server() -> Iterator[FakeBan]:
    with fake_ban() as running:
        yield running


@pytest.fixture
def ban(server: FakeBan) -> Iterator[Ban]:
    client = Ban(server.base_url, total_s=0.4, connect_s=0.4)
    yield client
    client.close()


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


def test_the_fake_answers_in_the_documented_shape(server: FakeBan) -> None:
    documented = json.loads(GOLDEN.read_text())
    assert shape(server.answer({"q": "12 rue nationale lille", "limit": "1"})) == shape(documented)


def test_an_address_is_found_with_its_commune_and_position(ban: Ban, server: FakeBan) -> None:
    (found,) = ban.search("12 rue nationale", limit=1, citycode="59350")
    assert (found.label, found.type, found.citycode) == ("12 Rue Nationale 59000 Lille", "housenumber", "59350")
    assert (found.latitude, found.longitude) == (50.633333, 3.063064)
    assert server.asked[0] == {
        **{"path": "/search/", "q": "12 rue nationale", "limit": "1", "autocomplete": "0", "citycode": "59350"}
    }


def test_the_text_travels_whole_whatever_its_characters(ban: Ban, server: FakeBan) -> None:
    ban.search("rue d'Été & C° #12 + 100 %")
    assert server.asked[0]["q"] == "rue d'Été & C° #12 + 100 %"


def test_a_point_finds_the_addresses_around_it(ban: Ban, server: FakeBan) -> None:
    (found,) = ban.reverse(48.85, 2.35)
    assert (found.latitude, found.longitude) == (48.85, 2.35)
    assert server.asked[0]["path"] == "/reverse/"


def test_nothing_found_is_an_answer(ban: Ban, server: FakeBan) -> None:
    server.behaviour = "empty"
    assert ban.search("nulle part") == ()


@pytest.mark.parametrize(
    "behaviour",
    ["error", "busy", "html", "garbage", "array", "shapeless", "nested", "huge", "redirect", "drip", "silent"],
)
def test_a_service_in_trouble_is_unavailable(ban: Ban, server: FakeBan, behaviour: str) -> None:
    server.behaviour = behaviour
    with pytest.raises(BanUnavailable):
        ban.search("12 rue nationale")
    assert len(server.asked) == 1, "no redirect is followed, nothing is tried twice"


def test_nobody_listening_is_unavailable() -> None:
    with fake_ban() as server:
        address = server.base_url
    client = Ban(address)
    with pytest.raises(BanUnavailable):
        client.search("12 rue nationale")
    client.close()


def test_a_refusal_is_final_and_does_not_pause_the_service(ban: Ban, server: FakeBan) -> None:
    server.behaviour = "refuse"
    for number in range(5):
        with pytest.raises(BanRefused):
            ban.search(f"{number} rue nationale")
    assert len(server.asked) == 5


def test_the_same_question_is_asked_once_while_its_answer_is_fresh(server: FakeBan) -> None:
    clock = Clock()
    client = Ban(server.base_url, kept_s=60, clock=clock)
    assert client.search("12 rue nationale") == client.search("12 rue nationale")
    assert len(server.asked) == 1
    clock.now = 61
    client.search("12 rue nationale")
    assert len(server.asked) == 2
    client.close()


def test_answers_kept_are_bounded(server: FakeBan) -> None:
    client = Ban(server.base_url, most_kept=2)
    for number in (1, 2, 3, 1):
        client.search(f"{number} rue nationale")
    assert [asked["q"][0] for asked in server.asked] == ["1", "2", "3", "1"]
    client.close()


def test_after_failures_the_service_is_left_alone_then_probed_once(server: FakeBan) -> None:
    clock = Clock()
    client = Ban(server.base_url, failures_before_pause=2, pause_s=30, clock=clock)
    server.behaviour = "error"
    for number in range(4):
        with pytest.raises(BanUnavailable):
            client.search(f"{number} rue nationale")
    assert len(server.asked) == 2
    clock.now = 31
    server.behaviour = "ok"
    assert client.search("5 rue nationale")
    assert client.search("6 rue nationale")
    assert len(server.asked) == 4
    client.close()


def test_addresses_never_reach_the_log(ban: Ban, server: FakeBan, caplog: pytest.LogCaptureFixture) -> None:
    server.behaviour = "error"
    with caplog.at_level(logging.DEBUG, logger="sas"), pytest.raises(BanUnavailable) as raised:
        ban.search("12 impasse du secret")
    assert "secret" not in caplog.text
    assert "secret" not in str(raised.value)
    assert "unavailable" in caplog.text


def test_a_closed_client_may_be_used_again(ban: Ban) -> None:
    ban.search("1 rue nationale")
    ban.close()
    assert ban.search("2 rue nationale")
