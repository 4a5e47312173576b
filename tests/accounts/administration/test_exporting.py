"""Lists of accounts and of accesses as files: what the page shows, asked for by its form, told to the audit trail."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client

from sas.accounts.models import RoleGrant, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import AuditLine
from tests.accounts.administration.conftest import AT, make_account
from tests.accounts.signing import signed_in_client

pytestmark = pytest.mark.django_db

LIST = "/gestion/comptes/"
EXPORTS = (f"{LIST}export.csv", "/gestion/territoires/SAS-59/acces.csv")


@pytest.fixture
def client_of(nord: Territory, manager: User) -> Client:
    """Signed in as the manager of the Nord."""
    return signed_in_client(manager)


def test_filters_go_together_and_the_export_is_the_same_list(client_of: Client, nord: Territory) -> None:
    make_account("a@example.org", (Role.IOA, nord), family_name="=CMD()", last_login=AT)
    make_account("b@example.org", (Role.REGULATOR, nord), family_name="Bé")
    wanted = {"role": "ioa", "territoire": "SAS-59", "etat": "actif", "tri": "connexion"}
    page = BeautifulSoup(client_of.get(LIST, wanted).content, "html.parser")
    assert "1 compte" in page.text
    export = page.select_one(f"form[action='{LIST}export.csv']")
    assert export is not None
    assert export["method"] == "post"
    hidden = {str(field["name"]): str(field["value"]) for field in export.select("input[type=hidden]")}
    assert hidden.pop("csrfmiddlewaretoken")
    assert hidden == wanted
    file = b"".join(client_of.post(f"{LIST}export.csv", hidden)).decode("utf-8-sig").splitlines()
    assert len(file) == 2
    assert file[1].startswith("'=CMD()")


def test_an_export_leaves_one_line_before_anything_is_sent(client_of: Client, nord: Territory, manager: User) -> None:
    make_account("a@example.org", (Role.IOA, nord), family_name="Durand", last_login=AT)
    make_account("b@example.org", (Role.IOA, nord), family_name="Martin")
    asked = {
        "texte": "durand\0",
        "role": "ioa",
        "territoire": "SAS-59",
        "etat": "actif",
        "page": "7",
        "tri": "creation",
    }
    wanted = {"text": "durand", "role": "ioa", "territory": "SAS-59", "state": "actif"}
    client_of.post(f"{LIST}export.csv", asked)  # nothing of the answer is read
    kept = AuditLine.objects.get(act="export_accounts")
    assert (kept.actor, kept.target, kept.after) == (manager.audit_label, "comptes", wanted | {"count": 1})
    client_of.post("/gestion/territoires/SAS-59/acces.csv")
    kept = AuditLine.objects.get(act="export_access")
    held = RoleGrant.objects.filter(territory=nord).count()
    assert (kept.actor, kept.target, kept.after) == (manager.audit_label, "territoire SAS-59", {"count": held})


@pytest.mark.parametrize("path", EXPORTS)
def test_an_address_alone_exports_nothing(client_of: Client, path: str) -> None:
    assert client_of.get(path).status_code == 405
    assert not AuditLine.objects.filter(act__startswith="export_").exists()
