"""What the platform understands of the answers: everything when they are well, the good part when they are dirty."""

from collections.abc import Callable

import pytest

from editor_kit.sandbox.running import SandboxOptions
from sas.fhir.findings import Severity
from sas.fhir.offered import OfferedSlot, Reading
from sas.fhir.slots import read
from tests.editor_kit.sandbox.conftest import END, NOW, Editor, Json, as_written, make_people

Resources = Callable[[Json, str], list[Json]]
IDS = [person.national_id for person in make_people(18)]


@pytest.fixture
def sandbox_options() -> SandboxOptions:
    return {"people": make_people(18, density=0.4)}


async def reading(editor: Editor, *ids: str) -> Reading:
    async with editor.http.get(as_written(editor.url(*ids))) as answer:
        body, content_type = await answer.read(), answer.headers["Content-Type"]
    return read(body, asked=ids, start=NOW, end=END, now=NOW, content_type=content_type)


def told(slot: OfferedSlot) -> tuple[object, ...]:
    """What a regulator sees of a slot."""
    return (slot.practitioner, slot.start, slot.end, slot.modalities, slot.types, slot.booking, slot.reasons, slot.url)


async def test_a_good_answer_is_read_whole_without_a_finding(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    ids = [*IDS, *(inputs[key] for key in inputs if key.startswith("practitioner_"))]
    read_back = await reading(editor, *ids)
    assert read_back.findings == ()
    sent = resources(await editor.bundle(*ids), "Slot")
    assert {slot.slot_id for slot in read_back.slots} == {slot["id"] for slot in sent}
    assert len(read_back.slots) == len(sent)
    assert {slot.url for slot in read_back.slots} == {slot["comment"] for slot in sent}
    assert {slot.practitioner for slot in read_back.slots} == {*ids} - {inputs["practitioner_empty"]}


async def test_the_place_is_understood_to_its_last_detail(editor: Editor, inputs: Json) -> None:
    slot = (await reading(editor, inputs["practitioner_id"])).slots[0]
    place = slot.place
    assert place is not None
    assert (place.structure_id, place.name, place.line) == ("1599990011", "Cabinet des Essais", "12 rue des Essais")
    assert (place.postal_code, place.city, place.insee) == ("59000", "Lille", "59350")
    assert (place.latitude, place.longitude, place.phone) == (50.6329, 3.0586, "+33320000011")


async def test_of_a_dirty_answer_every_good_slot_is_kept_and_each_fault_is_found(editor: Editor) -> None:
    clean = await reading(editor, *IDS)
    intact = {told(slot) for slot in clean.slots}
    editor.sandbox.set_behaviour("dirty")
    dirty = await reading(editor, *IDS)
    kept = {told(slot) for slot in dirty.slots}
    assert len(kept & intact) >= len(clean.slots) / 2
    assert {slot.practitioner for slot in dirty.slots} == {slot.practitioner for slot in clean.slots}
    assert len(dirty.slots) == len(kept)
    found = {finding.case for finding in dirty.findings}
    assert found >= {"D01", "D02", "D04", "D06", "D16", "D19", "D25", "D26", "D29", "D34", "D39", "D46", "D48"}
    assert Severity.ERROR not in {finding.severity for finding in dirty.findings}
