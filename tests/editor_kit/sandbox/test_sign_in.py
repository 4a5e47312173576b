"""The booking page that requires a regulator's account: who is let in, who is not, and what others cannot do."""

import re
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from bs4 import BeautifulSoup
from bs4.element import Tag

from editor_kit.sandbox.running import SandboxOptions, sandbox_thread
from editor_kit.sandbox.sessions import MOST_SESSIONS, Sessions
from tests.editor_kit.sandbox.account_requests import IDN, body, post, put
from tests.editor_kit.sandbox.conftest import Editor, Json

MAIL = "anne.martin@exemple.fr"


@pytest.fixture
def sandbox_options() -> SandboxOptions:
    return {"accounts": "required"}


@pytest.fixture
async def link(editor: Editor, inputs: Json) -> str:
    """The path of a bookable slot, as the platform opens it."""
    comment = str((await editor.bundle(inputs["practitioner_id"]))["entry"][0]["resource"]["comment"])
    return comment.removeprefix(editor.sandbox.site) + "&origin=sas"


@pytest.fixture
async def known(editor: Editor) -> None:
    """A regulator whom the platform announced."""
    await post(editor, body(IDN, "1", MAIL, family="Martin", given="Anne"))


async def disable(editor: Editor) -> None:
    assert (await put(editor, f"{IDN}|1", body(IDN, "1", MAIL, active=False)))[0] == 200


def form_of(page: str, action: str) -> Tag:
    forms = BeautifulSoup(page, "html.parser").find_all("form", action=re.compile(f"^{action}"))
    assert len(forms) == 1, page
    return forms[0]


def fields_of(form: Tag) -> dict[str, str]:
    return {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input")}


async def send(
    editor: Editor, page: str, action: str, *, headers: dict[str, str] | None = None, **typed: str
) -> tuple[aiohttp.ClientResponse, str]:
    """Send a form of a page as a browser does, from the sandbox's own origin unless told otherwise."""
    form = form_of(page, action)
    site = editor.sandbox.site
    sent = {"Origin": site} if headers is None else headers
    async with editor.http.post(site + str(form["action"]), data=fields_of(form) | typed, headers=sent) as answer:
        return answer, await answer.text()


async def sign_in(editor: Editor, link: str, mail: str = MAIL) -> tuple[aiohttp.ClientResponse, str]:
    _, page = await editor.get(link)
    return await send(editor, page, "/connexion", courriel=mail)


@pytest.mark.usefixtures("known")
async def test_a_known_regulator_signs_in_lands_on_the_slot_and_books_it(editor: Editor, link: str) -> None:
    answer, page = await editor.get(link)
    assert (answer.status, answer.url.path) == (200, "/connexion")
    assert "aucun mot de passe n’est demandé" in page
    answer, page = await send(editor, page, "/connexion", courriel=f" {MAIL.upper()} ")
    assert (answer.status, answer.url.raw_path_qs) == (200, link)
    assert "Connecté : Anne Martin" in BeautifulSoup(page, "html.parser").get_text()
    answer, page = await send(editor, page, "/agenda/")
    assert (answer.status, "Créneau réservé" in page) == (200, True)
    (reservation,) = editor.sandbox.reservations
    assert reservation.account == editor.sandbox.accounts.journal[0].account
    answer, _ = await editor.get(link)
    assert (answer.status, answer.url.path.startswith("/agenda/")) == (409, True)  # taken; not asked to sign in again


@pytest.mark.usefixtures("known")
async def test_the_cookie_is_kept_from_scripts_other_sites_and_other_sandboxes(editor: Editor, link: str) -> None:
    answer, _ = await sign_in(editor, link)
    (cookie,) = answer.history[0].headers.getall("Set-Cookie")
    port = urlsplit(editor.sandbox.site).port
    assert cookie.startswith(f"agenda-{port}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_without_origin_nobody_is_asked_who_they_are_and_nothing_is_booked(editor: Editor, link: str) -> None:
    answer, page = await editor.get(link.replace("&origin=sas", ""))
    assert (answer.status, answer.url.path.startswith("/agenda/")) == (200, True)
    assert "l’accès régulateur n’est pas actif" in page
    assert BeautifulSoup(page, "html.parser").form is None


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        ("", "Saisissez celle de votre compte"),
        ("nobody@exemple.fr", "Aucun compte régulateur n’a cette adresse"),
        ('"><script>x</script>', "Aucun compte"),
    ],
)
async def test_an_unknown_regulator_is_told_what_to_do(editor: Editor, link: str, mail: str, said: str) -> None:
    answer, page = await sign_in(editor, link, mail)
    assert (answer.status, answer.headers.getall("Set-Cookie", [])) == (422, [])
    soup = BeautifulSoup(page, "html.parser")
    field = soup.find("input", id="courriel")
    assert isinstance(field, Tag)
    assert (field["value"], field["aria-invalid"]) == (mail, "true")
    described = [soup.find(id=name) for name in str(field["aria-describedby"]).split()]
    assert all(described)
    assert said in described[-1].get_text()  # type: ignore[union-attr]
    assert soup.title is not None
    assert soup.title.get_text().startswith("Erreur — ")
    assert soup.find("a", href="#courriel") is not None
    assert soup.find("script") is None
    if mail:
        assert "gestionnaire de comptes" in soup.get_text()


