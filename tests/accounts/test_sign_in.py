"""Signing in with an address and a password, and out again."""

import pytest
from django.test import Client

from sas.accounts.closing import close_account
from sas.accounts.models import User
from tests.accounts.conftest import PASSWORD, SETTING_UP

SIGN_IN = "/connexion/"


def sign_in(client: Client, email: str = "rita@example.org", password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """The status, and where it leads or the text of the page."""
    answer = client.post(SIGN_IN, {"login": email, "password": password} | more)
    return answer.status_code, answer.get("Location") or answer.content.decode()


@pytest.mark.parametrize("email", ["rita@example.org", "RITA@Example.ORG", " rita@example.org "])
def test_the_case_of_the_address_does_not_matter(client: Client, account: User, email: str) -> None:
    assert sign_in(client, email) == (302, "/")
    assert client.get("/sas/recherche").status_code == 200


@pytest.mark.parametrize("email", ["rita@example.org", "personne@example.org"])
def test_a_wrong_password_and_an_unknown_address_get_the_same_sentence(
    client: Client, account: User, email: str
) -> None:
    status, page = sign_in(client, email, "autre chose de long")
    assert status == 200
    assert "Adresse ou mot de passe incorrect" in page
    assert client.get("/sas/recherche").status_code == 302


def test_what_was_typed_is_still_there_but_not_the_password(client: Client, account: User) -> None:
    _, page = sign_in(client, password="secret-que-personne-ne-voit")
    assert 'value="rita@example.org"' in page
    assert "secret-que-personne-ne-voit" not in page


def test_too_many_wrong_passwords_are_stopped(client: Client, account: User) -> None:
    pages = [sign_in(client, password=f"faux {number}")[1] for number in range(6)]
    assert "incorrect" in pages[0]
    assert "incorrect" not in pages[-1]
    assert sign_in(client)[0] != 302


def test_too_many_requests_from_one_place_get_the_page_that_says_so(client: Client, account: User) -> None:
    found = [sign_in(client, f"personne{number}@example.org", "faux") for number in range(35)]
    status, page = found[-1]
    assert status == 429
    assert "Attendez cinq minutes" in page


def test_a_closed_account_is_told_so(client: Client, account: User) -> None:
    close_account(user=account, reason=User.ClosedFor.DECISION, **SETTING_UP)
    answer = client.post(SIGN_IN, {"login": account.email, "password": PASSWORD}, follow=True)
    assert answer.status_code == 403
    assert "désactivé" in answer.content.decode()
    assert client.get("/sas/recherche").status_code == 302


def test_a_session_of_an_account_closed_meanwhile_opens_nothing(client: Client, account: User) -> None:
    client.force_login(account)
    close_account(user=account, reason=User.ClosedFor.DECISION, **SETTING_UP)
    assert client.get("/sas/recherche").status_code in (302, 403)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        "\x00//x",
    ],
)
def test_signing_in_never_leads_to_another_site(client: Client, account: User, target: str) -> None:
    status, where = sign_in(client, next=target)
    assert status == 302
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))


def test_signing_in_leads_to_the_page_that_was_wanted(client: Client, account: User) -> None:
    wanted = client.get("/sas/recherche?loc=Lille")
    assert wanted["Location"] == "/connexion/?next=/sas/recherche%3Floc%3DLille"
    assert sign_in(client, next="/sas/recherche?loc=Lille") == (302, "/sas/recherche?loc=Lille")


@pytest.mark.parametrize("hostile", ["\x00", "a" * 10_000, "é" * 10_000, "<script>", "' OR 1=1 --", "\ufffe\u202e"])
@pytest.mark.parametrize("field", ["login", "password", "next"])
def test_a_hostile_form_is_a_page(client: Client, account: User, field: str, hostile: str) -> None:
    form = {"login": "rita@example.org", "password": "faux", "next": "/"} | {field: hostile}
    answer = client.post(SIGN_IN, form)
    assert answer.status_code in (200, 302, 400)
    assert "<script>" not in answer.content.decode().partition("<main")[2].partition("</main>")[0]


def test_signing_out_takes_a_button_not_a_link(client: Client, account: User) -> None:
    client.force_login(account)
    assert client.get("/deconnexion/").status_code == 405
    assert client.get("/sas/recherche").status_code == 200
    assert client.post("/deconnexion/").status_code == 302
    assert client.get("/sas/recherche").status_code == 302


def test_a_form_without_its_token_is_refused_with_what_to_do(account: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(SIGN_IN, {"login": account.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "Rechargez la page" in answer.content.decode()


def test_signing_out_of_a_session_that_had_ended_leads_home(client: Client, db: None) -> None:
    # To the sign-in page, it would come back here by GET, and end on nothing.
    answer = client.post("/deconnexion/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
