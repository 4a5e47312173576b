"""A slot is shown at the place where it really is, or said to be elsewhere (interop.md §6, D13 and D15)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.fhir.offered import OfferedPlace
from sas.search.matching import KnownPlace, distance_m, folded, place_of
from tests.search.making import known_place

LILAS = known_place("lilas", structure_id="1590000001")
ROSES = known_place("roses", line="22 BD DES ROSES", postal_code="59800", latitude=50.64, longitude=3.07)
RURAL = known_place("rural", line="3 PLACE DE LA MAIRIE", postal_code="59710", city="Mons-en-Pévèle", latitude=50.48,
                    longitude=3.1)  # fmt: skip
LILLE_ADDRESS = {"line": "1 rue des Lilas", "postal_code": "59000", "city": "Lille"}


@pytest.mark.parametrize(
    ("offered", "places", "expected"),
    [
        pytest.param(None, [LILAS], "lilas", id="nothing said, one place"),
        pytest.param(None, [LILAS, ROSES], None, id="nothing said, two places"),
        pytest.param(None, [], None, id="no place at all"),
        pytest.param(OfferedPlace(), [LILAS], "lilas", id="empty description, one place"),
        pytest.param(OfferedPlace(name="Cabinet"), [LILAS, ROSES], None, id="a name alone tells nothing"),
        pytest.param(OfferedPlace(structure_id="1590000001"), [ROSES, LILAS], "lilas", id="same structure"),
        pytest.param(OfferedPlace(structure_id="1590000001", city="Metz"), [ROSES, LILAS], "lilas", id="id wins"),
        pytest.param(msgspec.convert(LILLE_ADDRESS, OfferedPlace), [ROSES, LILAS], "lilas", id="same line and code"),
        pytest.param(OfferedPlace(line="22, boulevard des Roses", postal_code="59800"), [LILAS, ROSES], "roses",
                     id="abbreviations"),
        pytest.param(OfferedPlace(line="1 RUE DES LILAS", postal_code="59037", city="LILLE CEDEX"), [ROSES, LILAS],
                     "lilas", id="cedex code, same town and line"),
        pytest.param(OfferedPlace(**LILLE_ADDRESS, latitude=0.0, longitude=0.0), [LILAS, ROSES], "lilas",
                     id="a right address with wrong coordinates"),
        pytest.param(OfferedPlace(line="Maison médicale", latitude=50.6401, longitude=3.0701), [LILAS, ROSES], "roses",
                     id="same spot"),
        pytest.param(OfferedPlace(postal_code="59800"), [LILAS, ROSES], "roses", id="only place of that code"),
        pytest.param(OfferedPlace(city="Lille"), [LILAS, RURAL], "lilas", id="only place of that town"),
        pytest.param(OfferedPlace(city="Lille"), [LILAS, ROSES], None, id="two places in that town"),
        pytest.param(OfferedPlace(line="9 rue Neuve", postal_code="59710", city="Bersée"), [RURAL], None,
                     id="another commune of the same code"),
        pytest.param(OfferedPlace(line="1 rue des Lilas", city="Roubaix"), [LILAS], None, id="same line elsewhere"),
        pytest.param(OfferedPlace(line="9 rue X", postal_code="93200", city="La Plaine Saint-Denis"),
                     [known_place("sd", postal_code="93200", city="Saint-Denis")], "sd", id="part of a town"),
        pytest.param(OfferedPlace(city="Saint-Denis-en-Val", postal_code="45560"),
                     [known_place("sd", postal_code="93200", city="Saint-Denis")], None, id="a longer name elsewhere"),
        pytest.param(OfferedPlace(postal_code="59000", latitude=50.9, longitude=3.0), [LILAS], None,
                     id="same code, far away"),
        pytest.param(OfferedPlace(latitude=48.85, longitude=2.35), [LILAS], None, id="far away"),
    ],
)  # fmt: skip
def test_a_slot_is_matched_to_its_place(
    offered: OfferedPlace | None, places: list[KnownPlace], expected: str | None
) -> None:
    assert place_of(offered, places) == expected


words = st.none() | st.text(max_size=20) | st.sampled_from(["Lille", "1 rue des Lilas", "59000", "1590000001"])
degrees = st.none() | st.floats(-90, 90)
descriptions = st.none() | st.builds(
    OfferedPlace, structure_id=words, name=words, line=words, postal_code=words, city=words, insee=words,
    latitude=degrees, longitude=degrees,
)  # fmt: skip
known = st.lists(st.sampled_from([LILAS, ROSES, RURAL]), max_size=4)


@settings(max_examples=150)
@given(descriptions, known)
def test_whatever_an_editor_says_the_answer_is_one_of_the_places_or_nowhere(
    offered: OfferedPlace | None, places: list[KnownPlace]
) -> None:
    assert place_of(offered, places) in {None, *(place.key for place in places)}


@settings(max_examples=100)
@given(
    st.floats(41, 51), st.floats(-5, 9), st.sampled_from(["59000", "59800", "59710", "75001"]),
    st.sampled_from(["Lille", "Paris", None]),
)  # fmt: skip
def test_a_slot_far_from_every_place_never_lands_under_one_of_them(
    latitude: float, longitude: float, code: str, city: str | None
) -> None:
    places = [LILAS, ROSES, RURAL]
    offered = OfferedPlace(line="77 quai du Large", postal_code=code, city=city, latitude=latitude, longitude=longitude)
    nearest = min(distance_m(latitude, longitude, place.latitude, place.longitude) for place in places)
    assert nearest <= 2_000 or place_of(offered, places) is None


def test_two_spellings_of_a_street_are_the_same() -> None:
    assert folded("12 bis, Bd. St-Éloi") == folded("12 BIS BOULEVARD SAINT ELOI")
    assert folded("12 rue Neuve") != folded("12 rue Vieille")


def test_distances_are_great_circles() -> None:
    assert distance_m(50.6292, 3.0573, 48.8566, 2.3522) == pytest.approx(203_700, rel=0.01)
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_000, rel=0.001)
