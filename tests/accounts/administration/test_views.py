"""The pages of administration: who may open them, what they change, what they say."""

import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.shortcuts import redirect
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sas.accounts.administration.drafts import seal
from sas.accounts.administration.requests import ask_for_account
from sas.accounts.administration.sheet import _SECTIONS, SheetRow, register_section
from sas.accounts.models import AccountRequest, RoleGrant, SignIn, User
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories

pytestmark = pytest.mark.django_db

LIST, NEW = "/gestion/comptes/", "/gestion/comptes/nouveau/"
ACTS = ("modifier/", "desactiver/", "reactiver/", "inviter/", "identifiant/", "structures/")
EXPORTS = (f"{LIST}export.csv", "/gestion/territoires/SAS-59/acces.csv")
OF_AN_ACCOUNT = (*ACTS, "", "retirer/", "deverrouiller/")


@pytest.fixture
def client_of(nord: Territory, manager: User) -> Client:
    """Signed in as the manager of the Nord."""
    return signed_in_client(manager)


def ask(territory: Territory, email: str = "lea@example.org") -> AccountRequest:
    """A request that waits; each comes from a place of its own."""
    ask_for_account(territory=territory, role=Role.IOA, email=email, family_name="D", given_name="L", by=email, at=AT)
    return AccountRequest.objects.latest("pk")


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content.decode(), "html.parser")


def form(user: User | None = None, **given: Any) -> dict[str, Any]:
    values = {"email": "lea@example.org", "family_name": "Durand", "given_name": "Léa"}
    return values | {"grants": ["regulator@SAS-59"]} | ({"seal": seal(user)} if user else {}) | given


@pytest.mark.parametrize("end", OF_AN_ACCOUNT)
def test_an_account_of_another_territory_does_not_exist(client_of: Client, somme: Territory, end: str) -> None:
    other = make_account("max@example.org", (Role.IOA, somme))
    for method in ("get", "post"):
        answer = getattr(client_of, method)(f"{LIST}{other.pk}/{end}", form(other))
        assert answer.status_code in ((404, 405) if (method, end) == ("post", "") else (404,))
    other.refresh_from_db()
    assert (other.is_active, other.email, RoleGrant.objects.filter(user=other).count()) == (True, "max@example.org", 1)


@pytest.mark.parametrize("end", ACTS)
def test_somebody_above_is_refused_with_the_reason(client_of: Client, nord: Territory, end: str) -> None:
    boss = make_account("chef@example.org", (Role.NATIONAL_ADMIN, None), (Role.IOA, nord))
    for method in ("get", "post"):
        answer = getattr(client_of, method)(f"{LIST}{boss.pk}/{end}", form(boss))
        assert answer.status_code == 403
        assert "rang supérieur" in answer.content.decode()
    assert User.objects.filter(pk=boss.pk, is_active=True, email="chef@example.org").exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ACCOUNT_MANAGER, Role.NATIONAL_ADMIN)])
def test_nobody_else_administers(nord: Territory, role: Role) -> None:
    user = make_account("x@example.org", (role, nord))
    client = signed_in_client(user)
    pages = [LIST, NEW, f"{LIST}import/", f"{LIST}{user.pk}/", f"{LIST}{user.pk}/modifier/"]
    for path in [*pages, "/gestion/demandes/", "/gestion/territoires/SAS-59/acces/"]:
        assert client.get(path).status_code == 403
    for path in (NEW, *EXPORTS):
        assert client.post(path, form()).status_code == 403
    assert not AuditLine.objects.filter(act__startswith="export_").exists()


