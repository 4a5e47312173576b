"""INT_R02 at the sandbox: the official kit's table (interop.md §7.5) and the rules of §1.4.3."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor_kit.sandbox.accounts import Account, Accounts
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount
from tests.editor_kit.sandbox.account_requests import IDN, SAS, body, fresh, identifier, post, put, report, send
from tests.editor_kit.sandbox.conftest import Editor, Json

CREATED, FINE, PUT_AS_CREATE = range(201, 202), range(200, 400), range(200, 202)
REFUSED = range(400, 600)


def missing_fields() -> list[Json]:
    """NO_IDENTIFIER, NO_NAME, NO_TELECOM, NO_ACTIVE of §7.6, with the kit's own invalid mail."""
    mail = f"{fresh()} + name@example.com"
    return [
        body(IDN, fresh(), mail, family="Dupont", given="Jean", identifier=None),
        body(IDN, fresh(), mail, name=None),
        body(IDN, fresh(), mail, family="Martin", given="Alice", telecom=None),
        body(IDN, fresh(), mail, family="Leroy", given="Paul", active=None),
    ]


def wrong_values() -> list[Json]:
    """EMPTY_NAME, EMPTY_MAIL, WRONG_TELECOM_SYSTEM, WRONG_CODE_FOR_IDNPS_SYSTEM, WRONG_CODE_FOR_INTRN_SYSTEM."""
    mail = f"{fresh()} + name@example.com"
    mismatch = [identifier(SAS, fresh(), "IDNPS")]
    return [
        body(SAS, "", mail, family="", given="Claire", identifier=mismatch),
        body(SAS, "", "", family="Marie", given="Claire", identifier=mismatch),
        body(IDN, fresh(), mail, telecom=[{"system": "phone", "value": mail}]),
        body(IDN, "", mail, identifier=[identifier(IDN, "1223432432", "INTRN")]),
        body(SAS, "", mail, identifier=mismatch),
    ]


Row = tuple[str, str, str | None, Json, range]


def kit_rows() -> list[Row]:
    """The table of §7.5, in order: row, what it does, the PUT's query (None: POST), the body, the statuses that pass.

    `regulator_id` and the mails are those of a run of their own, as the kit's user types them.
    """
    run = fresh()[:8]
    regulator, changed = f"3456780581/{run}", f"3456780581/{run}M"
    mail, new_mail = f"sebastien.{run}@test.com", f"sebastien.{run}.modif@test.com"
    one, two, three, four = fresh(), fresh(), fresh(), fresh()
    at, at_changed = f"{IDN}|{regulator}", f"{IDN}|{changed}"
    double = body(SAS, two, two + mail)
    renamed: Json = {"family": "Loridon-modif"}
    return [
        ("5.01", "creation_regulateur_idnps", None, body(IDN, regulator, mail), CREATED),
        ("5.02", "creation_regulateur_uuid", None, body(SAS, one, one + mail), CREATED),
        ("5.03", "creation_double, first", None, double, CREATED),
        ("5.03", "creation_double, same again", None, double, REFUSED),
        *(("5.04", "champs_manquants", None, wrong, REFUSED) for wrong in missing_fields()),
        *(("5.05", "valeurs_invalides", None, wrong, REFUSED) for wrong in wrong_values()),
        ("5.06", "deshabilitation", at, body(IDN, regulator, mail, active=False), FINE),
        ("5.07", "habilitation", at, body(IDN, regulator, mail), FINE),
        ("5.08", "modification_email", at, body(IDN, regulator, new_mail), FINE),
        ("5.09", "modification_id", at, body(IDN, changed, new_mail), FINE),
        ("5.10", "modification_typeid (systems swapped)", f"{IDN}|{one}", body(SAS, regulator, one + mail), FINE),
        ("5.11", "modification_nom", at_changed, body(IDN, changed, new_mail, **renamed), FINE),
        ("5.12", "modification_prenom", at_changed, body(IDN, changed, new_mail, given="S-modif", **renamed), FINE),
        *(("5.13", "modification_champs_manquants", at_changed, wrong, REFUSED) for wrong in missing_fields()),
        *(("5.14", "put_as_create_missing_fields", f"{SAS}|{fresh()}", wrong, REFUSED) for wrong in missing_fields()),
        ("5.15", "put_as_create", f"{SAS}|{three}", body(SAS, three, three + mail), PUT_AS_CREATE),
        ("5.16a", "reattribution: the old one inactive", at, body(IDN, regulator, mail, active=False), FINE),
        (
            "5.16b",
            "reattribution: a new account",
            None,
            body(SAS, four, f"{four}.{mail}", family=f"{four}L", given=f"{four}S"),
            CREATED,
        ),
        ("5.16c", "reattribution: takes the id", f"{SAS}|{four}", body(IDN, regulator, f"{four}.{mail}"), FINE),
    ]


