"""Names that may be one person's, and names that may not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.accounts.names import names_equal, names_match, why_not_same_person

words = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéèêëïîôûùç", min_size=2, max_size=12)
full_names = st.lists(words, min_size=1, max_size=3).map(" ".join)


def bare(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


@pytest.mark.parametrize(
    ("card", "account"),
    [
        ("DURAND", "Durand"),
        ("LE GALL", "Legall"),
        ("LE GALL", "Le-Gall"),
        ("D'ARTAGNAN", "d’Artagnan"),
        ("D'ARTAGNAN", "Artagnan"),
        ("DE LA FONTAINE", "Fontaine"),
        ("MÜLLER", "Muller"),
        ("DURAND-MARTIN", "Martin"),
        ("DURAND", "Durand épouse Martin"),
        ("VAN DEN BERGHE", "Van den Berghe"),
        ("O", "o"),
        ("LE", "Le"),
        ("NUÑEZ", "Nunez"),
    ],
)
def test_family_names_are_the_same_however_written(card: str, account: str) -> None:
    assert names_match([card], ["Zoé"], family_name=account, given_name="ZOE")
    assert names_match([account], ["Zoé"], family_name=card, given_name="ZOE")


@pytest.mark.parametrize(
    ("card", "account"),
    [
        ("JEAN-PIERRE", "Jean Pierre"),
        ("Jean Pierre Marie", "Jean-Pierre"),
        ("Jeanpierre", "Jean-Pierre"),
        ("Zoé", "zoe"),
    ],
)
def test_first_names_are_the_same_however_written(card: str, account: str) -> None:
    assert names_match(["DURAND"], [card], family_name="Durand", given_name=account)


@pytest.mark.parametrize(
    ("card", "account", "reason"),
    [
        (("DURAND", "Zoé"), ("Durant", "Zoé"), "family_name_differs"),
        (("DURAND", "Zoé"), ("Martin", "Zoé"), "family_name_differs"),
        (("DURAND", "Zoé"), ("Durand", "Léa"), "given_name_differs"),
        (("DURAND", "Zoé"), ("Durand", "Z."), "given_name_differs"),
        (("DE LA TOUR", "Zoé"), ("De La Rue", "Zoé"), "family_name_differs"),
        (("DURAND", "Zoé"), ("", "Zoé"), "name_missing"),
        (("DURAND", "Zoé"), ("Durand", " - "), "name_missing"),
    ],
)
def test_names_of_two_people_differ_with_a_reason(card: tuple[str, str], account: tuple[str, str], reason: str) -> None:
    match = names_match([card[0]], [card[1]], family_name=account[0], given_name=account[1])
    assert (bool(match), match.reason) == (False, reason)


def test_the_name_of_practice_counts_as_much_as_the_civil_one() -> None:
    match = names_match(["DURAND", "MARTIN"], ["Zoé"], family_name="Martin", given_name="Zoé")
    assert (bool(match), match.reason) == (True, "compatible_names")


@given(full_names, full_names)
def test_everybody_has_their_own_name_whatever_case_and_accents(family: str, given_name: str) -> None:
    assert names_match([family.upper()], [bare(given_name)], family_name=bare(family), given_name=given_name.title())
    assert names_equal(family, bare(family).upper())


@given(full_names, full_names, full_names, full_names)
def test_it_does_not_matter_who_says_it(family: str, given_name: str, other: str, other_given: str) -> None:
    one = names_match([family], [given_name], family_name=other, given_name=other_given)
    back = names_match([other], [other_given], family_name=family, given_name=given_name)
    assert bool(one) == bool(back)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_gets_an_answer(family: str, given_name: str) -> None:
    match = names_match([family], [given_name], family_name="Durand", given_name="Zoé")
    assert match.reason in {"same_names", "compatible_names", "family_name_differs", "given_name_differs"}


@pytest.mark.parametrize(
    ("given", "held", "same"),
    [
        (("DURAND", "Zoe"), ("Durand-Martin", "Zoé"), True),
        (("Durand", "Zoé"), ("", ""), True),
        (("", ""), ("", ""), True),
        (("", ""), ("Durand", "Zoé"), False),
        (("Durand", "Léa"), ("Durand", "Zoé"), False),
        (("Durand", "Zoé"), ("", "Zoé"), False),
    ],
)
def test_roles_follow_a_person_and_not_an_address(given: tuple[str, str], held: tuple[str, str], same: bool) -> None:
    assert (why_not_same_person(given=given, held=held) is None) is same
