"""Errors that are kept and shown name nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.web.safe_text import LONGEST, error_text, without_personal_data


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("450 <lea.martin@chu.example> busy", "450 <…@…> busy"),
        ("Key (national_id)=(810001234567) already exists", "Key (national_id)=(…) already exists"),
        ("duplicate key\nDETAIL: Key (email)=(a@b.fr)", "duplicate key"),
        ("https://sas:motdepasse@editeur.example/fhir", "https://…"),
        ("timeout after 30 s on port 9101", "timeout after 30 s on port 9101"),
        ("", ""),
    ],
)
def test_addresses_numbers_and_values_are_left_out(text: str, kept: str) -> None:
    assert without_personal_data(text) == kept


@given(st.text(), st.emails(), st.text())
def test_what_is_kept_is_short_and_holds_no_address(before: str, email: str, after: str) -> None:
    kept = error_text(LookupError(f"{before} {email} {after}"))
    assert len(kept) <= LONGEST
    assert email not in kept