async def test_every_row_of_the_kits_table_passes_in_order_twice_on_the_same_sandbox(editor: Editor) -> None:
    for _ in range(2):
        for row, what, query, sent, passes in kit_rows():
            status, answer, response = await (post(editor, sent) if query is None else put(editor, query, sent))
            assert status in passes, (row, what, status, answer)
            # What the kit never checks: a refusal says why, a success says where.
            if passes is REFUSED:
                assert answer["resourceType"] == "OperationOutcome", (row, what)
                assert all(issue["diagnostics"] for issue in answer["issue"]), (row, what)
            else:
                assert response.headers["Location"].endswith(f"/Practitioner/{answer['id']}"), (row, what)
    assert (await report(editor))["received"] == 2 * len(kit_rows())


async def test_the_kits_swapped_row_as_it_should_have_been(editor: Editor) -> None:
    """§7.5, the correction of 5.10: the technical id gives way to the national one."""
    technical, national = fresh(), "3456780581/77"
    _, created, _ = await post(editor, body(SAS, technical, "a@b.fr"))
    status, updated, _ = await put(editor, f"{SAS}%7C{technical}", body(IDN, national, "a@b.fr"))
    assert (status, updated["id"], updated["identifier"]) == (200, created["id"], [identifier(IDN, national)])
    status, _, _ = await put(editor, f"{IDN}%7C3456780581%2F77", body(IDN, national, "a@b.fr"))
    assert status == 200
    assert (await put(editor, f"{SAS}|{technical}", body(SAS, technical, "c@d.fr")))[0] == 201  # free again


async def test_a_creation_answers_with_the_place_and_the_resource(editor: Editor) -> None:
    status, answer, response = await post(editor, body(IDN, "3456780581/1", "a@b.fr"))
    assert status == 201
    assert response.headers["Content-Type"] == "application/fhir+json;charset=UTF-8"
    assert response.headers["Location"] == f"{editor.sandbox.base_url}/Practitioner/{answer['id']}"
    assert answer["id"] != "example-regulator-1"
    assert answer == body(IDN, "3456780581/1", "a@b.fr") | {"id": answer["id"]}
    status, empty, response = await post(editor, body(SAS, fresh(), "c@d.fr"), Prefer="return=minimal")
    assert (status, empty, "/Practitioner/" in response.headers["Location"]) == (201, {}, True)


@pytest.mark.parametrize(
    ("resource", "status", "code"),
    [
        (b"{", 400, "invalid"),
        (b'{"resourceType":"Patient"}', 400, "structure"),
        (msgspec.json.encode(body(IDN, "1", "a@b.fr", active="true")), 400, "structure"),
        (msgspec.json.encode(body(SAS, "no-uuid", "a@b.fr")), 422, "value"),
        (msgspec.json.encode(body(IDN, "1", "not a mail")), 422, "value"),
        (msgspec.json.encode(body(IDN, "1", "a@b.fr", identifier=[identifier(IDN, "1")] * 2)), 422, "value"),
        (b" " * 70_000, 413, "invalid"),
    ],
)
async def test_no_fhir_is_400_and_a_broken_rule_422(editor: Editor, resource: bytes, status: int, code: str) -> None:
    answered, outcome, _ = await post(editor, resource)
    assert (answered, outcome["issue"][0]["code"]) == (status, code)
    assert (await report(editor))["accounts"] == []


async def test_a_refusal_names_the_element(editor: Editor) -> None:
    _, outcome, _ = await post(editor, body(IDN, "1", ""))
    assert outcome["issue"][0]["expression"] == ["Practitioner.telecom[0].value"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "required"),
        ("?identifier=", 400, "required"),
        ("?identifier=3456780581", 400, "value"),
        (f"?identifier={IDN}|1,{IDN}|2", 412, "multiple-matches"),
    ],
)
async def test_an_update_names_exactly_one_account(editor: Editor, query: str, status: int, code: str) -> None:
    answered, outcome, _ = await send(editor, "PUT", query, body(IDN, "1", "a@b.fr"))
    assert (answered, outcome["issue"][0]["code"]) == (status, code)
    assert (await report(editor))["accounts"] == []


@pytest.mark.parametrize(
    ("method", "rest", "allowed"),
    [("DELETE", "", "POST, PUT"), ("GET", "", "POST, PUT"), ("DELETE", "/x", ""), ("PUT", "/x", "")],
)
async def test_nothing_is_ever_deleted_or_read(editor: Editor, method: str, rest: str, allowed: str) -> None:
    status, outcome, response = await send(editor, method, rest)
    assert (status, response.headers["Allow"], outcome["resourceType"]) == (405, allowed, "OperationOutcome")
    assert ("active:false" in outcome["issue"][0]["diagnostics"]) is (method == "DELETE")


@pytest.mark.parametrize(
    ("content_type", "query", "status"),
    [
        ("application/fhir+json; charset=utf-8", "", 201),
        ("application/json+fhir", "?_format=json", 201),
        ("application/json;charset=UTF-8", "?_format=application/fhir+json", 201),
        ("application/json", "?_format=application%2Fjson%2Bfhir", 201),
        ("text/xml", "", 415),
        ("application/fhir+json;charset=iso-8859-1", "", 415),
        ("application/fhir+json", "?_format=xml", 406),
    ],
)
async def test_the_types_of_the_guide_are_taken(editor: Editor, content_type: str, query: str, status: int) -> None:
    headers = {"Content-Type": content_type}
    answered, answer, response = await send(editor, "POST", query, body(IDN, "1", "a@b.fr"), **headers)
    assert (answered, response.headers["Content-Type"]) == (status, "application/fhir+json;charset=UTF-8")
    assert answer["resourceType"] == ("Practitioner" if status == 201 else "OperationOutcome")


