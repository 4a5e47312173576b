"""`/fhir/Slot`: SAS agenda and editors as one answer of the guide's shape, honest about who could not be heard."""

import json
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client

from editor_kit.sandbox import resources as sandbox_resources
from sas.accounts.services import create_client
from sas.directory.models import Structure
from sas.fhir import systems
from sas.participation.services import declare_participation
from sas.participation.sharing.rules import Limits
from sas.participation.sharing.services import limit_sharing
from sas.participation.visibility import declare_visibility
from sas.search.models import Showing
from tests.factories import directory as factories
from tests.search.conftest import MONDAY, SETTING_UP, Town
from tests.search.fhir_slots.conftest import Ask, read_back, resources
from tests.search.supplying import agenda, pause

PROFILES = {
    "Slot": systems.PROFILE_SLOT,
    "Schedule": systems.PROFILE_SCHEDULE,
    "Practitioner": systems.PROFILE_PRACTITIONER,
    "PractitionerRole": systems.PROFILE_PRACTITIONER_ROLE,
}


def test_slots_of_the_agenda_and_of_editors_come_together_as_our_own_reader_of_editors_wants_them(
    town: Town, ask: Ask
) -> None:
    place = town.doctor(town.editor("Alpha"))
    offered = agenda(place, starts_at=time(14, 5), ends_at=time(14, 20))  # at no hour of a sandbox
    town.open()
    person = place.national_id
    answer = ask(person)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/fhir+json;charset=UTF-8")
    heard = read_back(answer, person)
    assert heard.findings == ()
    bundle = json.loads(answer.content)
    slots = resources(bundle, "Slot")
    assert bundle["total"] == len(slots) == len(heard.slots) > 1
    assert all(slot["comment"].startswith("http") for slot in slots)
    (ours,) = (slot for slot in slots if slot["id"].startswith(f"a{offered.pk}-"))
    assert ours["id"] in ours["comment"]
    assert [link["relation"] for link in bundle["link"]] == ["self"]


def test_each_resource_bears_one_profile_and_can_be_reached_from_a_slot(town: Town, ask: Ask) -> None:
    doctors = [town.doctor(town.editor(name)) for name in ("Alpha", "Brume")]
    agenda(doctors[0], 15)
    town.open()
    bundle = json.loads(ask(*(doctor.national_id for doctor in doctors)).content)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))
    assert all(url.startswith("http://testserver/fhir/") for url in urls)
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert resource["meta"]["profile"] == [PROFILES[resource["resourceType"]]]
        assert entry["search"]["mode"] == ("match" if resource["resourceType"] == "Slot" else "include")
    schedules = {f"Schedule/{one['id']}": one for one in resources(bundle, "Schedule")}
    assert {slot["schedule"]["reference"] for slot in resources(bundle, "Slot")} == set(schedules)
    actors = {actor["reference"] for one in schedules.values() for actor in one["actor"]}
    people = {f"Practitioner/{one['id']}" for one in resources(bundle, "Practitioner")}
    assert actors == people | {f"PractitionerRole/{one['id']}" for one in resources(bundle, "PractitionerRole")}
    for role in resources(bundle, "PractitionerRole"):
        (place,) = role["contained"]
        assert role["location"] == [{"reference": f"#{place['id']}"}]
        assert place["address"].keys() >= {"line", "city", "postalCode"}


def test_an_editor_that_is_silent_is_an_outcome_and_not_an_absence(town: Town, ask: Ask) -> None:
    doctor = town.doctor(town.editor("Déluge", "down"))
    town.open()
    bundle = json.loads(ask(doctor.national_id).content)
    assert bundle["total"] == 0
    (entry,) = bundle["entry"]
    assert (entry["search"]["mode"], entry["resource"]["resourceType"]) == ("outcome", "OperationOutcome")
    (issue,) = entry["resource"]["issue"]
    assert issue["severity"] == "warning"
    assert doctor.national_id in issue["diagnostics"]
    assert "inconnues, et non absentes" in issue["diagnostics"]


def test_what_a_doctor_keeps_for_themselves_is_not_told(town: Town, ask: Ask) -> None:
    alpha = town.editor("Alpha")
    gone, limited, away = (town.doctor(alpha) for _ in range(3))
    town.open()
    declare_visibility(of=gone.practitioner, opted_out=True, **SETTING_UP)
    limit_sharing(practitioner=limited.practitioner, limits=Limits(per_day=1), **SETTING_UP)
    pause(away, starts_at=MONDAY - timedelta(days=1))
    bundle = json.loads(ask(gone.national_id, limited.national_id, away.national_id).content)
    assert {one["id"] for one in resources(bundle, "Practitioner")} == {limited.national_id}
    days = [slot["start"][:10] for slot in resources(bundle, "Slot")]
    assert len(days) == len(set(days))


