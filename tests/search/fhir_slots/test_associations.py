"""`/fhir/Schedule`: the fixed places of SOS Médecins associations."""

import json

from sas.aggregator.services import link_people, register_editor
from sas.directory.models import Structure
from sas.fhir import systems
from tests.factories import directory as factories
from tests.search.conftest import SETTING_UP, Town
from tests.search.fhir_slots.conftest import Ask, associations, resources
from tests.search.supplying import agenda

SIRET = "334173748400020"


def test_the_places_of_an_association_come_with_their_slots_and_total_counts_slots(town: Town, ask: Ask) -> None:
    sos = factories.structure(kind=Structure.Kind.SOS, national_id=SIRET, name="SOS Lille")
    places = [
        factories.structure(
            kind=Structure.Kind.SOS_PLACE, parent=sos, line="3 rue des Essais", postal_code="59000", city="Lille"
        )
        for _ in range(2)
    ]
    for number, place in enumerate(places):
        agenda(place, 14 + number, capacity=3)
    bundle = json.loads(ask(raw=associations(SIRET, "392080466300010")).content)
    assert (bundle["total"], bundle["meta"]["profile"]) == (2, [systems.PROFILE_SOS_BUNDLE])
    modes = [(entry["resource"]["resourceType"], entry["search"]["mode"]) for entry in bundle["entry"]]
    assert modes == [
        ("Schedule", "match"),
        ("Schedule", "match"),
        ("Slot", "include"),
        ("Slot", "include"),
        ("Location", "include"),
        ("Location", "include"),
        ("Organization", "include"),
    ]
    (association,) = resources(bundle, "Organization")
    assert association["identifier"][0]["value"] == SIRET
    for location in resources(bundle, "Location"):
        assert location["managingOrganization"] == {"reference": f"Organization/{association['id']}"}
    assert {slot["appointmentType"]["coding"][0]["code"] for slot in resources(bundle, "Slot")} == {"WALKIN"}


def test_an_association_whose_editor_is_not_asked_is_told_as_incomplete(town: Town, ask: Ask) -> None:
    factories.structure(kind=Structure.Kind.SOS, national_id=SIRET)
    editor, _ = register_editor(
        name="Alpha", base_url="http://127.0.0.1:9/fhir", stage="booking", flows=["sos"], **SETTING_UP
    )
    link_people(editor=editor, ids=[SIRET], **SETTING_UP)
    bundle = json.loads(ask(raw=associations(SIRET)).content)
    assert bundle["total"] == 0
    (told,) = resources(bundle, "OperationOutcome")
    assert told["issue"][0]["code"] == "incomplete"
