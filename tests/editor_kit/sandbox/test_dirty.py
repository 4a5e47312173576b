"""The behaviour `dirty` really is: each deviation of interop.md §6 is there, and good slots remain around it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from editor_kit.sandbox import dirty
from editor_kit.sandbox.running import SandboxOptions
from tests.editor_kit.sandbox.conftest import Editor, Json, as_written, make_people

Resources = Callable[[Json, str], list[Json]]
IDS = [person.national_id for person in make_people(25)]


@pytest.fixture
def sandbox_options() -> SandboxOptions:
    return {"people": make_people(25, density=0.4)}


async def dirty_bundle(editor: Editor, *ids: str) -> Json:
    editor.sandbox.set_behaviour("dirty")
    async with editor.http.get(as_written(editor.url(*ids))) as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json+fhir")
        body = await answer.read()
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    return msgspec.json.decode(body.decode("iso-8859-1"), type=Json)


async def test_every_second_slot_is_intact_and_the_answer_repeats_itself(editor: Editor, resources: Resources) -> None:
    clean = resources(await editor.bundle(*IDS), "Slot")
    answer = await dirty_bundle(editor, *IDS)
    assert answer == await dirty_bundle(editor, *IDS)
    kept = [slot for slot in resources(answer, "Slot") if slot in clean]
    assert len(clean) / 2 <= len(kept) < len(clean)


async def test_the_bundle_itself_deviates(editor: Editor) -> None:
    bundle = await dirty_bundle(editor, *IDS)
    assert bundle["type"] != "searchset"
    assert "total" not in bundle
    assert "meta" not in bundle
    assert "OperationOutcome" in {entry["resource"]["resourceType"] for entry in bundle["entry"]}
    urls = [entry.get("fullUrl") for entry in bundle["entry"]]
    assert len(set(urls)) < len(urls)
    assert {entry["search"]["mode"] for entry in bundle["entry"]} == {"match", "outcome"}


async def test_nobody_asked_for_the_stranger(editor: Editor, resources: Resources) -> None:
    answer = await dirty_bundle(editor, *IDS)
    ids = {identifier["value"] for who in resources(answer, "Practitioner") for identifier in who["identifier"]}
    assert dirty.UNASKED in ids


SLOT_DEVIATIONS: dict[str, Callable[[Json], bool]] = {
    "D05": lambda slot: any("text" in one for one in slot["specialty"]),
    "D06 unknown": lambda slot: "RESERVE" in codes(slot),
    "D06 private": lambda slot: "private" in codes(slot),
    "D06 none": lambda slot: "meta" not in slot,
    "D07": lambda slot: any("coding" in one and "text" in one for one in slot["serviceType"]),
    "D08": lambda slot: codes(slot) == ["CPTS"],
    "D10": lambda slot: any("extension" in one for one in slot["serviceType"]),
    "D18": lambda slot: slot.get("extension") == [],
    "D19 scheme": lambda slot: slot["comment"].startswith("127.0.0.1"),
    "D19 blank": lambda slot: not slot["comment"].strip(),
    "D19 script": lambda slot: slot["comment"].startswith("javascript:"),
    "D20": lambda slot: "origin=" in slot["comment"] and "#" in slot["comment"],
    "D24": lambda slot: slot["status"] == "busy",
    "D25 end": lambda slot: "end" not in slot,
    "D25 order": lambda slot: "end" in slot and len(slot["start"]) == 29 and slot["end"] < slot["start"],
    "D25 past": lambda slot: slot["start"].startswith("2001"),
    "D26 offset": lambda slot: len(slot["start"]) == 19,
    "D26 Z": lambda slot: slot["start"].endswith("Z"),
    "D26 date": lambda slot: len(slot["start"]) == 10,
    "D29": lambda slot: slot["schedule"]["reference"].endswith("nulle-part"),
    "D31": lambda slot: slot["id"].endswith("-bis"),
    "D46 none": lambda slot: "appointmentType" not in slot,
    "D46 unknown": lambda slot: "appointmentType" in slot and slot["appointmentType"]["coding"][0]["code"] == "CHECKUP",
}


async def test_each_deviation_of_a_slot_is_there(editor: Editor, resources: Resources) -> None:
    slots = resources(await dirty_bundle(editor, *IDS), "Slot")
    assert [case for case, deviates in SLOT_DEVIATIONS.items() if not any(map(deviates, slots))] == []


def codes(slot: Json) -> list[Any]:
    return [coding["code"] for coding in slot.get("meta", {}).get("security", [])]


def id_of(who: Json) -> Json:
    identifier: Json = who["identifier"][-1]
    return identifier


INCLUDE_DEVIATIONS: dict[str, tuple[str, Callable[[Json], bool]]] = {
    "D01": ("Practitioner", lambda who: len(id_of(who)["value"].strip()) == 11),
    "D02": ("PractitionerRole", lambda role: len(role["organization"]["identifier"]["value"]) == 9),
    "D03": ("Practitioner", lambda who: id_of(who).get("system", "").startswith("1.2.250")),
    "D04": ("PractitionerRole", lambda role: role.get("telecom", [{}])[0].get("value", "").startswith("03.")),
    "D04 words": ("PractitionerRole", lambda role: "secrétariat" in role.get("telecom", [{}])[0].get("value", "")),
    "D13": ("PractitionerRole", lambda role: len(role["location"]) == 2),
    "D14": (
        "Schedule",
        lambda schedule: not any(a["reference"].startswith("Practitioner/") for a in schedule["actor"]),
    ),
    "D15": ("Schedule", lambda schedule: not any("PractitionerRole/" in a["reference"] for a in schedule["actor"])),
    "D18": ("Practitioner", lambda who: who.get("telecom") == []),
    "D21": ("PractitionerRole", lambda role: "contained" not in role),
    "D21 reference": ("PractitionerRole", lambda role: role["location"][0]["reference"] == "lieu"),
    "D22": ("Practitioner", lambda who: "type" not in id_of(who)),
    "D23": ("Practitioner", lambda who: len(who["meta"]["profile"]) == 2),
    "D29": ("Schedule", lambda schedule: schedule["actor"][0]["reference"].startswith("http")),
    "D32": ("Practitioner", lambda who: len(who["identifier"]) == 2),
    "D34": (
        "PractitionerRole",
        lambda role: any(isinstance(c["address"]["postalCode"], int) for c in role.get("contained", [])),
    ),
    "D50": ("Practitioner", lambda who: isinstance(who["name"], dict)),
    "C36": ("PractitionerRole", lambda role: "practitioner" not in role),
}


async def test_each_deviation_of_what_comes_along_is_there(editor: Editor, resources: Resources) -> None:
    bundle = await dirty_bundle(editor, *IDS)
    cases = INCLUDE_DEVIATIONS.items()
    assert [case for case, (kind, deviates) in cases if not any(map(deviates, resources(bundle, kind)))] == []


async def test_an_empty_dirty_answer_has_an_empty_list(editor: Editor, inputs: Json) -> None:
    editor.sandbox.set_behaviour("dirty")
    bundle = await editor.json(editor.url(inputs["practitioner_empty"]))
    assert bundle["entry"] == []
