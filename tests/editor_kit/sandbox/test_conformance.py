"""The points that the official kit and the profiles check (interop.md §7.4 and §10), one by one."""

import asyncio
import gzip
import http.client
import re
import string
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editor_kit.sandbox.running import sandbox_thread
from editor_kit.sandbox.state import Sandbox
from sas.fhir import systems
from tests.editor_kit.sandbox.conftest import NOW, Editor, Json, as_written, make_people

Resources = Callable[[Json, str], list[Json]]

KIT_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}[+-]\d{2}:\d{2}")
PROFILES = {
    "Slot": systems.PROFILE_SLOT,
    "Schedule": systems.PROFILE_SCHEDULE,
    "Practitioner": systems.PROFILE_PRACTITIONER,
    "PractitionerRole": systems.PROFILE_PRACTITIONER_ROLE,
}


def walk(node: Any) -> list[Any]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [node, *(found for child in children for found in walk(child))]


async def test_every_resource_carries_exactly_its_one_profile(editor: Editor, inputs: Json) -> None:
    bundle = await editor.bundle(inputs["practitioner_id"])
    assert bundle["meta"]["profile"] == [systems.PROFILE_BUNDLE]
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert resource["meta"]["profile"] == [PROFILES[resource["resourceType"]]]
        for contained in resource.get("contained", []):
            assert contained["meta"]["profile"] == [systems.PROFILE_LOCATION]


async def test_the_self_link_comes_first_and_echoes_the_query_letter_by_letter(editor: Editor, inputs: Json) -> None:
    query = (
        "start=ge2026-03-25T11:10:00.000+00:00&start=le2026-03-27T23:59:59.000%2B00:00&status=free"
        f"&schedule.actor%3APractitioner.identifier=urn:oid:1.2.250.1.71.4.2.1|{inputs['practitioner_id']}"
        "&_include=Slot:schedule&_include:iterate=Schedule:actor&_count=1000"
    )
    bundle = await editor.json(f"{editor.sandbox.base_url}/Slot?{query}")
    assert bundle["link"] == [{"relation": "self", "url": f"{editor.sandbox.base_url}/Slot?{query}"}]
    assert bundle["total"] > 0


async def test_total_counts_the_slots_only(editor: Editor, inputs: Json, resources: Resources) -> None:
    bundle = await editor.bundle(inputs["practitioner_id"], inputs["practitioner_id2"])
    assert bundle["type"] == "searchset"
    assert bundle["total"] == len(resources(bundle, "Slot")) < len(bundle["entry"])


async def test_full_urls_are_absolute_and_unique_and_modes_say_what_was_searched(editor: Editor, inputs: Json) -> None:
    entries = (await editor.bundle(inputs["practitioner_id2"]))["entry"]
    assert len({entry["fullUrl"] for entry in entries}) == len(entries)
    for entry in entries:
        resource = entry["resource"]
        assert entry["fullUrl"] == f"{editor.sandbox.base_url}/{resource['resourceType']}/{resource['id']}"
        assert entry["search"] == {"mode": "match" if resource["resourceType"] == "Slot" else "include"}


async def test_references_are_relative_and_lead_to_the_bundle_without_orphans(editor: Editor, inputs: Json) -> None:
    entries = (await editor.bundle(inputs["practitioner_id"], inputs["practitioner_id2"]))["entry"]
    present = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}
    referred = {node["reference"] for node in walk(entries) if isinstance(node, dict) and "reference" in node}
    contained = {reference for reference in referred if reference.startswith("#")}
    assert referred - contained == {name for name in present if not name.startswith("Slot/")}