async def test_the_capability_statement_says_so(editor: Editor) -> None:
    statement = await editor.json(f"{editor.sandbox.base_url}/metadata")
    (declared,) = [r for r in statement["rest"][0]["resource"] if r["type"] == "Practitioner"]
    assert [interaction["code"] for interaction in declared["interaction"]] == ["create", "update"]
    assert (declared["updateCreate"], declared["conditionalUpdate"]) == (True, True)


class TestUniqueness:
    """§1.4.3: identifiers among active accounts, addresses on POST only."""

    async def test_an_address_is_refused_on_post_only_whatever_its_case(self, editor: Editor) -> None:
        await post(editor, body(IDN, "1", "a@b.fr"))
        status, outcome, _ = await post(editor, body(IDN, "2", "A@B.fr"))
        assert (status, outcome["issue"][0]["code"]) == (422, "duplicate")
        assert (await put(editor, f"{IDN}|2", body(IDN, "2", "a@b.fr")))[0] == 201

    async def test_an_identifier_of_another_active_account_is_refused_everywhere(self, editor: Editor) -> None:
        await post(editor, body(IDN, "1", "a@b.fr"))
        await post(editor, body(IDN, "2", "c@d.fr"))
        attempts = [
            await post(editor, body(IDN, "1", "e@f.fr")),
            await put(editor, f"{IDN}|2", body(IDN, "1", "c@d.fr")),
            await put(editor, f"{IDN}|3", body(IDN, "1", "e@f.fr")),
        ]
        for status, outcome, _ in attempts:
            assert (status, outcome["issue"][0]["code"]) == (422, "duplicate")
        accounts = (await report(editor))["accounts"]
        assert [account["identifiers"] for account in accounts] == [[f"{IDN}|1"], [f"{IDN}|2"]]

    async def test_the_id_of_a_disabled_account_goes_to_who_asks_next(self, editor: Editor) -> None:
        await post(editor, body(IDN, "1", "a@b.fr"))
        await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr", active=False))
        status, taker, _ = await post(editor, body(IDN, "1", "c@d.fr"))
        assert status == 201
        assert (await put(editor, f"{IDN}|1", body(IDN, "1", "c@d.fr")))[1]["id"] == taker["id"]
        accounts = (await report(editor))["accounts"]
        assert [(account["identifiers"], account["active"]) for account in accounts] == [
            ([], False),
            ([f"{IDN}|1"], True),
        ]

    async def test_a_disabled_account_is_restored_by_put_and_not_by_post(self, editor: Editor) -> None:
        _, first, _ = await post(editor, body(IDN, "1", "a@b.fr"))
        await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr", active=False))
        assert (await post(editor, body(IDN, "1", "a@b.fr")))[0] == 422
        status, restored, _ = await put(editor, f"{IDN}|1", body(IDN, "1", "a@b.fr"))
        assert (status, restored["id"], restored["active"]) == (200, first["id"], True)

    async def test_with_two_identifiers_an_account_answers_to_both(self, editor: Editor) -> None:
        technical = fresh()
        both = [identifier(IDN, "1"), identifier(SAS, technical)]
        _, first, _ = await post(editor, body(IDN, "1", "a@b.fr", identifier=both))
        for query in (f"{IDN}|1", f"{SAS}|{technical}"):
            assert (await put(editor, query, body(IDN, "", "a@b.fr", identifier=both)))[1]["id"] == first["id"]


OPERATIONS = st.lists(
    st.tuples(
        st.integers(0, 4), st.integers(0, 4), st.one_of(st.none(), st.integers(0, 4)), st.booleans(), st.booleans()
    ),
    max_size=30,
)


@settings(deadline=None)
@given(OPERATIONS)
def test_no_two_accounts_ever_hold_the_same_identifier(
    operations: list[tuple[int, int, int | None, bool, bool]],
) -> None:
    accounts = Accounts()
    for query, first, other, active, by_put in operations:
        known_by = AccountIdentifier(IDN, str(first))
        also = None if other is None else AccountIdentifier(SAS, str(other))
        told = RegulatorAccount(known_by, active, "A", "B", f"{first}@b.fr", other=also)
        account = accounts.holder(AccountIdentifier(IDN, str(query))) if by_put else None
        if account is None:
            made = accounts.create(told, email_is_unique=not by_put)
            account = made if isinstance(made, Account) else None
        elif accounts.update(account, told):
            account = None
        assert account is None or all(accounts.holder(identifier) is account for identifier in told.identifiers)
        accounts.note("PUT", "", 200, "updated", account)
        held = [identifier for account in accounts.report()["accounts"] for identifier in account["identifiers"]]
        assert len(held) == len(set(held))