def test_a_form_without_its_token_is_refused(manager: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in_client(manager).cookies
    for path in (NEW, f"{LIST}{manager.pk}/desactiver/", "/gestion/demandes/1/refuser/", f"{LIST}import/", *EXPORTS):
        assert strict.post(path, form()).status_code == 403


def test_a_sensitive_page_asks_again_who_acts(manager: User) -> None:
    client = Client()
    client.force_login(manager)
    for path in (NEW, f"{LIST}import/", f"{LIST}{manager.pk}/modifier/", f"{LIST}{manager.pk}/desactiver/"):
        assert client.get(path)["Location"].startswith("/connexion/confirmer/")


def test_an_account_is_created_and_invited(client_of: Client, nord: Territory) -> None:
    answer = client_of.post(NEW, form(expires_on="2030-12-31"))
    user = User.objects.get(email="lea@example.org")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}{user.pk}/")
    page = client_of.get(answer["Location"]).content.decode()
    assert "l’invitation part à lea@example.org" in page
    assert "en attente de la personne" in page
    assert OutgoingMail.objects.get().kind == "invitation"


def test_fields_that_the_form_has_not_are_not_read(client_of: Client, nord: Territory) -> None:
    sly: dict[str, Any] = {
        "is_active": "",
        "technical_id": "x",
        "session_stamp": 9,
        "national_id": "810000000001",
        "password": "x",
    }
    assert client_of.post(NEW, form(**sly)).status_code == 302
    user = User.objects.get(email="lea@example.org")
    assert (user.is_active, user.session_stamp, user.national_id, user.has_usable_password()) == (True, 0, None, False)
    client_of.post(f"{LIST}{user.pk}/modifier/", form(user, **sly, grants=["regulator@SAS-59", "delegate@", "roi@"]))
    user = User.objects.get(pk=user.pk)
    assert (user.national_id, user.roles, user.session_stamp) == (None, (Role.REGULATOR,), 0)


@pytest.mark.parametrize("grant", ["national_admin@", "regulator@SAS-80", "regulator@"])
def test_a_role_that_one_may_not_give_is_refused_and_what_was_typed_is_kept(
    client_of: Client, somme: Territory, grant: str
) -> None:
    answer = client_of.post(NEW, form(grants=["ioa@SAS-59", grant]))
    page = soup(answer)
    assert (answer.status_code, User.objects.filter(email="lea@example.org").exists()) == (422, False)
    assert page.title is not None
    assert page.title.text.startswith("Erreur — ")
    assert page.select_one("#id_family_name")["value"] == "Durand"  # type: ignore[index]
    assert page.select_one("input[value='ioa@SAS-59']").has_attr("checked")  # type: ignore[union-attr]


def test_an_error_leads_to_its_field(client_of: Client) -> None:
    page = soup(client_of.post(NEW, form(email="pas une adresse")))
    field = page.select_one("#id_email")
    assert field is not None
    assert (field["aria-invalid"], "id_email-erreur" in field["aria-describedby"]) == ("true", True)
    assert page.select_one("[role=alert] a[href='#id_email']") is not None
    assert page.select_one("#id_email-erreur") is not None


def test_an_address_of_elsewhere_offers_to_add_roles(client_of: Client, nord: Territory, somme: Territory) -> None:
    other = make_account("lea@example.org", (Role.IOA, somme), family_name="Durand-Autre", given_name="LÉA")
    answer = client_of.post(NEW, form())
    assert (answer.status_code, "sur un autre territoire" in answer.content.decode()) == (422, True)
    assert client_of.post(NEW, form(add="1")).status_code == 302
    other = User.objects.get(pk=other.pk)
    assert (set(other.roles), other.family_name) == ({Role.IOA, Role.REGULATOR}, "Durand-Autre")


def test_an_address_of_somebody_else_offers_nothing(client_of: Client, nord: Territory, somme: Territory) -> None:
    other = make_account("lea@example.org", (Role.EFFECTOR, somme), family_name="Autre", given_name="Personne")
    asked = ask(nord)
    for where, sent in ((NEW, form()), (NEW, form(add="1")), (f"/gestion/demandes/{asked.pk}/", {"add": "1"})):
        answer = client_of.post(where, sent)
        page = soup(answer)
        assert (answer.status_code, "Vérifiez auprès de la personne" in page.text) == (422, True)
        assert page.select_one("button[name=add]") is None
        assert "Personne" not in page.select_one("main").text  # type: ignore[union-attr]
    assert User.objects.get(pk=other.pk).roles == (Role.EFFECTOR,)


