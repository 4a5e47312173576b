"""The contextual call as it is sent (hub-and-lrm.md part II): anything at all can be read."""

from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from sas.lrm import counting
from sas.search.lrm_call import Call, Format, Note, is_call, read_call

NAMES = ("origin", "practitioner", "specialty", "speciality", "streetnumber", "streetname", "city", "inseecode")
RPPS_URN = "urn:oid:1.2.250.1.71.4.2.1|810001233500"
ODD = st.sampled_from(["urn:oid:", "%257C", "%7C", "|", ":", "oid", "SM54", "\x00", "\ud800", "1.2.250", "%", "8", "é"])
SENT = st.one_of(st.text(max_size=300), st.lists(ODD, max_size=8).map("".join))


def call(**sent: str) -> Call:
    return read_call(QueryDict(urlencode({"origin": "TEST-SAMU000"} | sent)))


class Sent:
    """Parameters that no query string can carry, such as a lone surrogate."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self._values = values

    def getlist(self, key: str, /) -> list[str]:
        return self._values.get(key, [])


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(SENT, max_size=3)))
def test_whatever_is_sent_is_a_call_that_can_be_counted(values: dict[str, list[str]]) -> None:
    read = read_call(Sent(values))
    assert read.address_format in counting.ADDRESSES
    assert {str(read.doctor_format), str(read.specialty_format)} <= counting.FORMATS
    assert len(read.insee) in (0, 5)
    assert all(len(text) <= 200 for text in (read.origin, read.doctor, read.specialty, read.street_name, read.city))
    assert (read.doctor == "") == (read.doctor_format in (Format.ABSENT, Format.INVALID))


@given(st.text(max_size=200))
def test_whatever_a_query_string_holds_is_a_call(query: str) -> None:
    read_call(QueryDict(query.encode("utf-8", "replace")))


@pytest.mark.parametrize(("query", "expected"), [("origin=", True), ("origin", True), ("text=a", False), ("", False)])
def test_the_key_origin_makes_a_call_even_when_empty(query: str, expected: bool) -> None:
    assert is_call(QueryDict(query)) is expected


@pytest.mark.parametrize("origin", ["TEST-SAMU000 ", " TEST-SAMU000", "a\tb", "x" * 201])
def test_an_origin_that_nobody_can_have_is_empty(origin: str) -> None:
    assert call(origin=origin).origin == ""


def test_the_official_example_is_read_whole() -> None:
    read = read_call(
        QueryDict(
            "origin=TEST-SAMU000&practitioner=urn%3Aoid%3A1.2.250.1.71.4.2.1%7C810001233500"
            "&specialty=urn%3Aoid%3A1.2.250.1.213.2.28%7CSM54&streetnumber=21&streetname=avenue+Georges+Pompidou"
            "&city=Lyon&inseecode=69383"
        )
    )
    assert (read.origin, read.doctor, read.doctor_format) == ("TEST-SAMU000", "810001233500", Format.CODE)
    assert (read.specialty, read.specialty_format) == ("urn:oid:1.2.250.1.213.2.28|SM54", Format.CODE)
    assert (read.street_number, read.street_name, read.city) == ("21", "avenue Georges Pompidou", "Lyon")
    assert (read.insee, read.address_format, read.notes) == ("69383", "insee_street", frozenset())


@pytest.mark.parametrize("sent", [RPPS_URN, RPPS_URN.upper(), "810001233500", "10001233500", "10 001 233 500"])
def test_a_national_number_is_read_with_or_without_its_urn(sent: str) -> None:
    assert (call(practitioner=sent).doctor, call(practitioner=sent).doctor_format) == ("810001233500", Format.CODE)


@pytest.mark.parametrize(
    "sent",
    [
        "urn:oid:1.2.250.1.71.4.2.1",
        "urn:oid:1.2.250.1.71.4.2.1|",
        "urn:oid:1.2.250.1.71.4.2.1|710001233500",
        "urn:oid:1.2.3|810001233500",
        "urn:anything",
        "oid:",
    ],
)
def test_pitfall_23_an_urn_that_says_nobody_is_unreadable_and_blocks_nothing(sent: str) -> None:
    assert (call(practitioner=sent).doctor, call(practitioner=sent).doctor_format) == ("", Format.INVALID)


@pytest.mark.parametrize("name", ["Jeanne Tournier", "benoid", "Dr : Nom", "Void Burnand"])
def test_pitfall_23_a_name_that_holds_urn_or_oid_or_a_colon_is_a_name(name: str) -> None:
    assert (call(practitioner=name).doctor, call(practitioner=name).doctor_format) == (name, Format.TEXT)


def test_a_value_encoded_twice_is_decoded_again() -> None:
    twice = "practitioner=urn%253Aoid%253A1.2.250.1.71.4.2.1%257C810001233500&streetname=avenue%2520de%2520l%2527Urss"
    assert read_call(QueryDict(twice)).doctor == "810001233500"
    assert read_call(QueryDict(twice)).street_name == "avenue de l'Urss"


def test_specialties_are_read_under_both_spellings_and_the_right_one_wins() -> None:
    assert call(speciality="cardiologie").specialty == "cardiologie"
    assert call(speciality="cardiologie", specialty="dermatologie").specialty == "dermatologie"


@pytest.mark.parametrize("sent", ["urn:oid:1.2.250.1.213.2.28", "urn:oid:1.2.3|SM54", "urn:oid:1.2.250.1.213.2.28|"])
def test_a_specialty_urn_without_a_code_of_ours_is_unreadable(sent: str) -> None:
    assert call(specialty=sent).specialty_format is Format.INVALID


@pytest.mark.parametrize(("sent", "read"), [("12 bis", "12"), ("12-14", "12"), ("bis", ""), ("n° 7", "7")])
def test_a_street_number_keeps_its_digits(sent: str, read: str) -> None:
    assert call(streetnumber=sent, streetname="rue des Lilas").street_number == read


def test_a_number_without_a_street_is_set_aside_and_noted() -> None:
    read = call(streetnumber="12", city="Lyon")
    assert (read.street_number, read.notes) == ("", frozenset({Note.NUMBER_ALONE}))


@pytest.mark.parametrize(("sent", "read"), [("1004", "01004"), ("2a004", "2A004"), ("99999999", ""), ("Lyon", "")])
def test_a_commune_code_has_five_characters_or_is_noted(sent: str, read: str) -> None:
    found = call(inseecode=sent)
    assert (found.insee, Note.INSEE_UNREADABLE in found.notes) == (read, not read)
