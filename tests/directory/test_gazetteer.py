"""Every place of France, found as people type it."""

import csv
import math
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.directory import gazetteer as module
from sas.directory.gazetteer import Gazetteer, How, gazetteer
from sas.directory.gazetteer_names import SHORT_FORMS, fold

places = gazetteer()


def labels(text: str, limit: int = 8) -> list[str]:
    return [suggestion.label for suggestion in places.suggest(text, limit)]


# ── the data ──


def test_every_current_commune_is_there_and_located() -> None:
    assert len(places.communes) == 34_969
    for commune in places.communes:
        assert -90 < commune.latitude < 90, commune
        assert -180 < commune.longitude < 180, commune
        assert abs(commune.latitude) + abs(commune.longitude) > 1, commune
        assert commune.department in places.departments, commune


@pytest.mark.parametrize(
    ("department", "communes"),
    [("75", 1), ("974", 24), ("975", 2), ("977", 1), ("978", 1), ("986", 3), ("987", 48), ("988", 33)],
)
def test_overseas_is_complete(department: str, communes: int) -> None:
    assert sum(commune.department == department for commune in places.communes) == communes


def test_every_commune_stands_inside_its_department_s_circle() -> None:
    for commune in places.communes:
        department = places.departments[commune.department]
        assert km(commune.point, (department.latitude, department.longitude)) <= department.radius_km, commune


def test_old_names_and_arrondissements_stand_near_their_commune() -> None:
    for part in places.parts:
        commune = places.by_insee(part.commune)
        assert commune is not None
        assert km(part.point, commune.point) < 30, part


def test_every_inhabited_commune_has_postal_codes() -> None:
    without = {commune.department for commune in places.communes if not commune.postal_codes}
    assert without == {"984"}


@pytest.mark.parametrize(
    ("insee", "timezone"),
    [
        ("59350", "Europe/Paris"),
        ("2A004", "Europe/Paris"),
        ("97105", "America/Guadeloupe"),
        ("97209", "America/Martinique"),
        ("97302", "America/Cayenne"),
        ("97411", "Indian/Reunion"),
        ("97502", "America/Miquelon"),
        ("97611", "Indian/Mayotte"),
        ("97801", "America/Marigot"),
        ("98613", "Pacific/Wallis"),
        ("98735", "Pacific/Tahiti"),
        ("98731", "Pacific/Marquesas"),
        ("98719", "Pacific/Gambier"),
        ("98818", "Pacific/Noumea"),
    ],
)
def test_each_commune_lives_by_its_own_time(insee: str, timezone: str) -> None:
    commune = places.by_insee(insee)
    assert commune is not None
    assert commune.timezone == timezone


def test_all_time_zones_exist() -> None:
    for name in {commune.timezone for commune in places.communes} | {d.timezone for d in places.departments.values()}:
        assert ZoneInfo(name).key == name


def test_short_forms_are_never_words_of_a_real_name() -> None:
    names = [commune.name for commune in places.communes] + [part.name for part in places.parts]
    words = {word for name in names for word in fold(name).split()}
    assert not words & set(SHORT_FORMS)


def test_files_are_in_a_stable_order_for_readable_diffs() -> None:
    for name in ("communes.csv", "commune_parts.csv", "departments.csv"):
        with (module.DATA / name).open(encoding="utf-8", newline="") as lines:
            codes = [row[0] for row in csv.reader(lines)][1:]
        assert codes == sorted(codes), name


def test_a_gazetteer_loads_from_any_folder(tmp_path: Path) -> None:
    header = {
        "communes.csv": "insee,name,postal_codes,department,population,latitude,longitude,timezone,old_codes\n"
        "59350,Lille,59000 59800,59,236710,50.6,3.0,,\n",
        "commune_parts.csv": "code,kind,commune,name,postal_codes,population,latitude,longitude\n",
        "departments.csv": "code,name,region,region_name,seat,population,latitude,longitude,radius_km,timezone\n"
        "59,Nord,32,Hauts-de-France,59350,2600000,50.4,3.2,100,Europe/Paris\n",
    }
    for name, text in header.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    small = Gazetteer.load(tmp_path)
    assert [suggestion.label for suggestion in small.suggest("lil")] == ["Lille (59)"]


# ── by code ──


def test_an_arrondissement_folds_to_the_city_but_keeps_its_point() -> None:
    city = places.by_insee("75111")
    assert city is not None
    assert city.insee == "75056"
    district = places.district("75011")
    assert district is not None
    assert district.code == "75111"
    assert places.point_of_postal_code("75011") == district.point != city.point
    sixteenth = places.district("75116")
    assert sixteenth is not None
    assert sixteenth.code == "75116"