def test_an_address_of_ones_own_leads_to_its_sheet(client_of: Client, nord: Territory) -> None:
    mine = make_account("lea@example.org", (Role.IOA, nord))
    page = soup(client_of.post(NEW, form()))
    assert page.select_one(f"a[href='{LIST}{mine.pk}/']") is not None


def test_a_stale_form_says_what_changed_and_may_be_sent_again(client_of: Client, nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord), family_name="Durand")
    old = form(user, family_name="Dupont")
    User.objects.filter(pk=user.pk).update(family_name="Martin")
    answer = client_of.post(f"{LIST}{user.pk}/modifier/", old)
    page = soup(answer)
    assert (answer.status_code, "« Durand » est devenu « Martin »" in page.text) == (422, True)
    again = old | {"seal": page.select_one("input[name=seal]")["value"]}  # type: ignore[index]
    assert client_of.post(f"{LIST}{user.pk}/modifier/", again).status_code == 302
    user.refresh_from_db()
    assert user.family_name == "Dupont"


def test_acts_say_the_whole_sentence_then_do_it(client_of: Client, nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord), given_name="Léa", family_name="Durand")
    where = f"{LIST}{user.pk}/"
    assert "Désactiver le compte de Léa Durand" in client_of.get(f"{where}desactiver/").content.decode()
    for act, active in (("desactiver/", False), ("reactiver/", True)):
        assert client_of.post(where + act)["Location"] == where
        assert User.objects.get(pk=user.pk).is_active is active
    assert client_of.post(f"{where}inviter/")["Location"] == where
    assert OutgoingMail.objects.filter(kind="invitation").count() == 1


def test_one_may_not_close_or_edit_oneself(client_of: Client, manager: User) -> None:
    for end in ("modifier/", "desactiver/", "identifiant/"):
        answer = client_of.post(f"{LIST}{manager.pk}/{end}", form(manager))
        assert answer.status_code == 403
    assert User.objects.get(pk=manager.pk).is_active


def test_an_invitation_that_cannot_be_sent_says_why(client_of: Client, nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord), last_login=AT)
    answer = client_of.post(f"{LIST}{user.pk}/inviter/")
    assert (answer.status_code, "déjà entrée" in answer.content.decode()) == (422, True)


def test_the_sheet_tells_why_one_cannot_enter(client_of: Client, nord: Territory) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord), may_use_password=True)
    now = timezone.now()
    SignIn.objects.bulk_create(
        [SignIn(user=user, at=now, method="password", refusal="wrong_password") for _ in range(10)]
        + [SignIn(user=user, at=now, method="psc", refusal="quelque_chose")]
    )
    page = client_of.get(f"{LIST}{user.pk}/").content.decode()
    assert "Mot de passe faux." in page
    assert "quelque_chose" in page
    assert "Débloquer la connexion" in page
    assert [row.text for row in soup(client_of.get(LIST, {"etat": "verrouille"})).select("tbody th a")] == ["Essai Lou"]
    assert client_of.post(f"{LIST}{user.pk}/deverrouiller/").status_code == 302
    assert "Débloquer la connexion" not in client_of.get(f"{LIST}{user.pk}/").content.decode()