@pytest.mark.usefixtures("known")
async def test_a_disabled_regulator_is_refused_at_the_door(editor: Editor, link: str) -> None:
    await disable(editor)
    answer, page = await sign_in(editor, link)
    assert (answer.status, "désactivé" in page) == (422, True)


@pytest.mark.usefixtures("known")
async def test_a_withdrawal_closes_the_door_at_once_to_who_is_already_in(editor: Editor, link: str) -> None:
    _, agenda = await sign_in(editor, link)
    await disable(editor)
    answer, page = await editor.get(link)
    assert (answer.status, "désactivé" in page) == (403, True)
    answer, page = await send(editor, agenda, "/agenda/")
    assert (answer.status, "désactivé" in page) == (403, True)
    assert editor.sandbox.state()["booked"] == 0


@pytest.mark.usefixtures("known")
async def test_who_is_signed_out_meanwhile_comes_back_to_the_slot(editor: Editor, link: str) -> None:
    _, agenda = await sign_in(editor, link)
    answer, _ = await send(editor, agenda, "/deconnexion")
    assert answer.url.path == "/connexion"
    answer, page = await send(editor, agenda, "/agenda/")
    assert (answer.status, editor.sandbox.state()["booked"]) == (403, 0)
    answer, page = await send(editor, page, "/connexion", courriel=MAIL)
    assert (answer.status, "Réserver ce créneau" in page) == (200, True)
    assert parse_qs(answer.url.raw_query_string) == parse_qs(link.partition("?")[2])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "headers", [{"Origin": "http://mechant.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
async def test_forms_of_other_sites_do_nothing(editor: Editor, link: str, headers: dict[str, str]) -> None:
    _, form = await editor.get(link)
    answer, _ = await send(editor, form, "/connexion", courriel=MAIL, headers=headers)
    assert (answer.status, answer.headers.getall("Set-Cookie", [])) == (403, [])
    _, agenda = await sign_in(editor, link)
    for action in ("/agenda/", "/deconnexion"):
        answer, page = await send(editor, agenda, action, headers=headers)
        assert (answer.status, "Envoi refusé" in page) == (403, True)
    assert editor.sandbox.state()["booked"] == 0
    assert (await editor.get(link))[0].url.path.startswith("/agenda/")  # still signed in


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("token", ["", "x", "é"])
async def test_a_form_without_the_token_of_its_session_does_nothing(editor: Editor, link: str, token: str) -> None:
    _, agenda = await sign_in(editor, link)
    for action in ("/agenda/", "/deconnexion"):
        answer, _ = await send(editor, agenda, action, headers={}, jeton=token)
        assert answer.status == 403
    assert editor.sandbox.state()["booked"] == 0


@pytest.mark.usefixtures("known")
async def test_a_confirmation_is_for_who_booked(editor: Editor, link: str) -> None:
    _, agenda = await sign_in(editor, link)
    answer, _ = await send(editor, agenda, "/agenda/")
    confirmation = str(answer.url)
    async with aiohttp.ClientSession() as stranger, stranger.get(confirmation) as refused:
        assert refused.status == 404


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "leads_to",
    [
        "http://mechant.example/",
        "//mechant.example/agenda/x",
        "/\\mechant.example",
        "/_sandbox/state",
        "/agenda/../_sandbox/state",
        "/agenda/x\r\nX: y",
        "",
    ],
)
async def test_a_sign_in_leads_to_an_agenda_and_nowhere_else(editor: Editor, link: str, leads_to: str) -> None:
    _, form = await editor.get(link)
    answer, page = await send(editor, form, "/connexion", courriel=MAIL, suite=leads_to)
    assert (answer.status, answer.history, "Connexion établie" in page) == (200, (), True)
    assert "mechant" not in page


@pytest.mark.usefixtures("known")
async def test_a_hostile_origin_leads_back_escaped(editor: Editor, link: str) -> None:
    odd = link.replace("origin=sas", "origin=%22%3E%3Cscript%3E%ED%A0%80")
    answer, page = await sign_in(editor, odd)
    assert (answer.status, "<script" in page) == (200, False)
    assert "Ouvert depuis le SAS" in page


async def test_the_form_is_a_page_like_the_others(editor: Editor, link: str) -> None:
    answer, page = await editor.get(link)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    soup = BeautifulSoup(page, "html.parser")
    assert soup.find("label", attrs={"for": "courriel"}) is not None
    assert len(soup.find_all("h1")) == 1
    assert not re.search(r"\s(style|on\w+)=", page)


def test_the_oldest_session_gives_way() -> None:
    sessions = Sessions()
    cookies = [sessions.open(str(rank)) for rank in range(MOST_SESSIONS + 1)]
    assert sessions.get(cookies[0]) is None
    last = sessions.get(cookies[-1])
    assert last is not None
    assert last.account == str(MOST_SESSIONS)


def test_in_tests_the_door_is_open_unless_asked_otherwise() -> None:
    with sandbox_thread() as unless_asked, sandbox_thread(accounts="required") as asked:
        assert [sandbox.state()["accounts_required"] for sandbox in (unless_asked, asked)] == [False, True]
