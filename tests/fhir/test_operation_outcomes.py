"""What an editor answers to a write (interop.md §1.0 errors, §6 D39, D40): read whatever it is, told in one line."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.fhir.operation_outcomes import Issue, Outcome, describe, read_location, read_outcome

FHIR = "application/fhir+json;charset=UTF-8"


def outcome(*issues: Any) -> bytes:
    return json.dumps({"resourceType": "OperationOutcome", "issue": list(issues)}).encode()


def test_each_issue_is_read_with_its_place() -> None:
    body = outcome(
        {"severity": "error", "code": "duplicate", "diagnostics": "Déjà\n pris.", "expression": ["Practitioner.id"]},
        {"severity": "ERROR", "code": "required", "details": {"text": "name manquant"}, "location": ["/f:name"]},
        {"severity": "odd", "code": "invalid"},
    )
    found = read_outcome(body, FHIR)
    assert found.issues == (
        Issue("error", "duplicate", "Déjà pris.", "Practitioner.id"),
        Issue("error", "required", "name manquant", "/f:name"),
        Issue("error", "invalid", "invalid", ""),
    )
    assert found.codes == {"duplicate", "required", "invalid"}
    assert describe(found) == "Déjà pris. (Practitioner.id); name manquant (/f:name); invalid"


@pytest.mark.parametrize("body", ["é".encode("latin-1"), "é".encode(), b"\xef\xbb\xbf" + "é".encode()])
def test_any_encoding_is_read(body: bytes) -> None:
    mark = b"\xef\xbb\xbf" if body.startswith(b"\xef\xbb\xbf") else b""
    text = mark + b'{"issue":[{"diagnostics":"' + body.removeprefix(mark) + b'"}]}'
    assert describe(read_outcome(text, None)) == "é"


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (b"", FHIR, "réponse sans explication"),
        (b" \n", None, "réponse sans explication"),
        (b"<!DOCTYPE html><title>Connexion</title>", "text/html", "page web au lieu d’un OperationOutcome"),
        (b"\xef\xbb\xbf <html>", None, "page web au lieu d’un OperationOutcome"),
        (b"Service Unavailable", "text/plain", "réponse illisible au lieu d’un OperationOutcome"),
        (b"[1]", FHIR, "réponse illisible au lieu d’un OperationOutcome"),
        (b"[" * 100_000, FHIR, "réponse illisible au lieu d’un OperationOutcome"),
        (b'{"resourceType":"Practitioner"}', FHIR, "Practitioner sans explication"),
        (b'{"issue":[{}]}', FHIR, "réponse sans explication"),
        (b'{"issue":"x"}', FHIR, "réponse sans explication"),
        (b"x" * 300_000, FHIR, "réponse trop longue pour être lue"),
    ],
)
def test_what_is_no_outcome_is_said_in_its_place(body: bytes, content_type: str | None, said: str) -> None:
    assert describe(read_outcome(body, content_type)) == said


def test_a_flood_of_issues_stays_one_bounded_line() -> None:
    found = read_outcome(outcome(*[{"diagnostics": "x\u202e\x00y" * 60, "code": "z" * 999}] * 100), FHIR)
    assert len(found.issues) == 10
    assert len(describe(found)) <= 500
    assert describe(found).isprintable()


@given(st.one_of(st.binary(max_size=80), st.text(st.characters(codec="utf-8")).map(lambda t: outcome(
    {"diagnostics": t, "expression": [t]}))), st.one_of(st.none(), st.text(max_size=20)))  # fmt: skip
def test_nothing_received_breaks_the_reading(body: bytes, content_type: str | None) -> None:
    said = describe(read_outcome(body, content_type))
    assert said
    assert len(said) <= 500
    assert said.isprintable()


JSONISH = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        ["severity", "code", "details", "text", "diagnostics", "expression"]), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@given(JSONISH)
def test_no_shape_of_issue_breaks_the_reading(issue: Any) -> None:
    assert isinstance(read_outcome(json.dumps({"issue": issue}).encode(), FHIR), Outcome)


@pytest.mark.parametrize(
    ("header", "server_id"),
    [
        ("http://editeur.example/fhir/Practitioner/42", "42"),
        ("https://editeur.example:8443/a/b/Practitioner/a-b.C9/_history/3", "a-b.C9"),
        ("Practitioner/42", "42"),
        (" /fhir/Practitioner/42/ ", "42"),
        ("http://editeur.example/fhir/Practitioner/42?_format=json#x", "42"),
        (None, None),
        ("", None),
        ("http://editeur.example/fhir/Practitioner", None),
        ("http://editeur.example/fhir/Practitioner/", None),
        ("http://editeur.example/fhir/Slot/42", None),
        ("http://editeur.example/fhir/Practitioner/<script>", None),
        ("Practitioner/" + "x" * 65, None),
        ("x" * 5000 + "/Practitioner/42", None),
    ],
)
def test_the_editors_own_id_is_read_from_any_location(header: str | None, server_id: str | None) -> None:
    assert read_location(header) == server_id


@given(st.text(max_size=60))
def test_no_location_breaks_the_reading(header: str) -> None:
    found = read_location(header)
    assert found is None or found in header