def test_an_old_code_leads_to_the_merged_commune() -> None:
    merged = places.by_insee("01144")
    assert merged is not None
    assert merged.name == "Bâgé-Dommartin"


@pytest.mark.parametrize("code", ["75001", "99999999", "", "00000", "59000"])
def test_a_postal_code_or_garbage_is_no_commune_code(code: str) -> None:
    assert places.by_insee(code) is None


@pytest.mark.parametrize(
    ("code", "departments"),
    [
        ("59000", ["59"]),
        ("59045", ["59"]),
        ("20000", ["2A"]),
        ("20179", ["2A"]),
        ("20298", ["2B"]),
        ("97133", ["977"]),
        ("97490", ["974"]),
        ("98000", []),
        ("", []),
        ("xx", []),
    ],
)
def test_a_postal_code_tells_its_department_even_when_it_is_a_cedex(code: str, departments: list[str]) -> None:
    assert [department.code for department in places.departments_of_postal_code(code)] == departments


def test_a_department_is_known_by_its_code_in_any_case() -> None:
    corsica = places.department("2a")
    assert corsica is not None
    assert corsica.name == "Corse-du-Sud"
    assert places.department("0") is None


# ── autocompletion ──


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Lille", "Lille (59)"),
        ("lille 59000", "Lille (59)"),
        ("LILLE CEDEX", "Lille (59)"),
        ("Lille (59)", "Lille (59)"),
        ("lile", "Lille (59)"),
        ("llile", "Lille (59)"),
        ("marseile", "Marseille (13)"),
        ("amrseille", "Marseille (13)"),
        ("bordaux", "Bordeaux (33)"),
        ("st etienne", "Saint-Étienne (42)"),
        ("Saint Étienne", "Saint-Étienne (42)"),
        ("ste genevieve des bois", "Sainte-Geneviève-des-Bois (91)"),
        ("chalon s/ saone", "Chalon-sur-Saône (71)"),
        ("l hay les roses", "L'Haÿ-les-Roses (94)"),
        ("L’Haÿ-les-Roses", "L'Haÿ-les-Roses (94)"),
        ("lehavre", "Le Havre (76)"),
        ("havre", "Le Havre (76)"),
        ("villeneuve d'ascq", "Villeneuve-d'Ascq (59)"),
        ("villenuve dascq", "Villeneuve-d'Ascq (59)"),
        ("59", "Nord (59)"),
        ("59 Nord", "Nord (59)"),
        ("Nord", "Nord (59)"),
        ("2A", "Corse-du-Sud (2A)"),
        ("2b", "Haute-Corse (2B)"),
        ("Corse-du-Sud", "Corse-du-Sud (2A)"),
        ("La Réunion", "La Réunion (974)"),
        ("reunion", "La Réunion (974)"),
        ("974", "La Réunion (974)"),
        ("papete", "Papeete (987)"),
        ("Bâgé-la-Ville", "Bâgé-la-Ville (01)"),
        ("Paris 11e", "Paris 11e (75)"),
        ("paris 11", "Paris 11e (75)"),
        ("Lyon 3ème arrondissement", "Lyon 3e (69)"),
        ("75011", "75011 Paris 11e"),
        ("59000", "59000 Lille"),
        ("59045", "Nord (59)"),
        ("Lille 59045", "Lille (59)"),
        ("ajaccio 2a", "Ajaccio (2A)"),
        ("saint denis 93", "Saint-Denis (93)"),
        ("saint denis 974", "Saint-Denis (974)"),
    ],
)
def test_the_likeliest_place_comes_first(text: str, first: str) -> None:
    assert labels(text)[0] == first


def test_homonyms_are_told_apart_by_department_the_largest_first() -> None:
    assert labels("saint-denis")[:2] == ["Saint-Denis (974)", "Saint-Denis (93)"]
    found = places.suggest("sainte-marie")
    assert len({suggestion.label for suggestion in found}) == len(found) == 8


def test_both_departments_of_corsica_answer_to_20() -> None:
    assert labels("20")[:2] == ["Corse-du-Sud (2A)", "Haute-Corse (2B)"]


def test_a_city_comes_before_its_department_of_the_same_name() -> None:
    assert [suggestion.kind for suggestion in places.suggest("Paris")[:2]] == ["city", "county"]


def test_a_suggestion_carries_all_that_a_search_needs() -> None:
    (found,) = places.suggest("Paris 11e")
    district = places.district("75011")
    assert district is not None
    assert (found.kind, found.code, found.postal_code, found.department) == ("city", "75056", "75011", "75")
    assert (found.latitude, found.longitude, found.timezone) == (*district.point, "Europe/Paris")