def test_a_cpts_is_named_to_who_asks_for_cpts_and_to_nobody_else(
    town: Town, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = sandbox_resources.slot

    def open_to_cpts(*said: Any) -> dict[str, Any]:
        slot = written(*said)
        slot["meta"]["security"].append({"system": systems.SLOT_TYPE, "code": "CPTS"})
        return slot

    monkeypatch.setattr(sandbox_resources, "slot", open_to_cpts)
    doctor = town.doctor(town.editor("Alpha"))
    town.open()
    cpts = factories.structure(kind=Structure.Kind.CPTS, national_id="1590000011", name="CPTS des Essais")
    declare_participation(practitioner=doctor.practitioner, via="cpts", structure=cpts, **SETTING_UP)
    plain, asked = (json.loads(ask(doctor.national_id, cpts=wanted).content) for wanted in (False, True))
    assert plain["total"] == asked["total"] > 0
    assert not any("CPTS" in codes(slot) for slot in resources(plain, "Slot"))
    assert not resources(plain, "Organization")
    assert asked["meta"]["profile"] == [systems.PROFILE_CPTS_BUNDLE]
    (service,), (organization,) = resources(asked, "HealthcareService"), resources(asked, "Organization")
    assert service["providedBy"] == {"reference": f"Organization/{organization['id']}"}
    assert organization["identifier"][0]["value"] == "1590000011"
    for slot in resources(asked, "Slot"):
        assert slot["meta"]["profile"] == [systems.PROFILE_CPTS_SLOT]
        (named,) = (one for one in slot["serviceType"] if "extension" in one)
        assert named["extension"][0]["valueReference"] == {"reference": f"HealthcareService/{service['id']}"}


def codes(slot: dict) -> set[str]:
    return {one["code"] for one in slot["meta"]["security"]}


def test_nobody_known_nothing_free_or_a_past_window_is_an_empty_answer(town: Town, ask: Ask) -> None:
    doctor = town.doctor(town.editor("Alpha"))
    town.open()
    past = f"Slot?start=ge2020-01-01&start=le2020-01-02&schedule.actor:Practitioner.identifier={doctor.national_id}"
    busy = past.replace("2020-01-01", "2026-11-23").replace("2020-01-02", "2026-11-24") + "&status=busy"
    for raw in (None, past, busy):
        answer = ask("810999999999", raw=raw)
        bundle = json.loads(answer.content)
        assert (answer.status_code, bundle["total"], "entry" in bundle) == (200, 0, False)


@pytest.mark.parametrize(
    "raw",
    [
        "Slot",
        "Slot?start=gexyz&start=le2026-11-24&schedule.actor:Practitioner.identifier=810000000001",
        "Slot?start=ge2026-11-23&start=le2026-11-24",
        "Slot?start=ge2026-11-23&start=le2026-11-24&schedule.actor:Practitioner.identifier="
        + ",".join(f"8100000000{n:02}" for n in range(26)),
        "Schedule",
        "Schedule?_has:Slot:schedule:start=ge2026-11-23&_has:Slot:schedule:start=le1&actor:Location.organization.identifier=3",
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_each_of_its_faults(ask: Ask, raw: str) -> None:
    answer = ask(raw=raw)
    assert answer.status_code == 400
    outcome = json.loads(answer.content)
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(issue["diagnostics"] for issue in outcome["issue"])


def test_who_saw_the_slots_is_counted_as_an_application(town: Town, ask: Ask) -> None:
    doctor = town.doctor(town.editor("Alpha"))
    town.open()
    ask(doctor.national_id)
    assert list(Showing.objects.values_list("role", "practitioner_ids")) == [("application", [doctor.practitioner_id])]


def test_only_a_client_with_the_scope_enters(client: Client, transactional_db: None) -> None:
    token = create_client(name="Logiciel", scopes=["search"], **SETTING_UP)
    assert client.get("/fhir/Slot").status_code == 401
    assert client.get("/fhir/Slot", headers={"authorization": "Bearer faux"}).status_code == 401
    assert client.get("/fhir/Slot", headers={"authorization": f"Bearer {token}"}).status_code == 403
