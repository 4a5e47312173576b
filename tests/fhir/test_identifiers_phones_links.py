"""Identifiers, telephone numbers and links as editors write them (interop.md §3.1, §3.3, §1.6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sas.fhir.identifiers import practitioner_id, structure_id, system
from sas.fhir.links import is_bookable, with_origin, without_origin
from sas.fhir.phones import normalise_phone


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("810002673899", "810002673899"),
        ("10002673899", "810002673899"),
        (" 8 1000 2673 899 ", "810002673899"),
        ("592012345", "0592012345"),
        ("0592012345", "0592012345"),
        ("2a2012345", "02A2012345"),
        ("3456780581/11242343", "3456780581/11242343"),
        ("", ""),
    ],
)
def test_ids_of_professionals_get_their_prefix(written: str, value: str) -> None:
    assert practitioner_id(written) == (value, written != value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1810004421", "1810004421"),
        ("810004421", "1810004421"),
        ("2A0000004", "12A0000004"),
        ("12b0000004", "12B0000004"),
        ("334173748400020", "334173748400020"),
        ("341 737 484 00020", "334173748400020"),
        ("410002673899001", "410002673899001"),
        ("inconnu", "inconnu"),
    ],
)
def test_ids_of_structures_get_their_prefix_and_no_checksum_is_judged(written: str, value: str) -> None:
    assert structure_id(written) == (value, written != value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("urn:oid:1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.1"),
        ("1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.1"),
        ("urn:oid 1.2.250.1.71.4.2.1", "urn:oid:1.2.250.1.71.4.2.1"),
        ("https://editeur.example/ids", "https://editeur.example/ids"),
    ],
)
def test_an_oid_always_gets_its_urn(written: str, value: str) -> None:
    assert system(written) == (value, written != value)


@settings(max_examples=80)
@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    for normalise in (practitioner_id, structure_id, system):
        once = normalise(text).value
        assert normalise(once).value == once
    phone, _ = normalise_phone(text)
    if phone is not None:
        assert normalise_phone(phone) == (phone, False)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+33320000000", "+33320000000"),
        ("03 20 00 00 00", "+33320000000"),
        ("03.20.00.00.00", "+33320000000"),
        ("03\u00a020\u202f00‑00–00", "+33320000000"),
        ("+33 (0)3 20 00 00 00", "+33320000000"),
        ("+330320000000", "+33320000000"),
        ("0033320000000", "+33320000000"),
        ("33320000000", "+33320000000"),
        ("tel:+33-3-20-00-00-00", "+33320000000"),
        ("320000000", "+33320000000"),
        ("0262 12 34 56", "+262262123456"),
        ("+262 262 12 34 56", "+262262123456"),
        ("0690123456", "+590690123456"),
        ("00594594123456", "+594594123456"),
        ("0596 12 34 56", "+596596123456"),
        ("+508 41 00 00", "+508410000"),
        ("+687 25 00 00", "+687250000"),
        ("+689 40 12 34 56", "+68940123456"),
        ("+32 2 123 45 67", "+3221234567"),
        ("15", None),
        ("3624", None),
        ("0000000000", None),
        ("+33 1 23", None),
        ("secrétariat 0320000000", None),
        ("", None),
    ],
)
def test_phones_become_international_or_nothing(written: str, number: str | None) -> None:
    assert normalise_phone(written) == (number, number != written)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.fr/rdv", "https://a.fr/rdv?origin=sas"),
        ("https://a.fr/rdv?", "https://a.fr/rdv?origin=sas"),
        ("https://a.fr?x=%C3%A9&y=a+b", "https://a.fr?x=%C3%A9&y=a+b&origin=sas"),
        ("https://a.fr/?x=1&", "https://a.fr/?x=1&origin=sas"),
        ("https://a.fr/?origin=doctissimo&x=1", "https://a.fr/?x=1&origin=sas"),
        ("https://a.fr/?x=1&origin=a&origin=b#/agenda?origin=c", "https://a.fr/?x=1&origin=sas#/agenda?origin=c"),
        ("https://a.fr/#/agenda?id=1", "https://a.fr/?origin=sas#/agenda?id=1"),
        ("https://a.fr/?origine=1;b", "https://a.fr/?origine=1;b&origin=sas"),
    ],
)
def test_origin_is_added_once_and_nothing_else_moves(url: str, expected: str) -> None:
    assert with_origin(url, "sas") == expected
    assert with_origin(expected, "sas") == expected


def test_the_origin_itself_is_encoded() -> None:
    assert with_origin("https://a.fr/", "sas&x=1#é") == "https://a.fr/?origin=sas%26x%3D1%23%C3%A9"


def test_an_origin_is_taken_away_with_its_question_mark() -> None:
    assert without_origin("https://a.fr/?origin=sas#x") == "https://a.fr/#x"
    assert without_origin("https://a.fr/?") == "https://a.fr/?"


@pytest.mark.parametrize(
    ("url", "followed"),
    [
        ("https://agenda.example/rdv?x=1#y", True),
        ("HTTP://127.0.0.1:9101/rdv", True),
        ("http://[::1]:9101", True),
        ("https://médecin.example/é", True),
        ("", False),
        ("/rdv", False),
        ("//agenda.example/rdv", False),
        ("www.agenda.example", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("ftp://agenda.example", False),
        ("https://", False),
        ("https:///rdv", False),
        ("https://agenda.example@evil.example/", False),
        ("https://agenda.example\\@evil.example/", False),
        ("https://agenda.example/a b", False),
        ("https://agenda.example/\r\nSet-Cookie: x", False),
        ("https://agenda.example/\ud800", False),
        ("https://[1:2]/", False),
        ("https://exam℀ple/", False),
    ],
)
def test_only_absolute_web_links_are_followed(url: str, followed: bool) -> None:
    assert is_bookable(url) is followed
