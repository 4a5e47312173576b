"""Accounts and machine clients, as the commands make them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from sas.accounts.closing import close_account
from sas.accounts.models import MachineClient, RoleGrant, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, create_account, create_client
from sas.web.models import AuditLine
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.factories import directory as factories

pytestmark = pytest.mark.django_db


def command(name: str, *arguments: str) -> str:
    said = StringIO()
    call_command(name, *arguments, stdout=said)
    return said.getvalue().strip()


def test_making_an_account_twice_changes_nothing_the_second_time() -> None:
    arguments = ("--email", "Rita@Example.org", "--role", "regulator", "--password", PASSWORD)
    assert command("create_account", *arguments) == "Compte créé : rita@example.org"
    before = User.objects.values().get()
    assert command("create_account", *arguments) == "Compte mis à jour : rita@example.org"
    assert User.objects.values().get() == before
    assert (RoleGrant.objects.count(), AuditLine.objects.count()) == (1, 1)


def test_roles_and_territories_may_be_given_together_or_one_by_one() -> None:
    for code in ("SAS-59", "SAS-62"):
        factories.territory(code=code)
    command(
        *("create_account", "--email", "a@example.org", "--role", "regulator", "ioa", "--role", "effector"),
        *("--territory", "SAS-59", "--territory", "SAS-62"),
    )
    held = set(RoleGrant.objects.values_list("role", "territory__code"))
    assert held == {(role, code) for role in ("regulator", "ioa", "effector") for code in ("SAS-59", "SAS-62")}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "pas une adresse"}, "Saisissez une adresse"),
        ({"email": "a" * 300 + "@example.org"}, "254"),
        ({"roles": []}, "au moins un rôle"),
        ({"territories": ["SAS-99"]}, "Territoire inconnu : SAS-99"),
        ({"password": "court"}, "trop court"),
        ({"password": "rita@example.org"}, "trop semblable"),
        ({"national_id": "12"}, "8 suivi du RPPS"),
        ({"family_name": "N" * 101}, "100"),
    ],
)
def test_an_account_that_cannot_be_made_says_why_and_leaves_nothing(wrong: dict[str, object], said: str) -> None:
    asked = {"email": "rita@example.org", "roles": [Role.REGULATOR]} | SETTING_UP | wrong
    with pytest.raises(AccountRefused, match=said):
        create_account(**asked)
    assert (User.objects.count(), AuditLine.objects.count()) == (0, 0)


def test_two_active_accounts_never_share_a_national_id() -> None:
    create_account(email="a@example.org", roles=[Role.EFFECTOR], national_id="810000000001", **SETTING_UP)
    with pytest.raises(AccountRefused, match="autre compte"):
        create_account(email="b@example.org", roles=[Role.EFFECTOR], national_id="810000000001", **SETTING_UP)


def test_a_closed_account_is_not_given_roles_in_silence() -> None:
    user, _ = create_account(email="a@example.org", roles=[Role.IOA], **SETTING_UP)
    close_account(user=user, reason=User.ClosedFor.DECISION, **SETTING_UP)
    with pytest.raises(AccountRefused, match="désactivé"):
        create_account(email="A@example.org", roles=[Role.REGULATOR], **SETTING_UP)


def test_an_account_without_a_password_cannot_be_entered_with_one(client: Client) -> None:
    user, _ = create_account(email="a@example.org", roles=[Role.IOA], **SETTING_UP)
    assert not user.has_usable_password()
    assert client.post("/connexion/", {"login": "a@example.org", "password": ""}).status_code == 422


@pytest.mark.parametrize(
    ("names", "made"),
    [
        ((), False),
        (("--family-name", "Martin", "--given-name", "Rita"), False),
        (("--family-name", "RENARD", "--given-name", "rita"), True),
    ],
)
def test_roles_go_to_an_account_of_the_same_address_and_the_same_person(names: tuple[str, ...], made: bool) -> None:
    create_account(email="a@example.org", roles=[Role.EFFECTOR], family_name="Renard", given_name="Rita", **SETTING_UP)
    arguments = ("create_account", "--email", "a@example.org", "--role", "regulator", *names)
    if made:
        command(*arguments)
    else:
        with pytest.raises(CommandError, match="à un autre nom"):
            command(*arguments)
    assert RoleGrant.objects.filter(role="regulator").exists() is made


def test_adding_a_role_keeps_the_password() -> None:
    create_account(email="a@example.org", roles=[Role.IOA], password=PASSWORD, **SETTING_UP)
    user, made = create_account(email="a@example.org", roles=[Role.REGULATOR], **SETTING_UP)
    assert not made
    assert user.check_password(PASSWORD)
    assert {role.value for role in user.roles} == {"ioa", "regulator"}


def test_a_command_refused_by_a_rule_ends_with_1() -> None:
    with pytest.raises(CommandError) as refused:
        command("create_account", "--email", "x", "--role", "ioa")
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    "arguments", [["create_account"], ["create_account", "--email", "a@b.fr", "--role", "roi"], ["create_client"]]
)
def test_a_command_badly_called_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from django.core.management import ManagementUtility

    with pytest.raises(SystemExit) as ended:
        ManagementUtility(["manage.py", *arguments]).execute()
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_token_is_shown_once_and_rotates() -> None:
    first = command("create_client", "--name", "Logiciel", "--scope", "search", "--scope", "fhir")
    second = command("create_client", "--name", "Logiciel", "--scope", "search")
    assert first.startswith("sas_")
    assert first != second
    held = MachineClient.objects.get()
    assert held.scopes == ["search"]
    assert first not in str(vars(held))
    assert second not in str(vars(held))
    anonymous = Client()
    statuses = [
        anonymous.get("/api/v1/recherche", headers={"authorization": f"Bearer {token}"}).status_code
        for token in (first, second)
    ]
    assert statuses == [401, 400]


@pytest.mark.parametrize("name", ["", "   ", "n" * 101])
def test_a_client_needs_a_name(name: str) -> None:
    with pytest.raises(AccountRefused, match="nom"):
        create_client(name=name, scopes=["search"], **SETTING_UP)
