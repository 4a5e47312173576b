"""From a typed text to one place, with and without the national address API."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.directory.ban import Ban
from sas.directory.gazetteer import gazetteer
from sas.directory.geocoding import NotFound, Place, locate, locate_address
from tests.fakes.ban_server import FakeBan, fake_ban

places = gazetteer()


@pytest.fixture
def server() -> Iterator[FakeBan]:
    with fake_ban() as running:
        yield running


@pytest.fixture
def ban(server: FakeBan) -> Iterator[Ban]:
    client = Ban(server.base_url, total_s=0.4)
    yield client
    client.close()


def found(text: str, ban: Ban | None = None) -> Place:
    place = locate(text, ban=ban, gazetteer=places)
    assert isinstance(place, Place), place
    return place


@pytest.mark.parametrize(
    ("text", "label", "kind", "precision"),
    [
        ("Lille", "Lille (59)", "city", "municipality"),
        ("lille (59)", "Lille (59)", "city", "municipality"),
        ("59000", "59000 Lille", "city", "postal_code"),
        ("75011", "75011 Paris 11e", "city", "postal_code"),
        ("Nord", "Nord (59)", "county", "department"),
        ("59", "Nord (59)", "county", "department"),
        ("paris", "Paris (75)", "city", "municipality"),
        ("Paris 11e", "Paris 11e (75)", "city", "municipality"),
        ("saint-denis 93", "Saint-Denis (93)", "city", "municipality"),
        ("Marseile", "Marseille (13)", "city", "municipality"),
        ("34200 Sète", "Sète (34)", "city", "municipality"),
    ],
)
def test_an_area_is_found_without_asking_anyone(
    ban: Ban, server: FakeBan, text: str, label: str, kind: str, precision: str
) -> None:
    place = found(text, ban)
    assert (place.label, place.kind, place.precision) == (label, kind, precision)
    assert not place.degraded
    assert server.asked == []


def test_an_address_is_found_at_its_door(ban: Ban) -> None:
    place = found("12 rue Nationale, 59000 Lille", ban)
    assert (place.label, place.kind, place.precision) == ("12 Rue Nationale 59000 Lille", "address", "housenumber")
    assert (place.insee, place.department, place.source) == ("59350", "59", "Base adresse nationale")


def test_an_address_in_an_arrondissement_belongs_to_the_city(ban: Ban, server: FakeBan) -> None:
    server.found = {"citycode": "75111", "postcode": "75011", "coordinates": [2.38, 48.86], "type": "street"}
    place = found("rue Oberkampf, Paris", ban)
    assert (place.insee, place.postal_code, place.precision) == ("75056", "75011", "street")


def test_an_address_overseas_lives_by_its_own_time(ban: Ban, server: FakeBan) -> None:
    server.found = {"citycode": "97411", "postcode": "97400", "coordinates": [55.45, -20.88]}
    assert found("1 rue de Paris, Saint-Denis 97400", ban).timezone == "Indian/Reunion"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("12 rue Nationale, 59000 Lille", "Lille (59)"),
        ("12 rue nationale lille", "Lille (59)"),
        ("3 rue de la Paix 75002 Paris", "Paris 2e (75)"),
        ("12 avenue Foch, 75116", "Paris 16e (75)"),
        ("bâtiment B, 59045 Lille Cedex", "Lille (59)"),
        ("1 place du Marché, Le Havre", "Le Havre (76)"),
    ],
)
@pytest.mark.parametrize("behaviour", [None, "error", "silent", "html"])
def test_without_the_address_service_the_commune_answers_and_says_so(
    ban: Ban, server: FakeBan, behaviour: str | None, text: str, label: str
) -> None:
    server.behaviour = behaviour or "ok"
    place = found(text, ban if behaviour else None)
    assert (place.label, place.kind, place.degraded) == (label, "city", True)
    assert place.note == f"Adresse exacte indisponible : recherche autour de {label}."


def test_a_poor_guess_of_the_service_is_not_believed(ban: Ban, server: FakeBan) -> None:
    server.score = 0.2
    assert found("12 rue Nationale, 59000 Lille", ban).degraded


def test_an_answer_outside_the_communes_we_know_is_not_believed(ban: Ban, server: FakeBan) -> None:
    server.found = {"citycode": "99999"}
    assert found("12 rue Nationale, 59000 Lille", ban).degraded


@pytest.mark.parametrize("text", ["Saint-Denis", "12 rue des Fleurs, Sainte-Marie"])
def test_homonyms_are_offered_rather_than_guessed(text: str) -> None:
    answer = locate(text, gazetteer=places)
    assert isinstance(answer, NotFound)
    assert "choisissez" in answer.reason
    assert len(answer.suggestions) >= 2


@pytest.mark.parametrize("text", ["", "   ", "zzzz", "x" * 10_000, "<script>", "\x00", "' OR 1=1 --", "日本", "<b>"])
def test_what_is_not_a_place_gets_a_sentence_that_says_what_to_do(text: str) -> None:
    answer = locate(text, gazetteer=places)
    assert isinstance(answer, NotFound)
    assert any(word in answer.reason for word in ("tapez", "Indiquez"))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=80), st.text("12 rue,de59lhpaix", max_size=40)))
def test_any_text_is_survived(text: str) -> None:
    answer = locate(text, gazetteer=places)
    if isinstance(answer, Place):
        assert Place.from_token(answer.token()) is not None


# ── contextual call ──


def test_a_commune_code_wins_over_the_city_and_keeps_the_arrondissement_s_point(ban: Ban, server: FakeBan) -> None:
    place = locate_address(insee="69383", city="Toulouse", gazetteer=places)
    district = places.district("69003")
    assert isinstance(place, Place)
    assert district is not None
    assert (place.insee, place.label) == ("69123", "Lyon 3e (69)")
    assert (place.latitude, place.longitude) == district.point
    locate_address(street_number="12", street_name="rue Nationale", insee="59350", ban=ban, gazetteer=places)
    assert (server.asked[0]["q"], server.asked[0]["citycode"]) == ("12 rue Nationale, Lille", "59350")


def test_a_street_without_the_service_searches_around_its_commune() -> None:
    place = locate_address(street_number="12", street_name="rue Nationale", insee="59350", gazetteer=places)
    assert isinstance(place, Place)
    assert place.degraded
    by_city = locate_address(city="31400 Toulouse", street_name="Avenue de l'Urss", gazetteer=places)
    assert isinstance(by_city, Place)
    assert by_city.insee == "31555"


@pytest.mark.parametrize("insee", ["75001", "99999999", "59000", "'"])
def test_an_unknown_commune_code_is_refused_even_with_a_good_city(insee: str) -> None:
    answer = locate_address(insee=insee, city="Lille", gazetteer=places)
    assert isinstance(answer, NotFound)
    assert "code de commune" in answer.reason


# ── the place carried by a suggestion ──


@pytest.mark.parametrize("text", ["Lille", "75011", "Nord", "Hiva-Oa", "Bâgé-la-Ville", "L'Haÿ-les-Roses"])
def test_a_chosen_place_comes_back_as_it_left(text: str) -> None:
    place = found(text)
    assert Place.from_token(place.token()) == replace(place, degraded=False, note="")
    assert len(place.token()) <= 600


def test_an_address_comes_back_as_it_left(ban: Ban) -> None:
    place = found("12 rue Nationale, 59000 Lille", ban)
    assert Place.from_token(place.token()) == place


GOOD = ["city", "municipality", 50.63, 3.07, "59", "59350", "59000", "Lille (59)"]


def written(fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def test_the_control_token_is_accepted() -> None:
    assert Place.from_token(written(GOOD)) is not None


@pytest.mark.parametrize(
    ("position", "value"),
    [
        (0, "planet"),
        (1, "housenumber"),
        (2, 43.3),
        (2, 91),
        (2, None),
        (2, "50"),
        (3, 181),
        (3, -3.07e30),
        (4, "2Z"),
        (4, "974"),
        (5, "75056"),
        (5, "99999"),
        (6, "5900"),
        (6, "٥٩٠٠٠"),
        (7, "<b>Lille</b>"),
        (7, "Lille\nwww"),
        (7, "appelez http://x"),
        (7, ""),
        (7, "x" * 200),
    ],
)
def test_a_tampered_token_is_nothing(position: int, value: object) -> None:
    fields = list(GOOD)
    fields[position] = value
    assert Place.from_token(written(fields)) is None


@pytest.mark.parametrize("text", ["", "a", "é", "====", "A" * 601, written({}), written([]), written([GOOD]), "-_-_"])
def test_garbage_is_no_token(text: str) -> None:
    assert Place.from_token(text) is None


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=100), st.binary(max_size=100).map(lambda b: base64.urlsafe_b64encode(b).decode())))
def test_any_token_is_survived(text: str) -> None:
    assert Place.from_token(text) is None
