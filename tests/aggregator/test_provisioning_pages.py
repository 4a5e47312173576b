"""The page of account managers: what it shows, to whom, at what cost, and what a press does."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.aggregator.models import AccountLane, EditorAccount
from sas.aggregator.provisioning import catch_up
from sas.aggregator.provisioning_pages import sheet_rows
from sas.aggregator.provisioning_queries import ALL, AccountFilter, account_state, accounts_of, read_filter
from sas.web.models import AuditLine
from tests.aggregator.regulators import AT, editor, regulator, row_of
from tests.factories import directory

pytestmark = pytest.mark.django_db
URL = "/gestion/editeurs/comptes/"


def manager(*territories: str, role: Role = Role.ACCOUNT_MANAGER) -> Client:
    made, _ = create_account(
        email=f"gestion{User.objects.count()}@example.org", roles=[role], territories=territories, by="test", at=AT
    )
    client = Client()
    client.force_login(made)
    return client


def in_error(user: User, of: Any, **values: Any) -> EditorAccount:
    given = {"trouble": "refused", "last_error": "HTTP 422 : adresse déjà prise", "next_try_at": None} | values
    EditorAccount.objects.filter(account=user, editor=of).update(state="in_error", **given)
    return row_of(user, of)


def soup(answer: Any) -> BeautifulSoup:
    return BeautifulSoup(answer.content, "html.parser")


def lines(page: BeautifulSoup, table: int = 1) -> list[list[str]]:
    rows = page.select("table")[table].select("tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


@pytest.fixture
def nord(db: None) -> str:
    return str(directory.territory(code="SAS-59").code)


@pytest.fixture
def sud(db: None) -> str:
    return str(directory.territory(code="SAS-13").code)


def test_a_manager_sees_the_accounts_of_own_territories_only(nord: str, sud: str) -> None:
    alpha = editor("Agenda Alpha")
    here, there = regulator(territories=[nord]), regulator(territories=[sud])
    catch_up(at=AT)
    page = soup(manager(nord).get(URL))
    assert [line[:1] for line in lines(page)] == [[f"{here} {here.email}"]]
    (of_alpha,) = lines(page, 0)
    assert of_alpha[:5] == ["Agenda Alpha", "En règle : 0", "En attente : 1", "En erreur : 0", "Retirés : 0"]
    everything = soup(manager(role=Role.NATIONAL_ADMIN).get(URL))
    assert len(lines(everything)) == 2
    client = manager(nord)
    in_error(there, alpha)
    assert client.post(f"{URL}{row_of(there, alpha).pk}/relancer/").status_code == 404
    assert row_of(there, alpha).state == "in_error"


def test_an_error_shows_the_editors_words_escaped_and_what_to_do(nord: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    in_error(user, alpha, last_error="HTTP 422 : <script>alert(1)</script>")
    answer = manager(nord).get(URL)
    assert "<script>alert" not in answer.content.decode()
    (line,) = lines(soup(answer))
    assert line[2].startswith("en erreur")
    assert "<script>alert(1)</script>" in line[3]
    assert "Corrigez le compte" in line[3]
    assert line[4].startswith("Relancer")


@pytest.mark.parametrize(
    ("trouble", "says"),
    [("silent", "réessais épuisés"), ("unreadable", "l’adresse ou l’accès est à vérifier"), ("incomplete", "HTTP 422")],
)
def test_each_trouble_asks_for_its_own_act(nord: str, trouble: str, says: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    in_error(user, alpha, trouble=trouble)
    assert says in lines(soup(manager(nord).get(URL)))[0][3]


def test_a_withdrawal_that_fails_says_that_somebody_may_still_be_in(nord: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    in_error(user, alpha)
    User.objects.filter(pk=user.pk).update(is_active=False, closed_for="decision", closed_at=AT)
    assert "a peut-être encore un accès" in lines(soup(manager(nord).get(URL)))[0][3]


def test_filters_choose_the_editor_the_state_and_the_words(nord: str) -> None:
    alpha, brume = editor("Agenda Alpha"), editor("Agenda Brume")
    lea = regulator(territories=[nord], family_name="Martin", email="lea@example.org")
    zoe = regulator(territories=[nord], family_name="Durand", given_name="Zoé", email="zoe@example.org")
    catch_up(at=AT)
    in_error(lea, alpha)
    EditorAccount.objects.filter(account=zoe, editor=brume).update(state="withdrawn", next_try_at=None)
    client = manager(nord)

    def seen(**wanted: str) -> list[tuple[str, str]]:
        page = soup(client.get(URL, wanted))
        return [(line[0].split()[1], line[1]) for line in lines(page)] if len(page.select("table")) > 1 else []

    watched = [("Martin", "Agenda Alpha"), ("Durand", "Agenda Alpha"), ("Martin", "Agenda Brume")]
    assert seen() == watched
    assert seen(etat="tous") == [*watched, ("Durand", "Agenda Brume")]
    assert seen(etat="in_error") == [("Martin", "Agenda Alpha")]
    assert seen(etat="tous", editeur="agenda-brume") == [("Martin", "Agenda Brume"), ("Durand", "Agenda Brume")]
    assert seen(etat="tous", texte="ZOE@ durand") == [("Durand", "Agenda Alpha"), ("Durand", "Agenda Brume")]
    assert seen(texte="personne") == []
    assert seen(etat="in_order") == []


@pytest.mark.parametrize(
    "given",
    [{"page": "-1"}, {"page": "99999"}, {"page": "²"}, {"etat": "x\0"}, {"texte": "\0" * 300}, {"editeur": "x" * 99}],
)
def test_a_filter_that_makes_no_sense_is_as_if_absent(nord: str, given: dict[str, str]) -> None:
    assert manager(nord).get(URL, given).status_code == 200
    wanted = read_filter(given)
    assert (wanted.state, len(wanted.text) <= 100, wanted.page >= 1) == ("a-surveiller", True, True)


@pytest.mark.parametrize("people", [1, 30])
def test_the_page_costs_the_same_however_many_rows(nord: str, people: int, django_assert_num_queries: Any) -> None:
    for number in range(people // 5 + 1):
        editor(f"Agenda {number}")
    for _ in range(people):
        regulator(territories=[nord])
    catch_up(at=AT)
    client = manager(nord)
    client.get(URL)
    with django_assert_num_queries(8):
        client.get(URL)


def test_long_lists_come_in_pages(nord: str) -> None:
    editor("Agenda Alpha"), editor("Agenda Brume")
    for _ in range(26):
        regulator(territories=[nord])
    catch_up(at=AT)
    client = manager(nord)
    assert len(lines(soup(client.get(URL)))) == 50
    second = soup(client.get(URL, {"page": "2"}))
    assert len(lines(second)) == 2
    assert second.select_one("a[rel=prev]")["href"] == "?#comptes"  # type: ignore[index]
    assert len(lines(soup(client.get(URL, {"page": "1999"})))) == 2


def test_a_press_tries_one_account_again_and_leaves_a_line(nord: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    row = in_error(user, alpha, refused_facts="x", attempts=8)
    AccountLane.objects.create(editor=alpha, failures=9, paused_until=timezone.now() + timedelta(minutes=9))
    client = manager(nord)
    answer = client.post(f"{URL}{row.pk}/relancer/", {"etat": "tous", "texte": "martin", "page": "3"})
    assert (answer.status_code, answer["Location"]) == (302, f"{URL}?etat=tous&texte=martin&page=3")
    row.refresh_from_db()
    assert (row.state, row.trouble, row.attempts, row.last_error) == ("to_create", "", 0, "")
    assert not AccountLane.objects.filter(paused_until__gt=timezone.now()).exists()
    jobs = ProcrastinateJob.objects.filter(task_name="sas.aggregator.deliver_account")
    assert jobs.values_list("args", flat=True).last() == {"account_id": user.pk}
    line = AuditLine.objects.get(act="retry_editor_account")
    assert (line.target, line.before["state"]) == (user.audit_label, "in_error")  # type: ignore[index]
    assert "repart vers Agenda Alpha" in client.get(URL).content.decode()


def test_pressing_twice_or_for_nothing_is_said_with_what_to_do(nord: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    EditorAccount.objects.update(state="withdrawn", next_try_at=None)
    client = manager(nord)
    for path in (f"{URL}{row_of(user, alpha).pk}/relancer/", "/gestion/editeurs/agenda-alpha/comptes/relancer/"):
        answer = client.post(path)
        assert answer.status_code == 422
        page = soup(answer)
        assert page.title is not None
        assert page.title.get_text().startswith("Erreur — ")
        assert "Rien n’a été relancé" in page.select_one("[role=alert]").get_text()  # type: ignore[union-attr]
    assert client.post("/gestion/editeurs/inconnu/comptes/relancer/").status_code == 404


def test_a_press_tries_again_all_of_an_editor_in_own_territories(nord: str, sud: str) -> None:
    alpha = editor("Agenda Alpha")
    here = [regulator(territories=[nord]) for _ in range(3)]
    gone, there = regulator(territories=[nord]), regulator(territories=[sud])
    catch_up(at=AT)
    for user in (*here, gone, there):
        in_error(user, alpha)
    EditorAccount.objects.filter(account=gone).update(
        sent_system="s", sent_value="v", accepted_family="", accepted_given="", accepted_email="",
        accepted_active=True, accepted_at=AT,
    )  # fmt: skip
    User.objects.filter(pk=gone.pk).update(is_active=False, closed_for="decision", closed_at=AT)
    answer = manager(nord).post("/gestion/editeurs/agenda-alpha/comptes/relancer/")
    assert answer.status_code == 302
    states = {row.account_id: row.state for row in EditorAccount.objects.all()}
    assert states == {user.pk: "to_create" for user in here} | {gone.pk: "to_withdraw", there.pk: "in_error"}
    assert AuditLine.objects.get(act="retry_editor").after == {"rows": 4}
    job = ProcrastinateJob.objects.get(task_name="sas.aggregator.drain_editor")
    assert job.args == {"editor_id": alpha.pk}


def test_the_list_is_exported_with_its_filters_and_without_formulas(nord: str) -> None:
    alpha = editor("Agenda Alpha")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    in_error(user, alpha, last_error="=1+1")
    client = manager(nord)
    page = soup(client.get(URL, {"etat": "in_error", "texte": user.family_name}))
    export = page.select_one(f"form[method=post][action='{URL}export.csv']")
    assert export is not None
    hidden = {str(field["name"]): str(field["value"]) for field in export.select("input[type=hidden]")}
    assert hidden.pop("csrfmiddlewaretoken")
    answer = client.post(f"{URL}export.csv", hidden)
    kept = AuditLine.objects.get(act="export_editor_accounts")  # before anything is read of the answer
    assert kept.target == "comptes chez les éditeurs"
    assert kept.after == {"state": "in_error", "text": user.family_name, "count": 1}
    text = b"".join(answer).decode("utf-8-sig")
    header, line = text.splitlines()
    assert header.startswith("nom;prénom;adresse;éditeur;état")
    assert line.startswith(f"{user.family_name};{user.given_name};{user.email};Agenda Alpha;en erreur;")
    assert line.endswith(";'=1+1")


def test_an_export_is_asked_for_by_a_form_of_the_page(nord: str) -> None:
    client = manager(nord)
    assert client.get(f"{URL}export.csv").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post(f"{URL}export.csv").status_code == 403
    assert not AuditLine.objects.filter(act="export_editor_accounts").exists()
    assert client.post(f"{URL}export.csv", {"editeur": "\0", "texte": "\0"}).status_code == 200
    assert AuditLine.objects.get(act="export_editor_accounts").after == {"state": "a-surveiller", "count": 0}


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.EFFECTOR, Role.TERRITORIAL_REFERENT])
def test_others_are_refused(nord: str, role: Role) -> None:
    client = manager(nord, role=role)
    assert client.get(URL).status_code == 403
    for path in (f"{URL}export.csv", f"{URL}1/relancer/", "/gestion/editeurs/agenda-alpha/comptes/relancer/"):
        assert client.post(path).status_code == 403


def test_the_help_sheet_and_the_search_read_one_persons_accounts(nord: str, django_assert_num_queries: Any) -> None:
    alpha = editor("Agenda Alpha")
    editor("Agenda Brume")
    user = regulator(territories=[nord])
    catch_up(at=AT)
    in_error(user, alpha)
    with django_assert_num_queries(1):
        rows = sheet_rows(user)
    assert [(row.label, row.tone) for row in rows] == [("Agenda Alpha", "error"), ("Agenda Brume", "info")]
    assert "adresse déjà prise" in rows[0].value
    assert rows[0].link == f"{URL}?{AccountFilter(state=ALL, text=user.email or '').query()}"
    found = account_state(user, "agenda-brume")
    assert found is not None
    assert found.state == "to_create"
    assert account_state(user, "inconnu") is None
    assert len(accounts_of(user)) == 2
