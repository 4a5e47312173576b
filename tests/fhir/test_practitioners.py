"""Regulators' accounts on the wire (interop.md §1.4, §2.9, §7.6): written, read, refused with every reason."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.fhir.practitioner_rules import AccountProblem, is_email
from sas.fhir.practitioners import (
    AccountIdentifier,
    RefusedAccount,
    RegulatorAccount,
    practitioner_query,
    read_account_identifier,
    read_regulator,
    regulator_body,
)
from sas.fhir.systems import IDENTIFIER_TYPE, IDNPS, SAS

UUID_A, UUID_B = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "123e4567-e89b-42d3-a456-426614174000"
NATIONAL = AccountIdentifier(IDNPS, "3456780581/11242343")
TECHNICAL = AccountIdentifier(SAS, UUID_A)
ACCOUNT = RegulatorAccount(NATIONAL, True, "Loridon", "Sébastien", "sebastien.loridon@test.com")
Json = dict[str, Any]


def resource(**changes: Any) -> Json:
    """A conformant resource; an element given as None is left out."""
    whole = json.loads(regulator_body(ACCOUNT)) | changes
    return {name: value for name, value in whole.items() if value is not None}


def identifier(code: str, system: str, value: str) -> Json:
    return {"type": {"coding": [{"system": IDENTIFIER_TYPE, "code": code}]}, "system": system, "value": value}


def refusal(body: Json | bytes, **options: bool) -> RefusedAccount:
    found = read_regulator(body if isinstance(body, bytes) else json.dumps(body).encode(), **options)
    assert isinstance(found, RefusedAccount), found
    return found


def test_an_account_is_written_as_the_profile_wants_it() -> None:
    assert json.loads(regulator_body(ACCOUNT, resource_id="42")) == {
        "resourceType": "Practitioner",
        "id": "42",
        "meta": {
            "source": "urn:oid:1.2.250.1.213.3.6",
            "profile": ["https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/FrPractitionerRegul"],
        },
        "identifier": [
            {
                "type": {"coding": [{"system": "http://interopsante.org/fhir/CodeSystem/fr-v2-0203", "code": "IDNPS"}]},
                "system": "urn:oid:1.2.250.1.71.4.2.1",
                "value": "3456780581/11242343",
            }
        ],
        "active": True,
        "name": [{"family": "Loridon", "given": ["Sébastien"]}],
        "telecom": [{"system": "email", "value": "sebastien.loridon@test.com"}],
    }


def test_a_technical_id_is_coded_intrn_and_both_ids_may_stand_together() -> None:
    written = json.loads(regulator_body(RegulatorAccount(TECHNICAL, False, "A", "B", "a@b.fr")))
    assert written["identifier"] == [identifier("INTRN", SAS, UUID_A)]
    both = RegulatorAccount(NATIONAL, True, "A", "B", "a@b.fr", other=TECHNICAL)
    assert read_regulator(regulator_body(both)) == both


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=60)
IDENTIFIERS = st.one_of(
    st.uuids().map(lambda value: AccountIdentifier(SAS, str(value))),
    st.from_regex(r"[0-9]{8,12}(/[0-9A-Z]{1,12})?", fullmatch=True).map(lambda value: AccountIdentifier(IDNPS, value)),
)


@given(IDENTIFIERS, st.booleans(), NAMES, NAMES, st.from_regex(r"[a-z0-9.+_-]{1,20}@[a-z]{2,10}\.fr", fullmatch=True))
def test_what_the_platform_writes_an_editor_reads(
    known_by: AccountIdentifier, active: bool, family: str, given_name: str, email: str
) -> None:
    account = RegulatorAccount(known_by, active, family, given_name, email)
    found = read_regulator(regulator_body(account, resource_id="x"))
    assert found == account if is_email(email) else isinstance(found, RefusedAccount)


@given(st.one_of(IDENTIFIERS, NAMES.filter(lambda text: "," not in text).map(lambda v: AccountIdentifier(IDNPS, v))))
def test_the_query_of_an_update_reads_back(known_by: AccountIdentifier) -> None:
    path, _, query = practitioner_query(known_by).partition("?")
    assert (path, read_account_identifier(query)) == ("Practitioner", known_by)
    assert query.isascii()
    assert not set(query) & set("| /#")


def test_the_slash_of_a_national_id_is_encoded() -> None:
    assert practitioner_query(NATIONAL) == (
        "Practitioner?identifier=urn:oid:1.2.250.1.71.4.2.1%7C3456780581%2F11242343"
    )


@pytest.mark.parametrize(
    "query",
    [
        "identifier=urn:oid:1.2.250.1.71.4.2.1|3456780581/11242343",
        "identifier=urn:oid:1.2.250.1.71.4.2.1%7C3456780581%2F11242343&_format=json",
        "?identifier=urn%3Aoid%3A1.2.250.1.71.4.2.1%7c3456780581/11242343",
        "_format=json&identifier=%20urn:oid:1.2.250.1.71.4.2.1+|%203456780581/11242343+,",
        "identifier=urn:oid:1.2.250.1.71.4.2.1|3456780581/11242343&identifier=&&",
    ],
)
def test_raw_or_encoded_with_blanks_or_without_it_is_the_same_identifier(query: str) -> None:
    assert read_account_identifier(query) == NATIONAL


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "required"),
        ("identifier=", "required"),
        ("Identifier=urn:oid:1.2.250.1.71.4.2.1|1", "required"),
        ("_format=json", "required"),
        ("identifier=3456780581/11242343", "value"),
        ("identifier=|3456780581", "value"),
        ("identifier=urn:oid:1.2.250.1.71.4.2.1|", "value"),
        ("identifier=urn:oid:1.2.3|x", "value"),
        ("identifier=1.2.250.1.71.4.2.1|x", "value"),
        ("identifier=urn:oid:1.2.250.1.71.4.2.1|a%00b", "value"),
        ("identifier=urn:oid:1.2.250.1.71.4.2.1|" + "9" * 201, "value"),
        ("identifier=urn:oid:1.2.250.1.71.4.2.1|a,urn:oid:1.2.250.1.71.4.2.1|b", "multiple-matches"),
        ("identifier=urn:oid:1.2.250.1.71.4.2.1|a&identifier=urn:oid:1.2.250.1.71.4.2.1|b", "multiple-matches"),
        ("identifier=" + "9" * 5000, "too-long"),
    ],
)
def test_an_update_that_designates_nobody_is_refused_with_its_reason(query: str, code: str) -> None:
    problem = read_account_identifier(query)
    assert isinstance(problem, AccountProblem)
    assert problem.code == code
    assert problem.diagnostics.endswith(".")


MAIL = "Practitioner.telecom[0].value"
CATALOGUE: list[tuple[str, Json, bool, str, str]] = [
    # §7.6, one defect at a time
    ("no identifier", {"identifier": None}, False, "required", "Practitioner.identifier"),
    ("no name", {"name": None}, False, "required", "Practitioner.name"),
    ("no telecom", {"telecom": None}, False, "required", "Practitioner.telecom"),
    ("no active", {"active": None}, False, "required", "Practitioner.active"),
    ("empty name", {"name": [{"family": "", "given": ["C"]}]}, False, "required", "Practitioner.name[0].family"),
    ("blank name", {"name": [{"family": " ", "given": ["C"]}]}, False, "required", "Practitioner.name[0].family"),
    ("empty given", {"name": [{"family": "D", "given": [""]}]}, False, "required", "Practitioner.name[0].given[0]"),
    ("empty mail", {"telecom": [{"system": "email", "value": ""}]}, False, "required", MAIL),
    (
        "a telephone",
        {"telecom": [{"system": "phone", "value": "+33320000000"}]},
        False,
        "value",
        "Practitioner.telecom[0].system",
    ),
    (
        "a telephone after the mail",
        {"telecom": [{"system": "email", "value": "a@b.fr"}, {"system": "phone", "value": "+33320000000"}]},
        False,
        "value",
        "Practitioner.telecom[1].system",
    ),
    (
        "INTRN for a national id",
        {"identifier": [identifier("INTRN", IDNPS, "1223432432")]},
        False,
        "value",
        "Practitioner.identifier[0].type",
    ),
    (
        "IDNPS for a technical id",
        {"identifier": [identifier("IDNPS", SAS, UUID_A)]},
        False,
        "value",
        "Practitioner.identifier[0].type",
    ),
    # [REC] extra negatives
    (
        "two of a slice",
        {"identifier": [identifier("INTRN", SAS, UUID_A), identifier("INTRN", SAS, UUID_B)]},
        False,
        "value",
        "Practitioner.identifier[1]",
    ),
    (
        "unknown system",
        {"identifier": [identifier("IDNPS", "urn:oid:1.2.3", "1")]},
        False,
        "value",
        "Practitioner.identifier",
    ),
    (
        "no UUID",
        {"identifier": [identifier("INTRN", SAS, "3456780581/11242343")]},
        False,
        "value",
        "Practitioner.identifier[0].value",
    ),
    ("active in quotes", {"active": "true"}, True, "structure", "Practitioner.active"),
    ("active as a number", {"active": 1}, True, "structure", "Practitioner.active"),
    ("two given", {"name": [{"family": "D", "given": ["A", "B"]}]}, False, "value", "Practitioner.name[0].given"),
    ("no given", {"name": [{"family": "D"}]}, False, "required", "Practitioner.name[0].given"),
    (
        "invalid mail",
        {"telecom": [{"system": "email", "value": "6f96 + name@example.com"}]},
        False,
        "value",
        MAIL,
    ),
    ("another type", {"resourceType": "Patient"}, True, "structure", ""),
    # and what else the profile forbids
    (
        "another source",
        {"meta": {"source": "urn:oid:1.2.3"}},
        False,
        "value",
        "Practitioner.meta.source",
    ),
    (
        "no system",
        {"identifier": [{"type": {"coding": [{"code": "IDNPS"}]}, "value": "1"}]},
        False,
        "required",
        "Practitioner.identifier[0].system",
    ),
    (
        "no type",
        {"identifier": [{"system": IDNPS, "value": "1"}]},
        False,
        "value",
        "Practitioner.identifier[0].type",
    ),
    (
        "a blank inside the id",
        {"identifier": [identifier("IDNPS", IDNPS, "81 00")]},
        False,
        "value",
        "Practitioner.identifier[0].value",
    ),
    ("an empty list", {"identifier": []}, False, "required", "Practitioner.identifier"),
    ("an object for a list", {"name": {"family": "D", "given": ["A"]}}, True, "structure", "Practitioner.name"),
    ("text for an object", {"name": ["Dupont"]}, True, "structure", "Practitioner.name[0]"),
    ("text for a list", {"name": [{"family": "D", "given": "A"}]}, True, "structure", "Practitioner.name[0].given"),
    (
        "a number for a name",
        {"name": [{"family": 4, "given": ["A"]}]},
        True,
        "structure",
        "Practitioner.name[0].family",
    ),
    ("meta as text", {"meta": "x"}, True, "structure", "Practitioner.meta"),
    (
        "a book for a name",
        {"name": [{"family": "D" * 201, "given": ["A"]}]},
        False,
        "too-long",
        "Practitioner.name[0].family",
    ),
    ("a crowd", {"telecom": [{"system": "email", "value": "a@b.fr"}] * 21}, False, "too-long", "Practitioner.telecom"),
    (
        "a line feed in a name",
        {"name": [{"family": "D\nE", "given": ["A"]}]},
        False,
        "value",
        "Practitioner.name[0].family",
    ),
]


@pytest.mark.parametrize(
    ("changes", "malformed", "code", "expression"), [row[1:] for row in CATALOGUE], ids=[row[0] for row in CATALOGUE]
)
def test_each_defect_alone_is_refused_at_its_element(
    changes: Json, malformed: bool, code: str, expression: str
) -> None:
    found = refusal(resource(**changes))
    assert found.malformed is malformed
    assert [(problem.code, problem.expression) for problem in found.problems] == [(code, expression)]
    assert found.problems[0].diagnostics.endswith(".")


def test_every_defect_is_told_at_once() -> None:
    found = refusal({"resourceType": "Practitioner"})
    assert [problem.expression for problem in found.problems] == [
        "Practitioner.identifier",
        "Practitioner.active",
        "Practitioner.name",
        "Practitioner.telecom",
    ]


def test_what_the_profile_leaves_open_is_accepted() -> None:
    open_slice = [identifier("XX", "urn:oid:1.2.3", "1"), identifier("IDNPS", IDNPS, " 1223432432 ")]
    body = resource(meta=None, identifier=open_slice, gender="female", id="example-regulator-1")
    found = read_regulator(json.dumps(body).encode())
    assert isinstance(found, RegulatorAccount)
    assert found.identifiers == (AccountIdentifier(IDNPS, "1223432432"),)


def test_a_technical_id_that_is_no_uuid_is_taken_only_where_the_kit_sends_one() -> None:
    body = json.dumps(resource(identifier=[identifier("INTRN", SAS, "3456780581/11242343")])).encode()
    assert isinstance(read_regulator(body), RefusedAccount)
    found = read_regulator(body, any_technical_id=True)
    assert isinstance(found, RegulatorAccount)
    assert found.identifier == AccountIdentifier(SAS, "3456780581/11242343")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'"x"', b"[" * 100_000, b'{"a":' * 5000])
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    assert refusal(body).malformed


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        ("a@b.fr", True),
        ("Zoé@exemple.fr", False),
        ("a+b@hôpital.example", True),
        ("a.b@sub.domain.org", True),
        ("a@b", False),
        ("a..b@c.fr", False),
        (".a@c.fr", False),
        ("a b@c.fr", False),
        ("a@-c.fr", False),
        ("a@b.fr\n", False),
        ("a@b@c.fr", False),
        ("x" * 65 + "@c.fr", False),
        ("a@" + "x." * 130 + "fr", False),
    ],
)
def test_addresses(address: str, valid: bool) -> None:
    assert is_email(address) is valid


JSONISH = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=9)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        ["system", "value", "type", "coding", "code", "family", "given", "source"]), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip
ELEMENTS = st.sampled_from(["meta", "identifier", "active", "name", "telecom", "resourceType"])


@given(st.dictionaries(ELEMENTS, JSONISH, min_size=1, max_size=3))
def test_no_json_breaks_the_reading(changes: Json) -> None:
    found = read_regulator(json.dumps(json.loads(regulator_body(ACCOUNT)) | changes).encode())
    assert isinstance(found, RegulatorAccount) or found.problems


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    assert isinstance(read_regulator(body), RefusedAccount)


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_query_breaks_the_reading(text: str) -> None:
    found = read_account_identifier(f"identifier=urn:oid:1.2.250.1.213.3.6|{text}")
    assert isinstance(found, AccountIdentifier | AccountProblem)


@given(st.uuids())
def test_a_uuid_is_read_in_either_case(value: UUID) -> None:
    body = resource(identifier=[identifier("INTRN", SAS, str(value).upper())])
    assert isinstance(read_regulator(json.dumps(body).encode()), RegulatorAccount)
