"""What the platform is told of a booking (INT_R03): when, in what order, how often, and what the person reads of it."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from bs4 import BeautifulSoup

from editor_kit.sandbox.notifying import LONGEST_PAUSE
from editor_kit.sandbox.reservations import Reservation
from editor_kit.sandbox.running import SandboxOptions, running_sandbox
from editor_kit.sandbox.state import Sandbox
from sas.fhir import systems
from sas.fhir.practitioners import AccountIdentifier
from tests.editor_kit.sandbox.account_requests import IDN, SAS, body, post
from tests.editor_kit.sandbox.conftest import NOW, Editor, Json
from tests.fakes.appointment_platform import HANG_UP, LOST, TOKEN, Platform, running_platform

MAIL, SYSTEM = "anne.martin@exemple.fr", "urn:oid:1.2.250.1.999.2.7"
WHO = "810199900011"


class Pauses:
    """Waits for nothing, and remembers how long it was asked to; with `hold`, waits for ever."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.hold = False

    async def __call__(self, seconds: float) -> None:
        self.asked.append(seconds)
        if self.hold:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with running_platform() as running:
        yield running


@pytest.fixture
def sandbox_options(platform: Platform, pauses: Pauses) -> SandboxOptions:
    return {
        "accounts": "required", "notify": platform.base_url + "/", "token": TOKEN, "system": SYSTEM, "sleep": pauses,
    }  # fmt: skip


@pytest.fixture
async def booked(editor: Editor) -> "Person":
    """A regulator announced by the platform, who has just booked."""
    await post(editor, body(IDN, "1", MAIL, family="Martin", given="Anne"))
    person = Person(editor)
    await person.book()
    return person