def test_a_shared_postal_code_lists_its_communes() -> None:
    first, *cities = places.suggest("01400")
    assert first.kind == "postal_code"
    assert "autres communes" in first.label
    assert {city.postal_code for city in cities} == {"01400"}


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "'", "Lille\x00", "\x1b[31m", "<script>alert(1)</script>", "' OR 1=1 --", "a" * 31),
        *("x" * 10_000, "le " * 3_000, "${jndi:ldap}", "zzzzzz", "1 2 3 4 5 6 7 8 9", "00000", "日本"),
    ],
)
def test_what_is_not_a_place_suggests_nothing(text: str) -> None:
    assert labels(text) == []


def test_the_limit_is_kept() -> None:
    assert len(labels("saint", 3)) == 3
    assert labels("saint", 0) == []


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text("stelorin 'é-59/", max_size=30)))
def test_any_text_is_survived_within_the_limit(text: str) -> None:
    found = places.suggest(text)
    assert len(found) <= 8
    assert len({(s.kind, s.code, s.label) for s in found}) == len(found)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(places.communes[:3000]), st.data())
def test_one_wrong_letter_in_a_name_is_forgiven(commune: module.Commune, data: st.DataObject) -> None:
    if len(commune.name) < 6:
        return
    at = data.draw(st.integers(1, len(commune.name) - 2))
    typed = commune.name[:at] + commune.name[at + 1 :]
    longest = len(places.communes)
    assert commune.insee in {found.code for found in places.suggest(f"{typed} {commune.department}", longest)}


# ── what files say ──


@pytest.mark.parametrize(
    ("fields", "insee", "how"),
    [
        ({"insee": "59350"}, "59350", How.INSEE),
        ({"insee": "1001"}, "01001", How.INSEE),
        ({"insee": "75111"}, "75056", How.INSEE),
        ({"insee": "2a004"}, "2A004", How.INSEE),
        ({"insee": "01144", "postal_code": "75011"}, "01025", How.INSEE),
        ({"insee": "59000", "postal_code": "59000", "city": "Lille"}, "59350", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "01400", "city": "ABERGEMENT CLEMENCIAT"}, "01001", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "01380", "city": "BAGE LA VILLE"}, "01025", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "49280", "city": "ST LEGER SS CHOLET"}, "49299", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "75011", "city": "PARIS 11"}, "75056", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "69003", "city": "LYON CEDEX 03"}, "69123", How.POSTAL_CODE_AND_NAME),
        ({"postal_code": "59000", "city": "?"}, "59350", How.POSTAL_CODE),
        ({"postal_code": "97133"}, "97701", How.POSTAL_CODE),
        ({"postal_code": "59045", "city": "LILLE CEDEX"}, "59350", How.NAME_AND_DEPARTMENT),
        ({"postal_code": "98713", "city": "PAPEETE"}, "98735", How.NAME_AND_DEPARTMENT),
        ({"city": "L HAY LES ROSES"}, "94038", How.NAME_AND_DEPARTMENT),
        ({"postal_code": "59045"}, "59350", How.POSTAL_PREFIX),
    ],
)
def test_a_commune_is_found_from_what_a_file_says(fields: dict[str, str], insee: str, how: How) -> None:
    match = places.commune_for(**fields)
    assert match.commune is not None
    assert (match.commune.insee, match.how) == (insee, how)
    assert match.point is not None


def test_a_code_of_no_sorting_office_still_tells_the_department() -> None:
    match = places.commune_for(postal_code="20999", city="INCONNUE")
    assert (match.commune, match.how, match.department) == (None, How.DEPARTMENT, "2B")


@pytest.mark.parametrize("fields", [{}, {"postal_code": "99999"}, {"city": "SAINTE MARIE"}, {"city": "x" * 5_000}])
def test_nothing_is_invented_when_nothing_is_known(fields: dict[str, str]) -> None:
    assert places.commune_for(**fields) == (None, How.NONE, None, None, None)


def test_the_point_is_that_of_the_arrondissement_or_old_commune_named() -> None:
    district, old = places.district("69003"), places.part("01025")
    assert district is not None
    assert old is not None
    assert places.commune_for(postal_code="69003", city="LYON").point == district.point
    assert places.commune_for(postal_code="01380", city="BAGE LA VILLE").point == old.point


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=40))
def test_any_fields_are_survived(insee: str, postal_code: str, city: str) -> None:
    match = places.commune_for(insee=insee, postal_code=postal_code, city=city)
    assert (match.point is None) == (match.how is How.NONE)


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(half)))
