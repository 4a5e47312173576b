"""The map says of a card what the card says, and a search from it starts where it looks."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from sas.directory.ban import Address, BanUnavailable
from sas.directory.geocoding import Place
from sas.search.conversation import Conversation
from sas.search.criteria import Criteria, InvalidCriteria
from sas.search.maps import Marker, area_of, marker
from sas.search.presenting import Wording, card_view
from tests.search.conftest import Town
from tests.search.making import NOW, answer, lot, offered, seat
from tests.search.reading import ASKED, PAGE, STREAM, articles, events

MAP = ASKED | {"vue": "carte"}
WORDS = Wording(now=NOW, days=3, editors={"alpha": "Alpha"}, books=frozenset({"alpha"}), slot_query="/x?a=1")
AREA = "/sas/recherche/zone"


def marker_of(*slots: object, heard: bool = True) -> Marker:
    """The marker of one candidate whose editor says these slots."""
    conversation = Conversation(lot(seat(1)), Criteria(text="", loc="Lille", show_rest=True))
    if heard:
        conversation.hear(answer(*slots))  # type: ignore[arg-type]
    conversation.end()
    (card,) = conversation.cards()
    return marker(card, card_view(card, WORDS), now=NOW)


@pytest.mark.parametrize(
    ("hours", "soon", "first"),
    [(1, "now", "10 h 00"), (3.75, "now", "12 h 45"), (4, "day", "13 h 00"), (25, "later", "demain 10 h 00")],
)
def test_a_marker_says_how_soon_by_a_shape_and_by_a_time(hours: float, soon: str, first: str) -> None:
    made = marker_of(offered(hours=hours))
    assert (made.soon, made.first.replace("\N{NO-BREAK SPACE}", " ")) == (soon, first)


def test_a_marker_of_whom_nothing_is_known_is_not_that_of_who_has_nothing() -> None:
    assert (marker_of(heard=False).soon, marker_of(heard=False).first) == ("unknown", "")
    assert (marker_of().soon, marker_of().first) == ("none", "")


class Addresses:
    """An address service that answers with this commune, or is down."""

    def __init__(self, insee: str | None) -> None:
        self._insee = insee

    def reverse(self, _latitude: float, _longitude: float) -> tuple[Any, ...]:
        if self._insee is None:
            raise BanUnavailable("down")
        found = dict.fromkeys(Address.__struct_fields__) | {"citycode": self._insee}
        return (type("Found", (), found),)


def area(ban: Any = None, **parameters: str) -> tuple[Place, float]:
    query = QueryDict(mutable=True)
    query.update({"lat": "50.6309", "lon": "3.0709", "rayon": "5"} | parameters)
    return area_of(query, ban=ban)


def test_the_middle_of_a_map_is_a_point_of_its_own_commune() -> None:
    place, radius = area(lat="50.7233", lon="3.1605", rayon="2.34")
    assert (place.insee, place.kind, place.timezone, radius) == ("59599", "address", "Europe/Paris", 2.3)
    assert Place.from_token(place.token()) == replace(place, source="Base adresse nationale")


def test_overseas_the_time_zone_follows() -> None:
    assert area(lat="-20.8789", lon="55.4481")[0].timezone == "Indian/Reunion"


def test_the_address_service_knows_better_when_it_is_up_and_is_not_waited_for_when_down() -> None:
    assert area(Addresses("59009"))[0].insee == "59009"
    assert area(Addresses(None))[0].insee == "59350"
    assert area(Addresses("99999"))[0].insee == "59350"


@pytest.mark.parametrize(
    "wrong", [{"lat": "nord"}, {"lon": ""}, {"rayon": "nan"}, {"lat": "91"}, {"lon": "181"}, {"rayon": "inf"}]
)
def test_a_zone_that_is_none_is_refused_with_what_to_do(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidCriteria, match="déplacez la carte"):
        area(**wrong)


def test_the_middle_of_the_ocean_is_nowhere() -> None:
    with pytest.raises(InvalidCriteria, match="Aucune commune") as refused:
        area(lat="45", lon="-30")
    assert refused.value.status == 422


@given(latitude=st.floats(), longitude=st.floats(), radius=st.floats())
def test_whatever_a_browser_says_a_zone_is_found_or_refused(latitude: float, longitude: float, radius: float) -> None:
    try:
        place, kilometres = area(lat=str(latitude), lon=str(longitude), rayon=str(radius))
    except InvalidCriteria:
        return
    assert 0 < kilometres <= 500
    assert place.insee


def test_searching_the_zone_asks_the_same_question_from_there(regulator: Client) -> None:
    asked = MAP | {"lat": "50.7233", "lon": "3.1605", "rayon": "3.5", "modalite": "AMB", "suite": "", "graine": "7"}
    answer = regulator.get(AREA, asked)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer["Location"]).query)
    place = Place.from_token(query["lieu"][0])
    assert place is not None
    assert place.insee == "59599"
    kept = {name: query[name] for name in ("text", "vue", "modalite", "rayon")}
    assert kept == {"text": ["médecine générale"], "vue": ["carte"], "modalite": ["AMB"], "rayon": ["3.5"]}
    assert "graine" not in query
    assert answer["Cache-Control"] == "no-store"
    page = regulator.get(answer["Location"])
    assert page.status_code == 200
    assert "autour de Tourcoing (59)" in page.content.decode()


def test_a_zone_that_is_refused_keeps_the_question(regulator: Client) -> None:
    answer = regulator.get(AREA, MAP | {"lat": "45", "lon": "-30", "rayon": "3"})
    assert answer.status_code == 422
    assert "Aucune commune de France" in answer.content.decode()
    assert 'value="médecine générale"' in answer.content.decode()


def test_cards_carry_their_marker_on_the_page_and_in_the_stream_of_a_map_only(town: Town, regulator: Client) -> None:
    town.doctor(town.editor("Agenda Alpha"), latitude=50.6412345)
    town.open()
    (told,) = [event for event in events(regulator.get(STREAM, MAP)) if event.name == "carte"]
    (streamed,) = articles(told.data)
    (card,) = articles(regulator.get(PAGE, MAP | {"complet": "1"}).content.decode())
    for article in (streamed, card):
        assert article["data-lat"] == "50.64123"
        assert article["data-soon"] in ("now", "day", "later")
        assert article["data-first"]
    (plain,) = articles(regulator.get(PAGE, ASKED | {"complet": "1"}).content.decode())
    assert not plain.has_attr("data-lat")


def test_a_department_is_looked_at_as_a_whole(town: Town, regulator: Client) -> None:
    town.doctor()
    town.open()
    html = regulator.get(PAGE, MAP | {"loc": "Nord", "complet": "1"}).content.decode()
    assert 'data-radius="1' in html


def test_a_background_is_asked_of_the_host_that_the_operator_names_only(
    town: Town, regulator: Client, settings: Any
) -> None:
    html = regulator.get(PAGE, MAP | {"complet": "1"})
    assert 'data-tiles=""' in html.content.decode()
    assert "img-src 'self' data:;" in html["Content-Security-Policy"] + ";"
    settings.SAS_TILES_URL = "https://cartes.example/{z}/{x}/{y}.png"
    settings.SAS_TILES_ATTRIBUTION = "© <b>IGN</b>"
    page = regulator.get(PAGE, MAP | {"complet": "1"}).content.decode()
    assert 'data-tiles="https://cartes.example/{z}/{x}/{y}.png"' in page
    assert "© &lt;b&gt;IGN&lt;/b&gt;" in page