def test_another_package_adds_its_section_to_the_sheet(
    client_of: Client, nord: Territory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sas.accounts.administration.sheet._SECTIONS", dict(_SECTIONS))
    register_section("Essai", lambda user: [SheetRow("Agenda Alpha", "en erreur", "error", "/ailleurs/")])
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    page = soup(client_of.get(f"{LIST}{user.pk}/"))
    assert page.select_one("a[href='/ailleurs/']").text == "Agenda Alpha"  # type: ignore[union-attr]


def test_the_list_finds_whatever_accents_and_case(client_of: Client, nord: Territory, somme: Territory) -> None:
    make_account("l.lefevre@example.org", (Role.IOA, nord), family_name="Lefèvre-Œuvré", given_name="Léa")
    make_account("autre@example.org", (Role.IOA, somme), family_name="Lefèvre", given_name="Max")
    for text in ("LEFEVRE", "lea lefèvre", "oeuvre", "l.LEFEVRE@", "Lefe\u0300vre"):
        rows = soup(client_of.get(LIST, {"texte": text})).select("tbody tr")
        assert len(rows) == 1, text
    assert "Aucun compte" in client_of.get(LIST, {"texte": "%_"}).content.decode()


@pytest.mark.parametrize(
    "hostile", [{"page": "9" * 30}, {"page": "-1"}, {"role": "roi"}, {"etat": "x"}, {"texte": "\0"}]
)
def test_an_odd_address_is_a_page(client_of: Client, hostile: dict[str, str]) -> None:
    assert client_of.get(LIST, hostile).status_code == 200


def test_pages_cost_the_same_whatever_the_number(client_of: Client, nord: Territory) -> None:
    target = make_account("z@example.org", (Role.IOA, nord))
    paths = [
        LIST,
        *EXPORTS,
        f"{LIST}{target.pk}/",
        "/gestion/demandes/",
        "/gestion/territoires/SAS-59/acces/",
    ]
    client_of.get(LIST)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            answer = (client_of.post if path.endswith(".csv") else client_of.get)(path)
            b"".join(answer) if answer.streaming else answer.content
        return len(seen)

    ask(nord)
    before = [cost(path) for path in paths]
    for number in range(30):
        make_account(f"p{number}@example.org", (Role.IOA, nord), (Role.REGULATOR, nord), family_name=f"N{number}")
        ask(nord, f"d{number}@example.org")
        RoleGrant.objects.create(user=target, role="regulator", territory=factories.territory(code=f"SAS-9{number}"))
    assert [cost(path) for path in paths] == before
    assert max(before) <= 16


def test_one_press_answers_a_request(client_of: Client, nord: Territory) -> None:
    first, second = ask(nord), ask(nord, "max@example.org")
    assert client_of.post(f"/gestion/demandes/{first.pk}/").status_code == 302
    assert User.objects.get(email="lea@example.org").roles == (Role.IOA,)
    answer = client_of.post(f"/gestion/demandes/{first.pk}/")
    assert (answer.status_code, "déjà été traitée" in answer.content.decode()) == (422, True)
    assert client_of.post(f"/gestion/demandes/{second.pk}/refuser/", {"reason": ""}).status_code == 422
    assert client_of.post(f"/gestion/demandes/{second.pk}/refuser/", {"reason": "Non."}).status_code == 302
    assert list(AccountRequest.objects.order_by("pk").values_list("state", flat=True)) == ["invited", "refused"]


def test_a_request_may_be_corrected_or_added_to_an_account(
    client_of: Client, nord: Territory, somme: Territory
) -> None:
    other = make_account("lea@example.org", (Role.REGULATOR, somme), family_name="Durand", given_name="Léa")
    asked = ask(nord)
    where = f"/gestion/demandes/{asked.pk}/"
    assert client_of.get(where).status_code == 200
    assert client_of.post(where).status_code == 422
    assert client_of.post(where, form(edited="1", grants=["ioa@SAS-59"], add="1")).status_code == 302
    assert set(User.objects.get(pk=other.pk).roles) == {Role.IOA, Role.REGULATOR}


def test_a_request_of_another_territory_does_not_exist(client_of: Client, somme: Territory) -> None:
    asked = ask(somme)
    assert client_of.get(f"/gestion/demandes/{asked.pk}/").status_code == 404
    assert client_of.post(f"/gestion/demandes/{asked.pk}/").status_code == 404
    assert client_of.post(f"/gestion/demandes/{asked.pk}/refuser/", {"reason": "x"}).status_code == 404


def test_who_has_access_is_told_for_ones_own_territories(client_of: Client, nord: Territory, somme: Territory) -> None:
    make_account("lea@example.org", (Role.IOA, nord), family_name="Durand")
    where = "/gestion/territoires/SAS-59/acces"
    assert "Durand" in client_of.get(f"{where}/").content.decode()
    export = soup(client_of.get(f"{where}/")).select_one(f"form[method=post][action='{where}.csv']")
    assert export is not None
    assert "Durand" in b"".join(client_of.post(f"{where}.csv")).decode()
    assert client_of.get("/gestion/territoires/SAS-80/acces/").status_code == 404
    assert client_of.post("/gestion/territoires/SAS-80/acces.csv").status_code == 404
    assert AuditLine.objects.filter(act="export_access").count() == 1


def test_structures_are_found_attached_and_detached(client_of: Client, nord: Territory) -> None:
    here = factories.structure(name="Maison de santé des Lilas", department="59")
    there = factories.structure(name="Maison de santé des Lilas", department="80")
    user = make_account("lea@example.org", (Role.STRUCTURE_MANAGER, nord))
    where = f"{LIST}{user.pk}/structures/"
    page = soup(client_of.get(where, {"cherche": "lilas sante"}))
    assert [button["value"] for button in page.select("button[name=attach]")] == [str(here.pk)]
    for value in (str(there.pk), "x", "9" * 30, ""):
        client_of.post(where, {"attach": value})
    assert not user.attachments.exists()
    client_of.post(where, {"attach": str(here.pk)})
    assert user.attachments.get().structure == here
    client_of.post(where, {"detach": str(here.pk)})
    assert not user.attachments.exists()


def test_a_national_administrator_with_many_territories_adds_one_at_a_time(admin: User) -> None:
    for number in range(20, 32):
        factories.territory(code=f"SAS-{number}")
    client = signed_in_client(admin)
    page = soup(client.get(NEW))
    assert [legend.text for legend in page.select("legend")] == ["Sans territoire", "Ajouter un territoire"]
    client.post(
        NEW, form(email="max@example.org", grants=["effector@"], other_territory="SAS-25", other_role="regulator")
    )
    held = {(grant.role, str(grant.territory)) for grant in User.objects.get(email="max@example.org").held}
    assert held == {("effector", "None"), ("regulator", "SAS du Nord (SAS-25)")}


def test_a_link_is_shown_without_being_used_up(client: Client, client_of: Client, settings: Any) -> None:
    client_of.post(NEW, form(may_use_password="on"))
    token = re.findall(r"/invitation/([\w-]+)/", OutgoingMail.objects.get().text)[0]
    where = f"/invitation/{token}/"
    for _ in range(2):
        answer = client.get(where)
        assert (answer.status_code, answer["Cache-Control"], answer["Referrer-Policy"]) == (
            200,
            "no-store",
            "strict-origin",
        )
        assert "Léa Durand" in answer.content.decode()
    chosen = "une phrase que personne ne devine"
    assert client.post(f"{where}mot-de-passe/", {"password": "court", "again": "court"}).status_code == 422
    assert client.post(f"{where}mot-de-passe/", {"password": chosen, "again": chosen})["Location"] == "/connexion/"
    assert User.objects.get(email="lea@example.org").check_password(chosen)
    assert client.get(where).status_code == 410
    assert client.post(f"{where}mot-de-passe/", {"password": chosen, "again": chosen}).status_code == 410
    assert client.get("/invitation/inconnu/").status_code == 404


def test_a_link_of_an_account_with_a_card_takes_no_password(client: Client, client_of: Client) -> None:
    client_of.post(NEW, form())
    token = re.findall(r"/invitation/([\w-]+)/", OutgoingMail.objects.get().text)[0]
    chosen = "une phrase que personne ne devine"
    client.post(f"/invitation/{token}/mot-de-passe/", {"password": chosen, "again": chosen})
    assert not User.objects.get(email="lea@example.org").has_usable_password()


def test_going_on_with_a_card_remembers_the_invitation(
    client: Client, client_of: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sas.accounts.psc.flow.start", lambda request, wanted, at: redirect("https://psc.example/"))
    client_of.post(NEW, form())
    token = re.findall(r"/invitation/([\w-]+)/", OutgoingMail.objects.get().text)[0]
    assert client.post(f"/invitation/{token}/carte/")["Location"] == "https://psc.example/"
    invitation = User.objects.get(email="lea@example.org").invitations.get()
    assert (client.session["sas_invitation"], invitation.used_at) == (invitation.pk, None)
