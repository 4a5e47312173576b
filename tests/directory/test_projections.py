"""Plane coordinates of registers to degrees, against PROJ's own values and against nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.directory.projections import system_of, to_degrees


@pytest.mark.parametrize(
    ("x", "y", "words", "department", "latitude", "longitude"),
    [
        (870262.2, 6571540.8, "1,ATLASANTE,100,IGN,BD_ADRESSE,V2.2,LAMBERT_93", "01", 46.22229, 5.20918),
        (870262.2, 6571540.8, "", "01", 46.22229, 5.20918),
        (657242.9, 1795384.4, "1,ATLASANTE,88,IGN,BD_ADRESSE,V2.2,UTM_N20", "971", 16.234, -61.52874),
        (353672.8, 544349.1, "UTM_N22", "973", 4.92347, -52.31973),
        (323086.6, 7679599.8, "", "974", -20.97571, 55.29821),
        (524819.9, 8587194.7, "2,ATLASANTE,100,BDADRESSE,EPSG:4471 RGM04/UTM zone 38S", "976", -12.77989, 45.22868),
        (3.0709, 50.6309, "", "59", 50.6309, 3.0709),
        (-61.5287, 16.234, "WGS84", "971", 16.234, -61.5287),
    ],
)
def test_a_point_of_the_register_is_where_proj_says(
    x: float, y: float, words: str, department: str, latitude: float, longitude: float
) -> None:
    found = to_degrees(x, y, words=words, department=department)

    assert found == pytest.approx((latitude, longitude), abs=0.00002)


def test_plane_coordinates_of_nowhere_are_no_position() -> None:
    assert to_degrees(0, 0, words="LAMBERT_93", department="59") is None
    assert to_degrees(700000, 6600000, words="", department="987") is None
    assert system_of("UTM_S38", "974") == 4471


@given(x=st.floats(), y=st.floats(), words=st.text(max_size=40), department=st.sampled_from(["59", "974", "", "987"]))
def test_any_pair_is_degrees_or_nothing(x: float, y: float, words: str, department: str) -> None:
    found = to_degrees(x, y, words=words, department=department)

    assert found is None or (-90 <= found[0] <= 90 and -180 <= found[1] <= 180)
