"""Reading slot answers, case by case (interop.md §6): golden answers in tests/golden/fhir, one per case."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sas.fhir.findings import UnreadableAnswer
from sas.fhir.offered import OfferedSlot
from sas.fhir.slots import MAX_SLOTS, read
from tests.fhir.answers import ADELI, END, GOLDEN, RPPS, START, golden, read_answer, summary


def first(name: str) -> OfferedSlot:
    return read_answer(golden(name)).slots[0]


def test_a_conformant_answer_is_read_without_a_remark() -> None:
    reading = read_answer(golden("conformant"), content_type="application/fhir+json;charset=UTF-8")
    assert summary(reading) == []
    assert reading.next_url is None
    slot, other = reading.slots
    assert slot.practitioner == RPPS
    assert slot.start.isoformat() == "2026-06-02T09:00:00+02:00"
    assert slot.end - slot.start == timedelta(minutes=15)
    assert (slot.slot_id, slot.booking, slot.url) == ("slot-1", "ROUTINE", "https://agenda.exemple.fr/rdv?ps=A")
    assert (slot.modalities, slot.types, slot.reasons, slot.specialties) == (
        ("AMB",),
        ("PUBLIC",),
        ("Soins non programmés",),
        ("SM54",),
    )
    assert slot.place is not None
    assert slot.place is other.place
    assert (slot.place.structure_id, slot.place.name, slot.place.phone) == (
        "1590000004",
        "Cabinet des Tilleuls",
        "+33320000000",
    )
    assert (slot.place.line, slot.place.postal_code, slot.place.city) == ("1 rue des Tilleuls", "59000", "LILLE")


CASES: list[tuple[str, int, list[tuple[str, str, int]]]] = [
    ("D01-unprefixed-practitioner", 2, [("D01", "warning", 1)]),
    ("D02-unprefixed-structure", 2, [("D02", "warning", 1)]),
    ("D03-bare-oid", 2, [("D03", "warning", 1)]),
    ("D04-french-phone", 2, [("D04", "warning", 1)]),
    ("D04-impossible-phone", 2, [("D04", "warning", 1)]),
    ("D05-specialty-as-text", 2, []),
    ("D06-no-visibility", 2, [("D06", "warning", 1)]),
    ("D06-private", 1, [("D06", "drop", 1)]),
    ("D06-unknown-visibility", 2, [("D06", "warning", 1)]),
    ("D06-wrong-system", 2, [("D06", "warning", 1)]),
    ("D07-all-in-one-concept", 2, []),
    ("D07-unknown-consultation", 2, [("D07", "warning", 1)]),
    ("D08-cpts-dangling", 1, [("D08", "drop", 1), ("D08", "warning", 1)]),
    ("D08-cpts-not-described", 2, [("D08", "warning", 1)]),
    ("D08-cpts-without-extension", 2, [("D08", "warning", 1)]),
    ("D09-variant-system", 2, [("D09", "warning", 1)]),
    ("D10-cpts-data-without-tag", 2, [("D10", "warning", 1)]),
    ("D11-two-cpts", 2, []),
    ("D12-services-of-one-organization", 2, [("D12", "warning", 1)]),
    ("D13-two-locations", 2, [("D13", "warning", 1)]),
    ("D14-role-only", 2, []),
    ("D15-practitioner-only", 2, [("D15", "warning", 1)]),
    ("D16-not-asked", 1, [("D16", "drop", 1)]),
    ("D17-entry-absent", 0, []),
    ("D17-entry-empty", 0, []),
    ("D17-no-total", 0, []),
    ("D18-empty-elements", 2, [("D18", "warning", 1), ("D19", "warning", 1)]),
    ("D18-null-where-a-list-is-due", 2, [("D18", "warning", 1)]),
    ("D19-no-link", 2, [("D19", "warning", 2)]),
    ("D19-walkin-without-link", 2, []),
    ("D20-origin-already-there", 2, []),
    ("D21-mismatched-id", 2, [("D21", "warning", 1)]),
    ("D21-reference-without-hash", 2, [("D21", "warning", 1)]),
    ("D21-standalone-location", 2, [("D21", "warning", 1)]),
    ("D22-identifier-without-system", 2, [("D22", "warning", 2)]),
    ("D23-other-profiles", 2, [("D23", "info", 1)]),
    ("D24-busy", 1, [("D24", "drop", 1)]),
    ("D25-ends-before-it-starts", 1, [("D25", "drop", 1)]),
    ("D25-no-end", 1, [("D25", "drop", 1)]),
    ("D25-outside-the-window", 1, [("D25", "drop", 2)]),
    ("D26-date-only", 1, [("D26", "drop", 1)]),
    ("D26-no-offset", 2, [("D26", "warning", 2)]),
    ("D26-zulu-and-no-seconds", 2, [("D26", "warning", 2)]),
    ("D27-wrong-total", 2, [("D27", "warning", 1)]),
    ("D28-all-match", 2, []),
    ("D29-absolute-references", 2, []),
    ("D29-dangling", 1, [("D29", "drop", 1)]),
    ("D29-other-base-and-version", 2, []),
    ("D29-urn-uuid", 2, []),
    ("D30-repeated-entries", 2, []),
    ("D31-same-slot-twice", 1, [("D31", "info", 1)]),
    ("D32-several-identifiers", 2, []),
    ("D33-adeli", 2, []),
    ("D34-line-as-text", 2, [("D34", "warning", 1)]),
    ("D34-lines-and-numeric-postcode", 2, [("D34", "warning", 4)]),
    ("D42-outcome-inside", 2, [("D42", "info", 1)]),
    ("D45-next-page", 2, [("D45", "warning", 1)]),
    ("D46-no-booking-mode", 2, [("D46", "warning", 2)]),
    ("D47-corsican-structure", 2, [("D02", "warning", 1)]),
    ("D48-collection", 2, [("D48", "warning", 1)]),
    ("D50-names-of-any-shape", 2, [("D50", "warning", 1)]),
    ("D50-one-entry-of-wrong-types", 1, [("D26", "drop", 1), ("D50", "warning", 3)]),
    ("D50-single-objects-for-lists", 2, [("D50", "warning", 5)]),
]


@pytest.mark.parametrize(("name", "slots", "findings"), CASES, ids=[case[0] for case in CASES])
def test_each_case_of_the_table_keeps_and_reports_what_it_should(
    name: str, slots: int, findings: list[tuple[str, str, int]]
) -> None:
    reading = read_answer(golden(name))
    assert len(reading.slots) == slots
    assert summary(reading) == findings
    assert all(len(finding.evidence) <= 120 for finding in reading.findings)


def test_every_golden_answer_is_read_by_a_test() -> None:
    named = {f"{name}.json" for name, *_ in CASES} | {
        "conformant.json",
        "D40-login-page.html",
        "D40-fhir.xml",
        "D41-operation-outcome.json",
    }
    assert {path.name for path in GOLDEN.iterdir() if path.is_file()} == named


def test_ids_and_phones_come_out_normalised() -> None:
    assert first("D01-unprefixed-practitioner").practitioner == RPPS
    assert first("D33-adeli").practitioner == ADELI
    for name, structure, phone in (
        ("D02-unprefixed-structure", "1590000004", "+33320000000"),
        ("D04-french-phone", "1590000004", "+33320000000"),
        ("D04-impossible-phone", "1590000004", None),
        ("D47-corsican-structure", "12A0000004", "+33320000000"),
    ):
        place = first(name).place
        assert place is not None
        assert (place.structure_id, place.phone) == (structure, phone)


def test_a_slot_without_known_visibility_is_kept_without_types() -> None:
    assert first("D06-no-visibility").types == ()
    assert first("D06-unknown-visibility").types == ()
    assert first("D06-wrong-system").types == ("PUBLIC",)


def test_all_that_is_said_of_a_slot_is_gathered() -> None:
    assert first("D05-specialty-as-text").specialties == ("Pneumologie", "X1")
    mixed = first("D07-all-in-one-concept")
    assert (mixed.modalities, mixed.reasons) == (("AMB", "VR"), ("Suivi",))
    assert first("D07-unknown-consultation").modalities == ()


def test_cpts_are_found_behind_their_services() -> None:
    two = first("D11-two-cpts").organizations
    assert [(cpts.national_id, cpts.name, cpts.phone) for cpts in two] == [
        ("1590000111", "CPTS 1", "+33320111111"),
        ("1590000112", "CPTS 2", "+33320111111"),
    ]
    assert len(first("D12-services-of-one-organization").organizations) == 1
    assert len(first("D09-variant-system").organizations) == 1
    assert first("D10-cpts-data-without-tag").organizations == ()
    assert first("D08-cpts-not-described").types == ("PUBLIC", "CPTS")


@pytest.mark.parametrize(
    "name",
    [
        "D13-two-locations",
        "D14-role-only",
        "D21-mismatched-id",
        "D21-reference-without-hash",
        "D21-standalone-location",
        "D29-absolute-references",
        "D29-other-base-and-version",
        "D29-urn-uuid",
        "D50-names-of-any-shape",
        "D50-single-objects-for-lists",
    ],
)
def test_the_place_is_found_however_it_is_referred_to(name: str) -> None:
    place = first(name).place
    assert place is not None
    assert (place.name, place.city) == ("Cabinet des Tilleuls", "LILLE")


def test_a_schedule_without_role_leaves_the_place_to_the_directory() -> None:
    assert first("D15-practitioner-only").place is None


def test_links_and_booking_modes() -> None:
    assert first("D19-no-link").url is None
    assert first("D19-walkin-without-link").booking == "WALKIN"
    assert first("D20-origin-already-there").url == "https://agenda.exemple.fr/rdv?ps=A#jour"
    assert [slot.booking for slot in read_answer(golden("D46-no-booking-mode")).slots] == ["ROUTINE", "WALKIN"]


def test_times_without_offset_are_paris_time() -> None:
    reading = read_answer(golden("D26-no-offset"))
    assert reading.slots[0].start.isoformat() == "2026-06-02T09:00:00+02:00"
    reading = read_answer(golden("D26-zulu-and-no-seconds"))
    assert [slot.start.isoformat() for slot in reading.slots] == [
        "2026-06-02T07:00:00+00:00",
        "2026-06-02T10:00:00+02:00",
    ]


def test_an_address_in_pieces_is_mended_or_left_to_the_directory() -> None:
    place = first("D34-lines-and-numeric-postcode").place
    assert place is not None
    assert (place.line, place.postal_code, place.city) == ("Bâtiment B, 1 rue des Tilleuls", "01000", None)


def test_a_next_page_is_handed_on() -> None:
    assert read_answer(golden("D45-next-page")).next_url == "https://agenda.exemple.fr/fhir/Slot?page=2"


def test_a_slot_that_has_begun_is_dropped() -> None:
    reading = read_answer(golden("conformant"), now=datetime(2026, 6, 2, 7, 30, tzinfo=UTC))
    assert [slot.slot_id for slot in reading.slots] == ["slot-2"]
    assert summary(reading) == [("D25", "drop", 1)]


@pytest.mark.parametrize(
    ("payload", "case", "evidence"),
    [
        ((GOLDEN / "D40-login-page.html").read_bytes(), "D40", "HTML"),
        ((GOLDEN / "D40-fhir.xml").read_bytes(), "D40", "XML"),
        (golden("D41-operation-outcome"), "D41", "Base de données indisponible"),
        (b'{"entry": ', "D40", "JSON invalide"),
        (golden("conformant")[:-40], "D40", "JSON invalide"),
        (b"[1, 2]", "D40", "Bundle"),
        (b'"oui"', "D40", "Bundle"),
        (b"{}", "D40", "Bundle"),
        (b'{"resourceType": "Patient"}', "D40", "Patient"),
        (b'{"entry":' + b"[" * 200_000, "D40", "imbriqu"),
        (b"\x00\xff\xfe\x01", "D40", "JSON invalide"),
    ],
)
def test_what_is_no_search_set_is_refused_with_what_it_was(payload: bytes, case: str, evidence: str) -> None:
    with pytest.raises(UnreadableAnswer) as refusal:
        read_answer(payload)
    finding = refusal.value.finding
    assert (finding.case, finding.severity) == (case, "error")
    assert evidence in finding.evidence
    assert len(finding.evidence) <= 120


def test_an_empty_body_is_no_slot() -> None:
    assert summary(read_answer(b"  \n")) == [("D17", "info", 1)]


@pytest.mark.parametrize(
    ("payload", "content_type"),
    [
        (b"\xef\xbb\xbf" + golden("conformant"), None),
        (golden("conformant").decode().encode("latin-1"), None),
        (golden("conformant").decode().encode("utf-16"), None),
        (golden("conformant"), "application/json+fhir"),
        (golden("conformant"), "text/plain"),
        (golden("conformant"), "application/fhir+json; charset=ISO-8859-1"),
        (golden("conformant"), ""),
        (golden("conformant").replace(b"Soins non", b"Soins\nnon").replace(b"Soins\nnon", b"Soins non", 1), None),
        (golden("conformant").replace(b'"59000"', b'"59000", "x": NaN'), None),
        (golden("conformant").replace(b'"MARCEL"', b'"MAR\\ud800CEL"'), None),
    ],
)
def test_encodings_and_content_types_are_forgiven(payload: bytes, content_type: str | None) -> None:
    reading = read_answer(payload, content_type=content_type)
    assert summary(reading) == [("D39", "warning", 1)]
    assert reading.slots[0].reasons == ("Soins non programmés",)


def test_two_thousand_bad_slots_are_one_finding_and_more_slots_are_cut_by_start() -> None:
    answer = json.loads(golden("conformant"))
    model = answer["entry"][0]
    slots = []
    for rank in range(MAX_SLOTS + 50):
        moment = START + timedelta(minutes=(rank * 7919) % (MAX_SLOTS + 50), seconds=1)
        times = {"start": moment.isoformat(), "end": (moment + timedelta(minutes=5)).isoformat()}
        slots.append({"resource": {**model["resource"], "id": f"s{rank}", "comment": "?", **times}})
    answer["entry"] = slots + answer["entry"][2:]
    del answer["total"]
    reading = read_answer(json.dumps(answer).encode())
    assert len(reading.slots) == MAX_SLOTS
    assert summary(reading) == [("D19", "warning", MAX_SLOTS + 50), ("D49", "warning", 1)]
    starts = [slot.start for slot in reading.slots]
    assert starts == sorted(starts)
    assert starts[-1] == START + timedelta(minutes=MAX_SLOTS - 1, seconds=1)


def test_slots_come_sorted_by_professional_then_start() -> None:
    answer = json.loads(golden("D16-not-asked"))
    reading = read(json.dumps(answer).encode(), asked=[RPPS, "810999999999"], start=START, end=END, now=START)
    keys = [(slot.practitioner, slot.start) for slot in reading.slots]
    assert keys == sorted(keys)
    assert len(keys) == 2


def test_the_id_comes_back_as_it_was_asked() -> None:
    reading = read(golden("conformant"), asked=["10002673899"], start=START, end=END, now=START)
    assert {slot.practitioner for slot in reading.slots} == {"10002673899"}


FOREIGN = [
    {"resourceType": "Patient", "id": "p"},
    {"resourceType": "Device", "id": "d", "location": {"reference": "Location/1"}, "status": "active"},
    {"resourceType": "Endpoint", "id": "e", "address": "https://agenda.exemple.fr/fhir", "name": ["x"]},
    {"id": "sans type"},
]


@pytest.mark.parametrize("resource", FOREIGN, ids=lambda resource: str(resource.get("resourceType")))
def test_resources_that_no_flow_uses_cost_nothing_and_are_no_deviation(resource: dict[str, Any]) -> None:
    answer = json.loads(golden("conformant"))
    answer["entry"].insert(0, {"resource": resource})
    reading = read_answer(json.dumps(answer).encode())
    assert reading.slots == read_answer(golden("conformant")).slots
    assert summary(reading) == []


def test_codes_of_the_same_length_are_not_taken_for_each_other() -> None:
    """Meanings are looked up by the length of their text first."""
    answer = json.loads(golden("conformant"))
    for entry, motive in zip(answer["entry"][:2], ("Suivi A", "Suivi B"), strict=True):
        entry["resource"]["serviceType"] = [{"text": motive}]
    for _ in range(2):
        reading = read_answer(json.dumps(answer).encode())
        assert [slot.reasons for slot in reading.slots] == [("Suivi A",), ("Suivi B",)]


def test_fields_may_come_in_any_order() -> None:
    answer = json.loads(golden("conformant"))
    for entry in answer["entry"]:
        entry["resource"] = dict(reversed(entry["resource"].items()))
    assert read_answer(json.dumps(answer).encode()) == read_answer(golden("conformant"))
