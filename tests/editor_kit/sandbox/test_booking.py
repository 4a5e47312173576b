"""The booking page: what it shows, the effect of `origin`, and what a booking changes."""

import re
from collections.abc import Callable

import msgspec
import pytest
from bs4 import BeautifulSoup

from editor_kit.sandbox.people import Place
from editor_kit.sandbox.running import SandboxOptions
from tests.editor_kit.sandbox.conftest import Editor, Json, make_people

Resources = Callable[[Json, str], list[Json]]
HOSTILE = '"><script>alert(1)</script>'


async def first_link(editor: Editor, who: str) -> str:
    comment = (await editor.bundle(who))["entry"][0]["resource"]["comment"]
    return str(comment).removeprefix(editor.sandbox.site)


async def book(editor: Editor, page: str) -> tuple[int, str]:
    """Send the form of a page."""
    form = BeautifulSoup(page, "html.parser").form
    assert form is not None
    fields = {str(field["name"]): str(field["value"]) for field in form.find_all("input")}
    async with editor.http.post(editor.sandbox.site + str(form["action"]), data=fields) as answer:
        return answer.status, await answer.text()


async def test_the_page_shows_who_where_and_when(editor: Editor, inputs: Json) -> None:
    answer, page = await editor.get(await first_link(editor, inputs["practitioner_id"]) + "&origin=sas")
    assert answer.status == 200
    text = BeautifulSoup(page, "html.parser").get_text(" ", strip=True)
    for expected in ("Élise Delattre", "12 rue des Essais", "59000 Lille", "mercredi 25 mars 2026 à 11 h 30"):
        assert expected in text
    assert "Ouvert depuis le SAS (origin=sas)" in text


async def test_without_origin_the_page_says_so_and_books_nothing(editor: Editor, inputs: Json) -> None:
    link = await first_link(editor, inputs["practitioner_id"])
    _, page = await editor.get(link)
    assert "Ouverture hors SAS : l’accès régulateur n’est pas actif" in page
    assert BeautifulSoup(page, "html.parser").form is None
    slot_id = link.partition("creneau=")[2]
    async with editor.http.post(editor.sandbox.site + link.partition("?")[0], data={"creneau": slot_id}) as answer:
        assert answer.status == 403
    assert editor.sandbox.state()["booked"] == 0


async def test_a_booked_slot_leaves_the_answers(editor: Editor, inputs: Json, resources: Resources) -> None:
    who = inputs["practitioner_id"]
    before = {slot["id"] for slot in resources(await editor.bundle(who), "Slot")}
    link = await first_link(editor, who)
    _, page = await editor.get(link + "&origin=sas")
    status, confirmation = await book(editor, page)
    assert (status, "Créneau réservé" in confirmation) == (200, True)
    bundle = await editor.bundle(who)
    assert before - {slot["id"] for slot in resources(bundle, "Slot")} == {link.partition("creneau=")[2]}
    assert bundle["total"] == len(before) - 1


async def test_the_second_to_book_is_told_that_the_slot_was_just_taken(editor: Editor, inputs: Json) -> None:
    link = await first_link(editor, inputs["practitioner_id"]) + "&origin=sas"
    _, page = await editor.get(link)
    await book(editor, page)
    status, refusal = await book(editor, page)
    assert (status, "vient d’être pris" in refusal) == (409, True)
    answer, _ = await editor.get(link)
    assert answer.status == 409


@pytest.mark.parametrize(
    "slot_id",
    [
        "x",
        "810199900011.20010101-0900",
        "810199900011.20260326-0907",
        "810199900022.20260326-0900",
        "810199900011.99999999-0900",
    ],
)
async def test_a_slot_that_never_was_is_not_found(editor: Editor, slot_id: str) -> None:
    answer, page = await editor.get(f"/agenda/810199900011?creneau={slot_id}&origin=sas")
    assert (answer.status, "n’existe pas" in page) == (404, True)


async def test_an_unknown_agenda_is_not_found(editor: Editor) -> None:
    for path in ("/agenda/nobody", "/agenda/nobody/reservation/x", "/agenda/810199900011/reservation/x"):
        answer, page = await editor.get(path)
        assert (answer.status, "Agenda introuvable" in page) == (404, True)


async def test_an_agenda_without_a_slot_lists_the_free_ones(editor: Editor, inputs: Json) -> None:
    _, page = await editor.get(f"/agenda/{inputs['practitioner_id2']}?origin=sas")
    links = [str(link["href"]) for link in BeautifulSoup(page, "html.parser").find_all("a")]
    assert len(links) > 10
    answer, page = await editor.get(links[3])
    assert (answer.status, "Réserver ce créneau" in page) == (200, True)
    _, empty = await editor.get(f"/agenda/{inputs['practitioner_empty']}")
    assert "Aucun autre créneau libre" in empty


class TestWithHostileNames:
    @pytest.fixture
    def sandbox_options(self) -> SandboxOptions:
        place = Place(f"1 rue {HOSTILE}", "59000", f"Lille {HOSTILE}", name=HOSTILE)
        (person,) = make_people(1, density=1.0)
        return {"people": [msgspec.structs.replace(person, family=HOSTILE, given=HOSTILE, places=(place,))]}

    async def test_everything_is_escaped(self, editor: Editor) -> None:
        link = await first_link(editor, make_people(1)[0].national_id)
        odd = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%ED%A0%80"
        for page in (
            (await editor.get(f"{link}&origin={odd}"))[1],
            (await editor.get(f"{link}{odd}&origin=sas"))[1],
            (await book(editor, (await editor.get(f"{link}&origin={odd}"))[1]))[1],
        ):
            assert "<h1>" in page
            assert "<script" not in page


async def test_the_page_needs_nothing_from_elsewhere_and_its_policy_says_so(editor: Editor, inputs: Json) -> None:
    answer, page = await editor.get(await first_link(editor, inputs["practitioner_id"]) + "&origin=sas")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert not re.search(r"""(?:src|href|action)=["']?(?:https?:|//)""", page)
    soup = BeautifulSoup(page, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "fr"
    assert soup.title is not None
    assert len(soup.find_all("h1")) == 1
    assert soup.main is not None