class Person:
    """Somebody in front of the sandbox's pages."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor
        self.page = BeautifulSoup("", "html.parser")
        self.status = 0
        self.address = ""

    @property
    def text(self) -> str:
        return self.page.get_text(" ", strip=True)

    async def go(self, path: str) -> None:
        async with self.editor.http.get(self.editor.sandbox.site + path) as answer:
            await self._read(answer)

    async def press(self, label: str, **typed: str) -> None:
        button = next(button for button in self.page.find_all("button") if label in button.get_text())
        form = button.find_parent("form")
        assert form is not None
        fields = {str(field["name"]): str(field.get("value", "")) for field in form.find_all("input")}
        for choice in form.find_all("select"):
            option = choice.find("option")
            assert option is not None
            fields[str(choice["name"])] = str(option["value"])
        address = self.editor.sandbox.site + str(form["action"])
        async with self.editor.http.post(address, data=fields | typed) as answer:
            await self._read(answer)

    async def book(self) -> None:
        link = str((await self.editor.bundle(WHO))["entry"][0]["resource"]["comment"]) + "&origin=sas"
        await self.go(link.removeprefix(self.editor.sandbox.site))
        if "Se connecter" in self.text:
            await self.press("Se connecter", courriel=MAIL)
        await self.press("Réserver")
        assert "Créneau réservé" in self.text

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        self.page = BeautifulSoup(await answer.text(), "html.parser")
        self.status, self.address = answer.status, answer.url.path


async def settled(sandbox: Sandbox) -> None:
    """Once no message is waiting."""
    assert sandbox.notifier is not None
    async with asyncio.timeout(20):
        while sandbox.notifier.counts()["waiting"]:
            await asyncio.sleep(0)


async def test_a_booking_is_told_with_the_identifiers_of_the_guide(booked: Person, platform: Platform) -> None:
    assert "Transmis à la plateforme." in booked.text
    ((key, (_, facts)),) = platform.kept.items()
    assert key[0] == SYSTEM
    assert re.fullmatch(r"[0-9a-f-]{36}", key[1])
    assert (facts.status, facts.operator_system, facts.operator_value) == ("booked", systems.IDNPS, "1")
    assert (facts.practitioner, facts.created, facts.warnings) == (WHO, NOW, ())
    assert facts.starts_at.isoformat() == "2026-03-25T10:30:00+00:00"
    assert platform.statuses == [("POST", 201)]


async def test_a_regulator_without_a_national_id_is_named_by_the_technical_one(
    editor: Editor, platform: Platform
) -> None:
    technical = "7c1b4f7e-3f57-4f0a-8f8f-9a4f6f0f3a11"
    await post(editor, body(SAS, technical, MAIL))
    await Person(editor).book()
    ((_, facts),) = platform.kept.values()
    assert (facts.operator_system, facts.operator_value) == (systems.SAS, technical)


async def test_each_change_by_who_booked_is_told_and_the_slots_follow(booked: Person, platform: Platform) -> None:
    first = (await booked.editor.bundle(WHO))["total"]
    await booked.press("Déplacer")
    assert "Transmis à la plateforme." in booked.text
    assert "mercredi 25 mars 2026 à 14 h 30" in booked.text
    assert (await booked.editor.bundle(WHO))["total"] == first
    await booked.press("Annuler")
    assert "Rendez-vous annulé" in booked.text
    assert "Changer ce rendez-vous" not in booked.text
    assert (await booked.editor.bundle(WHO))["total"] == first + 1
    told = [(message.facts.status, message.facts.starts_at.hour) for message in platform.received if message.facts]
    assert told == [("booked", 10), ("booked", 13), ("cancelled", 13)]
    assert platform.statuses == [("POST", 201), ("PUT", 200), ("PUT", 200)]


async def test_the_practice_says_who_came(booked: Person, platform: Platform) -> None:
    await booked.go(f"/praticien/{WHO}")
    assert "réservé. Transmis à la plateforme." in booked.text
    link = next(a for a in booked.page.find_all("a") if "25 mars" in a.get_text())
    await booked.go(str(link["href"]))
    await booked.press("n’est pas venu")
    assert "Rendez-vous non honoré" in booked.text
    await booked.press("est venu")
    assert "Rendez-vous honoré" in booked.text
    assert [facts.status for _, facts in platform.kept.values()] == ["fulfilled"]
    assert [status for _, status in platform.statuses] == [201, 200, 200]


async def test_what_can_no_longer_be_done_is_refused_and_not_told(booked: Person, platform: Platform) -> None:
    before = booked.page
    others = [str(option["value"]) for option in before.find_all("option")]
    await booked.press("Déplacer", creneau="nimporte")
    assert (booked.status, "n’existe pas" in booked.text) == (404, True)
    rival = Person(booked.editor)
    await rival.go(f"/agenda/{WHO}?origin=sas&creneau={others[0]}")
    await rival.press("Réserver")
    booked.page = before
    await booked.press("Déplacer", creneau=others[0])
    assert (booked.status, "vient d’être pris" in booked.text) == (409, True)
    await booked.press("Annuler")
    booked.page = before
    await booked.press("Déplacer", creneau=others[1])
    assert (booked.status, "plus possible" in booked.text) == (409, True)
    booked.page = before
    await booked.press("Annuler", acte="autre")
    assert booked.status == 422
    assert platform.statuses == [("POST", 201), ("POST", 201), ("PUT", 200)]


async def test_a_reservation_is_changed_by_who_made_it_only(booked: Person, platform: Platform) -> None:
    (made,) = booked.editor.sandbox.reservations
    site, address = booked.editor.sandbox.site, booked.address
    cancel = {"acte": "annuler"}
    foreign: dict[str, Any] = {"headers": {"Origin": "https://mechant.example"}}
    async with aiohttp.ClientSession() as stranger:
        for path, more, status in (
            (f"{address}?origin=sas", {}, 404),
            (f"/praticien/{WHO}/nimporte", {}, 404),
            (f"/praticien/810199900022/{made.reference}", {}, 404),
            (f"/praticien/{WHO}/{made.reference}", foreign, 403),
        ):
            async with stranger.post(site + path, data=cancel, **more) as answer:
                assert answer.status == status
    for fields in (cancel, cancel | {"jeton": "x"}):
        async with booked.editor.http.post(f"{site}{address}?origin=sas", data=fields) as answer:
            assert answer.status == 403
    assert platform.statuses == [("POST", 201)]


async def test_what_the_platform_could_not_take_is_tried_again_and_arrives_once(
    booked: Person, platform: Platform, pauses: Pauses
) -> None:
    platform.script.extend([503, 429, 408, 500, HANG_UP, LOST])
    await booked.press("Annuler")
    await settled(booked.editor.sandbox)
    assert [status for _, status in platform.statuses] == [201, 503, 429, 408, 500, 0, 0, 200]
    assert [facts.status for _, facts in platform.kept.values()] == ["cancelled"]
    bounds = ((0.5, 1), (1, 2), (2, 4), (4, 8))  # after a closed connection the client tries once more by itself
    assert all(low <= got <= high for got, (low, high) in zip(pauses.asked[:4], bounds, strict=True))
    await booked.go(booked.address + "?origin=sas")
    assert "Transmis à la plateforme." in booked.text


async def test_a_creation_whose_answer_was_lost_is_no_second_appointment(editor: Editor, platform: Platform) -> None:
    platform.script.append(LOST)
    await post(editor, body(IDN, "1", MAIL))
    await Person(editor).book()
    await settled(editor.sandbox)
    assert (platform.statuses, len(platform.kept)) == ([("POST", 0), ("POST", 200)], 1)


async def test_updates_wait_for_their_creation(booked: Person, platform: Platform, pauses: Pauses) -> None:
    """Another booking while the platform is down: its changes stay behind it, and others are not held up."""
    pauses.hold = True
    platform.script.append(503)
    await booked.book()
    assert "En attente : Réponse demandée par le test. 1 essai, un autre suivra." in booked.text
    await booked.press("Déplacer")
    await booked.press("Annuler")
    assert platform.statuses == [("POST", 201), ("POST", 503)]
    state = booked.editor.sandbox.state()
    counts = [state[f"notifications_{standing}"] for standing in ("waiting", "sent", "refused")]
    assert counts == [3, 1, 0]
    await booked.go(f"/praticien/{WHO}")
    others = [line.a for line in booked.page.find_all("li") if "réservé" in line.get_text()]
    assert others[0] is not None
    await booked.go(str(others[0]["href"]))
    await booked.press("n’est pas venu")
    assert platform.statuses[2:] == [("PUT", 200)]


async def test_what_waits_has_a_last_chance_when_the_sandbox_stops(platform: Platform, pauses: Pauses) -> None:
    pauses.hold = True
    platform.script.append(503)
    async with running_sandbox(clock=lambda: NOW, notify=platform.base_url, token=TOKEN, sleep=pauses) as sandbox:
        made = reserve(sandbox)
        sandbox.tell(made)
        assert sandbox.notifier is not None
        await sandbox.notifier.first_answer(made, within=20)
        sandbox.tell(made)
    assert platform.statuses == [("POST", 503), ("POST", 201), ("PUT", 200)]
    assert [system for system, _ in platform.kept] == [sandbox.site]  # the address stands for the system


async def test_a_platform_that_is_away_holds_up_nobody() -> None:
    async with running_platform(ready=False) as mute:
        async with running_sandbox(clock=lambda: NOW, notify=mute.base_url, token=TOKEN) as sandbox:
            sandbox.tell(reserve(sandbox))
        assert sandbox.state()["notifications_waiting"] == 1
        gone = mute.base_url
    async with running_sandbox(clock=lambda: NOW, notify=gone, token=TOKEN) as sandbox:
        made = reserve(sandbox)
        sandbox.tell(made)
        assert sandbox.notifier is not None
        await sandbox.notifier.first_answer(made, within=20)
        message = sandbox.notifier.latest(made)
        assert message is not None
        assert "ne répond pas" in message.said


def reserve(sandbox: Sandbox) -> Reservation:
    person = sandbox.agendas.people.find(WHO)
    assert person is not None
    slot = sandbox.agendas.free_slots(person, now=NOW)[0]
    operator = AccountIdentifier(systems.IDNPS, "1")
    made = sandbox.reservations.make(person, slot, account="", operator=operator, at=NOW)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("told", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 0.5, 1),
        ("999999999999999", LONGEST_PAUSE, LONGEST_PAUSE),
        ("Wed, 01 Jan 2020 00:00:00 GMT", 0.5, 1),
        ("Fri, 01 Jan 2100 00:00:00 GMT", LONGEST_PAUSE, LONGEST_PAUSE),
        ("demain", 0.5, 1),
    ],
)
async def test_the_platform_says_when_to_come_back(
    booked: Person, platform: Platform, pauses: Pauses, told: str, least: float, most: float
) -> None:
    platform.headers["Retry-After"] = told
    platform.script.append(503)
    await booked.press("Annuler")
    await settled(booked.editor.sandbox)
    assert least <= pauses.asked[0] <= most


async def test_a_refusal_is_shown_with_its_reason_and_sent_again_on_demand_only(
    booked: Person, platform: Platform, pauses: Pauses
) -> None:
    platform.script.append(422)
    await booked.press("Déplacer")
    assert "Refusé par la plateforme (422) : Réponse demandée par le test." in booked.text
    assert pauses.asked == []
    await booked.press("Envoyer de nouveau")
    assert "Transmis à la plateforme." in booked.text
    assert platform.statuses == [("POST", 201), ("PUT", 422), ("PUT", 200)]


class TestWithAWrongToken:
    @pytest.fixture
    def sandbox_options(self, platform: Platform) -> SandboxOptions:
        return {"accounts": "required", "notify": platform.base_url, "token": "faux"}

    async def test_it_is_said_and_never_shown(self, booked: Person, platform: Platform) -> None:
        assert "Refusé par la plateforme (401)" in booked.text
        for path in ("/_sandbox/notifications", "/_sandbox/state"):
            await booked.go(path)
            assert "faux" not in booked.text
        assert platform.statuses == [("POST", 401)]


class TestWithoutAccounts:
    @pytest.fixture
    def sandbox_options(self, platform: Platform) -> SandboxOptions:
        return {"notify": platform.base_url, "token": TOKEN}

    async def test_nobody_booked_in_name_so_nothing_is_sent_and_the_page_says_so(
        self, editor: Editor, platform: Platform
    ) -> None:
        person = Person(editor)
        await person.book()
        assert "Non transmis : réservé sans compte régulateur" in person.text
        await person.press("Annuler")
        assert "Rendez-vous annulé" in person.text
        assert platform.received == []


async def test_the_journal_tells_each_message(booked: Person, platform: Platform) -> None:
    platform.script.append(422)
    await booked.press("Annuler")
    async with booked.editor.http.get(f"{booked.editor.sandbox.site}/_sandbox/notifications") as answer:
        report: Json = await answer.json()
    assert (report["url"], report["system"]) == (platform.base_url, SYSTEM)
    told = [(line["method"], line["status"], line["standing"], line["answer"]) for line in report["journal"]]
    assert told == [("POST", "booked", "sent", 201), ("PUT", "cancelled", "refused", 422)]
    state = booked.editor.sandbox.state()
    assert (state["notify"], state["notifications_sent"], state["notifications_refused"]) == (platform.base_url, 1, 1)
