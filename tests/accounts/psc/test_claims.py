"""Claims in every state: a card, or a refusal with its reason, and never anything else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.pro_sante_connect.people import person
from sas.accounts.psc.claims import LONGEST_NAME, Card, ClaimsRefusedError, Reason, read_card
from sas.directory.rules import is_card_id

ZOE = "899900000001"
GOOD: dict[str, Any] = {
    "sub": f"f:1:{ZOE}",
    **person(ZOE, "DURAND", "Zoé", email="Zoe.Durand@Example.org", email_verified=True),
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = ("sub", "SubjectNameID", "family_name", "given_name", "email", "SubjectRole", "SubjectRefPro", "otherIds")


def refusal(**changed: Any) -> Reason:
    with pytest.raises(ClaimsRefusedError) as refused:
        read_card({**GOOD, **changed})
    return refused.value.reason


def outcome(changed: dict[str, Any]) -> Card | ClaimsRefusedError:
    try:
        return read_card({**GOOD, **changed})
    except ClaimsRefusedError as refused:
        return refused


def test_a_card_says_who_and_what() -> None:
    assert read_card(GOOD) == Card(
        subject=f"f:1:{ZOE}",
        national_id=ZOE,
        family_names=("DURAND",),
        given_names=("Zoé",),
        email="zoe.durand@example.org",
        professions=("10",),
    )


@pytest.mark.parametrize("national_id", ["0123456789", "02A1234567", "3590000012/77", "3456780581/11242343"])
def test_other_cards_than_those_with_an_rpps_number_are_cards(national_id: str) -> None:
    claims = {"sub": "x", **person(national_id, "MARTIN", "Paul")}
    assert read_card(claims).national_id == national_id


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"sub": None}, Reason.NO_SUBJECT),
        ({"sub": "  "}, Reason.NO_SUBJECT),
        ({"sub": 12}, Reason.NO_SUBJECT),
        ({"SubjectNameID": None}, Reason.NO_ID),
        ({"SubjectNameID": ""}, Reason.NO_ID),
        ({"SubjectNameID": "99900000001"}, Reason.MALFORMED_ID),
        ({"SubjectNameID": 899900000001}, Reason.MALFORMED_ID),
        ({"SubjectNameID": "8٩٩٩٠٠٠٠٠٠٠١"}, Reason.MALFORMED_ID),
        ({"SubjectNameID": "3590000012/" + "7" * 40}, Reason.MALFORMED_ID),
        ({"SubjectNameID": "3590000012/7'; --"}, Reason.MALFORMED_ID),
        ({"preferred_username": "899900000002"}, Reason.CONTRADICTORY_ID),
        ({"otherIds": [{"identifiant": "899900000002", "origine": "RPPS"}]}, Reason.CONTRADICTORY_ID),
        ({"family_name": None, "SubjectRefPro": None}, Reason.NO_NAME),
        ({"given_name": " ", "SubjectRefPro": {"exercices": []}}, Reason.NO_NAME),
        ({"family_name": 3}, Reason.MALFORMED_NAME),
        ({"family_name": "N" * (LONGEST_NAME + 1)}, Reason.MALFORMED_NAME),
        ({"given_name": "Zo\x00é"}, Reason.MALFORMED_NAME),
        ({"given_name": "Zo\u202eé"}, Reason.MALFORMED_NAME),
    ],
)
def test_what_is_missing_malformed_or_contradictory_is_refused_with_its_reason(
    changed: dict[str, Any], reason: Reason
) -> None:
    assert refusal(**changed) is reason


@pytest.mark.parametrize(
    "changed",
    [
        {"preferred_username": "zoe.durand"},
        {"preferred_username": None},
        {"otherIds": [{"identifiant": ZOE[1:], "origine": "RPPS"}]},
        {"otherIds": [{"identifiant": "0123456789", "origine": "ADELI"}]},
        {"otherIds": [{"identifiant": "899900000002", "origine": "RPPS"}, {"identifiant": ZOE, "origine": "RPPS"}]},
        {"otherIds": "rien"},
        {"otherIds": [None, 3, {"origine": "RPPS"}]},
    ],
)
def test_what_says_nothing_against_the_identifier_does_not_count(changed: dict[str, Any]) -> None:
    assert read_card({**GOOD, **changed}).national_id == ZOE


def test_the_names_of_practice_are_other_names_of_the_same_person() -> None:
    practices = [{"nomDexercice": "MARTIN", "prenomDexercice": "Zoé", "codeProfession": "60"}, "?"]
    card = read_card({**GOOD, "SubjectRefPro": {"exercices": practices}})
    assert card.family_names == ("DURAND", "MARTIN")
    assert card.given_names == ("Zoé",)
    assert card.professions == ("10", "60")


def test_a_name_of_practice_stands_for_an_absent_one() -> None:
    assert read_card({**GOOD, "family_name": None}).family_name == "DURAND"


@pytest.mark.parametrize(
    "email",
    [None, "", 3, "zoe", "zoe@", "@example.org", "a b@example.org", "a@b", "a\x00@example.org", "a@" + "b" * 300],
)
def test_an_address_that_is_not_one_is_as_if_absent(email: Any) -> None:
    assert read_card({**GOOD, "email": email}).email is None


@pytest.mark.parametrize("verified", [None, False, "true", 1])
def test_an_address_that_the_provider_has_not_verified_is_not_taken(verified: Any) -> None:
    assert read_card({**GOOD, "email_verified": verified}).email is None


@given(st.dictionaries(st.sampled_from(NAMES), anything))
def test_whatever_is_said_makes_a_card_or_a_refusal(changed: dict[str, Any]) -> None:
    card = outcome(changed)
    if isinstance(card, ClaimsRefusedError):
        assert card.reason in Reason
        return
    assert is_card_id(card.national_id)
    for name in (*card.family_names, *card.given_names):
        assert 0 < len(name) <= LONGEST_NAME
        assert name.isprintable()
    assert card.email is None or card.email == card.email.strip().lower()


@given(anything)
def test_a_refusal_never_repeats_what_was_read(said: Any) -> None:
    refused = outcome({"SubjectNameID": said})
    assert str(refused) in {"ID-ABSENT", "ID-FORME", "ID-CONTRADICTOIRE"}