async def test_times_have_milliseconds_and_the_offset_of_the_place(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    slots = resources(await editor.bundle(inputs["practitioner_id"], end=NOW + timedelta(days=6)), "Slot")
    assert all(KIT_TIME.fullmatch(slot[key]) for slot in slots for key in ("start", "end"))
    offsets = {slot["start"][:10]: slot["start"][-6:] for slot in slots}
    assert (offsets["2026-03-28"], offsets["2026-03-29"]) == ("+01:00", "+02:00")  # clocks change that night
    assert {slot["start"][11:16] for slot in slots if slot["start"][:10] == "2026-03-29"} >= {"09:00", "14:30"}
    assert all(datetime.fromisoformat(slot["start"]) < datetime.fromisoformat(slot["end"]) for slot in slots)


async def test_a_role_has_its_structure_its_phone_and_its_contained_location(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    (role,) = resources(await editor.bundle(inputs["practitioner_id"]), "PractitionerRole")
    identifier = role["organization"]["identifier"]
    assert identifier["system"] == systems.IDNST
    assert identifier["type"]["coding"] == [{"system": systems.IDENTIFIER_TYPE, "code": "IDNST"}]
    assert re.fullmatch(r"1[0-9]{9}|[34][0-9]{14}", identifier["value"])
    assert re.fullmatch(r"\+33\d{9}", role["telecom"][0]["value"])
    (location,) = role["contained"]
    assert role["location"] == [{"reference": f"#{location['id']}"}]
    assert len(location["address"]["line"]) == 1
    assert location["address"]["city"]
    assert re.fullmatch(r"[0-9]{5}", location["address"]["postalCode"])
    assert location["identifier"][0]["type"]["coding"][0]["code"] == "INTRN"


async def test_every_seeded_place_has_a_structure_id_that_the_kit_accepts(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    ids = [inputs[key] for key in inputs if key.startswith("practitioner_")]
    roles = resources(await editor.bundle(*ids), "PractitionerRole")
    values = [role["organization"]["identifier"]["value"] for role in roles]
    assert len(values) == len(ids)  # one has two places, one has no slot
    assert all(re.fullmatch(r"1[0-9]{9}|[34][0-9]{14}", value) for value in values)


async def test_a_practitioner_has_one_national_id_and_a_whole_name(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    (practitioner,) = resources(await editor.bundle(inputs["practitioner_id"]), "Practitioner")
    assert practitioner["identifier"] == [
        {
            "type": {"coding": [{"system": systems.IDENTIFIER_TYPE, "code": "IDNPS"}]},
            "system": systems.IDNPS,
            "value": inputs["practitioner_id"],
        }
    ]
    assert re.fullmatch(r"8\d{11}", inputs["practitioner_id"])
    assert practitioner["name"] == [{"family": "Delattre", "given": ["Élise"]}]


async def test_a_slot_says_all_that_the_guide_asks(editor: Editor, inputs: Json, resources: Resources) -> None:
    for slot in resources(await editor.bundle(inputs["practitioner_id"]), "Slot"):
        assert slot["status"] == "free"
        assert slot["specialty"] == [{"coding": [{"system": systems.SPECIALTY, "code": "SM54"}]}]
        assert slot["appointmentType"]["coding"][0]["system"] == systems.BOOKING_MODE
        assert any("text" in concept for concept in slot["serviceType"])
        link = urlsplit(slot["comment"])
        assert (link.scheme, link.netloc) == ("http", urlsplit(editor.sandbox.site).netloc)
        assert parse_qs(link.query)


async def test_the_first_seeded_practitioner_shows_exactly_the_declared_types(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    slots = resources(await editor.bundle(inputs["practitioner_id"]), "Slot")
    types = {coding["code"] for slot in slots for coding in slot["meta"]["security"]}
    consultations = {c["code"] for slot in slots for concept in slot["serviceType"] for c in concept.get("coding", [])}
    assert types == set(inputs["type_slot"])
    assert consultations == set(inputs["type_consultation"])


@pytest.mark.parametrize("hour", range(0, 24, 3))
@pytest.mark.parametrize("day", [21, 22, 25])  # Saturday, Sunday, Wednesday
async def test_whenever_the_kit_runs_seeded_people_have_slots_hours_ahead(
    editor: Editor, inputs: Json, resources: Resources, day: int, hour: int
) -> None:
    now = NOW.replace(day=day, hour=hour, minute=59)
    editor.sandbox.clock = lambda: now
    end = (now + timedelta(days=2)).replace(hour=22, minute=59, second=59)
    slots = resources(await editor.bundle(inputs["practitioner_id"], start=now + timedelta(hours=3), end=end), "Slot")
    types = {coding["code"] for slot in slots for coding in slot["meta"]["security"]}
    assert types == set(inputs["type_slot"])


async def test_two_places_give_two_schedules_two_roles_and_slots_at_each(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    bundle = await editor.bundle(inputs["practitioner_id2"])
    counts = {name: len(resources(bundle, name)) for name in ("Practitioner", "Schedule", "PractitionerRole")}
    assert counts == {"Practitioner": 1, "Schedule": 2, "PractitionerRole": 2}
    used = {slot["schedule"]["reference"] for slot in resources(bundle, "Slot")}
    assert used == {f"Schedule/{schedule['id']}" for schedule in resources(bundle, "Schedule")}
    cities = {role["contained"][0]["address"]["city"] for role in resources(bundle, "PractitionerRole")}
    assert cities == {"Roubaix", "Tourcoing"}


async def test_two_practitioners_in_one_search_each_have_their_own_slots(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    ids = {inputs["practitioner_id3"], inputs["practitioner_id4"]}
    bundle = await editor.bundle(*ids)
    assert {p["identifier"][0]["value"] for p in resources(bundle, "Practitioner")} == ids
    for schedule in resources(bundle, "Schedule"):
        assert len(schedule["actor"]) == 2
        owner = schedule["actor"][0]["reference"].partition("/")[2]
        mine = [s for s in resources(bundle, "Slot") if s["schedule"]["reference"] == f"Schedule/{schedule['id']}"]
        assert mine
        assert all(slot["id"].startswith(owner) for slot in mine)


async def test_the_walk_in_practitioner_offers_nothing_to_book(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    slots = resources(await editor.bundle(inputs["practitioner_walkin"]), "Slot")
    assert {slot["appointmentType"]["coding"][0]["code"] for slot in slots} == {"WALKIN"}
    assert all("?" in slot["comment"] for slot in slots)


@pytest.mark.parametrize("who", ["practitioner_empty", "unknown"])
async def test_nobody_to_offer_is_an_empty_search_set_without_entries(editor: Editor, inputs: Json, who: str) -> None:
    bundle = await editor.bundle(inputs.get(who, "810000000000"))
    assert bundle["total"] == 0
    assert "entry" not in bundle
    assert bundle["link"][0]["relation"] == "self"


async def test_no_element_is_ever_empty(editor: Editor, inputs: Json) -> None:
    bundle = await editor.bundle(*(inputs[key] for key in inputs if key.startswith("practitioner_")))
    assert not [node for node in walk(bundle) if node in ("", [], {}, None)]


async def test_ids_are_matched_with_or_without_prefix_and_answered_with_it(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    rpps, adeli = inputs["practitioner_id"], inputs["practitioner_adeli"]
    bundle = await editor.bundle(rpps[1:], adeli[1:])
    assert {p["identifier"][0]["value"] for p in resources(bundle, "Practitioner")} == {rpps, adeli}


async def test_slots_start_inside_the_window_both_ends_included(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    start = datetime.fromisoformat("2026-03-26T09:00:00.000+01:00")
    end = datetime.fromisoformat("2026-03-26T11:30:00.000+01:00")
    who = inputs["practitioner_id"]

    async def hours(start: datetime, end: datetime) -> list[str]:
        return [slot["start"][11:16] for slot in resources(await editor.bundle(who, start=start, end=end), "Slot")]

    assert await hours(start, end) == ["09:00", "10:00", "11:30"]
    second = timedelta(seconds=1)
    assert await hours(start + second, end - second) == ["10:00"]


async def test_the_past_is_never_offered(editor: Editor, inputs: Json, resources: Resources) -> None:
    assert (await editor.bundle(inputs["practitioner_id"], start=NOW - timedelta(days=9), end=NOW))["total"] == 0
    bundle = await editor.bundle(inputs["practitioner_id"], start=NOW - timedelta(days=9))
    assert bundle == await editor.bundle(inputs["practitioner_id"]) | {"link": bundle["link"]}


async def test_a_window_of_centuries_costs_no_more_than_two_weeks(
    editor: Editor, inputs: Json, resources: Resources
) -> None:
    query = (
        f"Slot?start=ge0001-01-01T00:00:00%2B14:00&start=le9999-12-31T23:59:59-12:00&{ids(inputs['practitioner_id'])}"
    )
    slots = resources(await editor.json(f"{editor.sandbox.base_url}/{query}"), "Slot")
    assert len({slot["start"][:10] for slot in slots}) in (14, 15)


def ids(*values: str) -> str:
    return "schedule.actor:Practitioner.identifier=" + ",".join(f"{systems.IDNPS}%7C{value}" for value in values)


async def test_only_free_slots_can_be_searched(editor: Editor, inputs: Json) -> None:
    url = editor.url(inputs["practitioner_id"]).replace("status=free", "status=busy")
    assert (await editor.json(url))["total"] == 0


WINDOW = "start=ge2026-03-25T11:00:00.000%2B01:00&start=le2026-03-27T11:00:00.000%2B01:00"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (ids("810199900011"), "required"),
        (f"start=ge2026-03-25T11:00:00&{ids('810199900011')}", "required"),
        (WINDOW, "required"),
        (f"start=gexyz&start=le2026-03-27T11:00:00&{ids('810199900011')}", "value"),
        (f"start=ge2026-02-30T11:00:00&start=le2026-03-27T11:00:00&{ids('810199900011')}", "value"),
        (f"{WINDOW}&{ids(*(f'8101{rank:08d}' for rank in range(26)))}", "too-costly"),
    ],
)
async def test_a_wrong_search_is_refused_with_its_reason(editor: Editor, query: str, code: str) -> None:
    outcome = await editor.json(f"{editor.sandbox.base_url}/Slot?{query}", status=400)
    assert outcome["resourceType"] == "OperationOutcome"
    assert code in {issue["code"] for issue in outcome["issue"]}
    assert all(issue["diagnostics"] for issue in outcome["issue"])


async def test_twenty_five_practitioners_are_answered_at_once(editor: Editor) -> None:
    bundle = await editor.bundle(*(person.national_id for person in make_people(25)))
    assert bundle["total"] == 0


async def test_a_search_may_be_posted(editor: Editor, inputs: Json) -> None:
    query = editor.url(inputs["practitioner_id"]).partition("?")[2]
    url = f"{editor.sandbox.base_url}/Slot/_search"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    async with editor.http.post(url, data=query, headers=form) as answer:
        assert msgspec.json.decode(await answer.read()) == await editor.bundle(inputs["practitioner_id"])
    async with editor.http.post(url, json={}) as refused:
        assert refused.status == 415
        assert (await refused.json(content_type=None))["resourceType"] == "OperationOutcome"


async def test_metadata_is_a_capability_statement(editor: Editor) -> None:
    statement = await editor.json(f"{editor.sandbox.base_url}/metadata")
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert not [node for node in walk(statement) if node in ("", [], {}, None)]


@pytest.mark.parametrize("path", ["", "/", "/Slot/810199900011.20260326-0900", "/Patient", "/Slot/../../etc"])
async def test_anything_else_is_not_found(editor: Editor, path: str) -> None:
    outcome = await editor.json(editor.sandbox.base_url + path, status=404)
    assert outcome["issue"][0]["code"] == "not-found"


@pytest.mark.parametrize(
    "accept", ["application/fhir+json", "application/json+fhir", "application/json; charset=utf-8", "text/html", "*/*"]
)
async def test_whatever_is_accepted_the_answer_is_fhir_json(editor: Editor, inputs: Json, accept: str) -> None:
    async with editor.http.get(as_written(editor.url(inputs["practitioner_id"])), headers={"Accept": accept}) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/fhir+json;charset=UTF-8"


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("x-gzip", False),
    ],
)
async def test_answers_are_compressed_for_who_accepts_it(
    editor: Editor, inputs: Json, accepted: str, packed: bool
) -> None:
    url = as_written(editor.url(inputs["practitioner_id"]))
    async with editor.http.get(url, headers={"Accept-Encoding": accepted}, auto_decompress=False) as answer:
        body = await answer.read()
        assert ("Content-Encoding" in answer.headers) is packed
    assert msgspec.json.decode(gzip.decompress(body) if packed else body)["total"] > 0


async def test_a_bare_request_gets_a_usable_self_link(editor: Editor) -> None:
    host, port = urlsplit(editor.sandbox.site).netloc.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    query = f"{WINDOW}&{ids('810199900011')}&x=\xff\xfe"
    writer.write(f"GET /fhir/Slot?{query} HTTP/1.0\r\n\r\n".encode("latin-1"))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    status, body = answer.partition(b"\r\n")[0], answer.partition(b"\r\n\r\n")[2]
    assert b" 200 " in status or b" 400 " in status
    assert b" 400 " in status or msgspec.json.decode(body)["link"][0]["url"].startswith(editor.sandbox.base_url)


ODD = st.sampled_from(
    [
        *("start", "=ge2026-03-25T10:00:00", "=le2026-03-28", "schedule.actor:Practitioner.identifier", "status=free"),
        *("=", "&", "%", "%zz", "%00", "%ED%A0%80", "%0d%0a", "|", ",", "+", ";", "#", "?", "_count=", "810199900011"),
        *("9" * 30, "é"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(ODD, st.text(st.characters(codec="utf-8"), max_size=8)), max_size=14).map("".join))
def test_no_query_string_ever_breaks_the_sandbox(one_sandbox: Sandbox, query: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(one_sandbox.site).netloc, timeout=10)
    try:
        connection.request("GET", f"/fhir/Slot?{quote(query, safe=string.punctuation)}")
        answer = connection.getresponse()
        body = msgspec.json.decode(answer.read())
    finally:
        connection.close()
    assert (answer.status, body["resourceType"]) in {(200, "Bundle"), (400, "OperationOutcome")}


@pytest.fixture(scope="module")
def one_sandbox() -> Iterator[Sandbox]:
    """One sandbox for every example of a property."""
    with sandbox_thread(clock=lambda: NOW) as sandbox:
        yield sandbox
