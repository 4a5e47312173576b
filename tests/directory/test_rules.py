"""Shapes of identifiers."""

import pytest

from sas.directory.rules import is_card_id, is_national_id


@pytest.mark.parametrize(
    ("identifier", "national", "card"),
    [
        ("899900000001", True, True),
        ("0123456789", True, True),
        ("02A1234567", True, True),
        ("3456780581/11242343", False, True),
        ("5123456789/AB-12", False, True),
        ("3456780581", False, False),
        ("3456780581/", False, False),
        ("3456780581/1 2", False, False),
        ("3456780581/" + "1" * 30, False, False),
        ("89990000000", False, False),
        ("8٩٩٩٠٠٠٠٠٠٠١", False, False),
        ("", False, False),
        ("899900000001\n", False, False),
    ],
)
def test_cards_bear_national_identifiers_and_those_of_employees(identifier: str, national: bool, card: bool) -> None:
    assert (is_national_id(identifier), is_card_id(identifier)) == (national, card)
