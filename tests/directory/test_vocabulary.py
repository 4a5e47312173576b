"""Specialties and professions, by national code and by the words people use."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.directory import vocabulary
from sas.directory.vocabulary import discipline_of, from_urn, label, resolve_what, suggest_what


@pytest.mark.parametrize(
    ("profession", "savoir_faire", "expected"),
    [
        ("10", "SM26", "SM54"),
        ("10", "SM53", "SM54"),
        ("10", "SM54", "SM54"),
        ("10", "SM04", "SM04"),
        ("10", "SM73", "SM04"),
        ("10", "SM120", "SM120"),
        ("10", "", "10"),
        ("10", "CAPA03", None),
        ("10", "CEX24", "SM19"),
        ("40", "", "40"),
        ("40", "SCD01", "SCD01"),
        ("60", "SI02", "SI01"),
        ("60", "ZZ9", "60"),
        ("69", "", "60"),
        (" 50 ", "", "50"),
        ("98", "", None),
        ("28", "", None),
        ("", "SM54", None),
        ("médecin", "", None),
    ],
)
def test_an_activity_has_one_discipline_or_is_not_kept(
    profession: str, savoir_faire: str, expected: str | None
) -> None:
    assert discipline_of(profession, savoir_faire) == expected


def test_no_national_code_is_in_two_disciplines() -> None:
    codes = [
        (profession, code)
        for found in vocabulary.disciplines()
        for profession in found.professions
        for code in found.savoir_faire
    ]
    assert len(codes) == len(set(codes))


def test_every_ordinal_specialty_is_in_a_discipline_with_a_label() -> None:
    for number in range(1, 96):
        code = discipline_of("10", f"SM{number:02}")
        assert code is not None
        assert not label(code).startswith("Spécialité "), number


def test_every_profession_that_receives_has_a_discipline() -> None:
    with (vocabulary.DATA / "professions.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["code"] for row in csv.DictReader(lines, delimiter=";")}
    receiving = vocabulary.receiving_professions()
    assert {"10", "40", "50", "60", "70", "80", "91", "92", "93"} <= receiving <= known
    assert all(discipline_of(profession, "") for profession in receiving)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("médecine générale", "SM54"),
        ("Consultation de médecine générale", "SM54"),
        ("généraliste", "SM54"),
        ("GENERALISTE", "SM54"),
        ("MG", "SM54"),
        ("médecin traitant", "SM54"),
        ("médecin", "SM54"),
        ("généralste", "SM54"),
        ("dentiste", "40"),
        ("kiné", "70"),
        ("ORL", "SM39"),
        ("dermato", "SM15"),
        ("gynéco", "SM20"),
        ("ophtalmo", "SM38"),
        ("opthalmo", "SM38"),
        ("sage femme", "50"),
        ("infirmière", "60"),
        ("cardiologue", "SM04"),
        ("cardiolgue", "SM04"),
        ("consultation de pédiatrie", "SM40"),
        ("médecin du travail", "SM25"),
        ("pneumolog", "SM41"),
        ("SM54", "SM54"),
        ("sm26", "SM54"),
        ("40", "40"),
        ("urn:oid:1.2.250.1.213.2.28|SM54", "SM54"),
        ("urn:oid:1.2.250.1.213.2.28|SM26", "SM54"),
        ("urn:oid:1.2.250.1.213.2.28|SM39", "SM39"),
        ("urn:oid:1.2.250.1.71.1.2.7|40", "40"),
    ],
)
def test_a_question_is_understood(text: str, code: str) -> None:
    found = resolve_what(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "m", "zzzz", "x" * 10_000, "<script>", "' OR 1=1 --", "\x00", "SM", "98"),
        *("urn:oid:1.2.250.1.213.2.28", "urn:oid:1.2.250.1.213.2.28|XXXX", "urn:oid:9.9|SM54"),
        *("urn:oid:1.2.250.1.71.1.2.7|98", "urn:oid:1.2.250.1.213.2.28|SM54|SM04"),
    ],
)
def test_what_means_nothing_is_not_guessed(text: str) -> None:
    assert resolve_what(text) is None


def test_the_beginning_of_several_names_is_not_enough_to_choose() -> None:
    assert resolve_what("chirurgie") is None
    assert len(suggest_what("chirurgie")) > 3


def test_a_contextual_call_s_urn_is_not_mistaken_for_text() -> None:
    assert from_urn("médecine générale") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("gén", "SM54"), ("den", "40"), ("kin", "70"), ("inf", "60"), ("psy", "SM42"), ("pédia", "SM40"), ("or", "SM39")],
)
def test_suggestions_begin_at_two_letters(text: str, expected: str) -> None:
    assert expected in [suggestion.code for suggestion in suggest_what(text)]
    assert suggest_what(text[:1]) == []


def test_general_practice_comes_first_among_what_begins_alike() -> None:
    first = suggest_what("méd")[0]
    assert (first.code, first.label, first.kind) == ("SM54", "Médecine générale", "specialty")


def test_a_profession_says_that_it_is_one() -> None:
    assert suggest_what("dentiste")[0].kind == "profession"


def test_suggestions_stop_at_the_limit() -> None:
    assert len(suggest_what("mé", 3)) == 3
    assert suggest_what("mé", -1) == []


def test_an_unknown_specialty_is_named_by_its_code() -> None:
    assert label("SM120") == "Spécialité SM120"
    assert label("?") == "?"


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=120), st.text("médecinkorl ", max_size=20)))
def test_any_text_is_survived(text: str) -> None:
    assert len(suggest_what(text)) <= 8
    resolve_what(text)
    from_urn(text)
    discipline_of(text, text)


@pytest.mark.parametrize(
    ("text", "activity"),
    [
        ("pharmacie", "pharmacy"),
        ("officine", "pharmacy"),
        ("labo", "laboratory"),
        ("prise de sang", "laboratory"),
        ("urgences", "emergency"),
        ("SOS", "sos_place"),
        ("SOS médecins", "sos_place"),
        ("maison de santé", "msp"),
        ("MSP", "msp"),
        ("centre de santé", "cds"),
        ("CPTS", "cpts"),
        ("hôpital", "hospital"),
        ("clinique", "hospital"),
        ("EHPAD", "ehpad"),
        ("HAD", "home_care"),
        ("CMP", "psychiatry"),
        ("laboratiore", "laboratory"),
        ("S:pharmacy", "pharmacy"),
        ("s:sos_place", "sos_place"),
    ],
)
def test_a_kind_of_structure_is_understood_like_a_discipline(text: str, activity: str) -> None:
    found = resolve_what(text)

    assert found is not None
    assert (found.kind, found.code, found.activity) == ("structure", f"S:{activity}", activity)
    assert vocabulary.discipline(found.code) == found


def test_people_come_before_structures_of_the_same_word() -> None:
    kinds = {suggestion.code: suggestion.kind for suggestion in suggest_what("psy")}

    assert next(iter(kinds)) == "SM42"
    assert kinds["S:psychiatry"] == "structure"
    assert resolve_what("S:nothing") is None
    assert resolve_what("kiné").activity is None  # type: ignore[union-attr]
