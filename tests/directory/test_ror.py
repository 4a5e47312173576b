"""Bundles of the ROR, by the command: phones and their confidentiality, the SNP unit, zones, hours, provenance."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory import structure_queries
from sas.directory.models import Structure
from sas.directory.ror_services import service_of
from sas.directory.structure_rules import Phone
from tests.factories import directory as make

pytestmark = pytest.mark.django_db

EXTENSIONS = "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/"
NOS = "https://mos.esante.gouv.fr/NOS/"


def concept(nomenclature: str, code: str, display: str = "") -> dict[str, Any]:
    return {"coding": [{"system": f"{NOS}{nomenclature}", "code": code, "display": display}]}


def extension(name: str, **value: Any) -> dict[str, Any]:
    return {"url": EXTENSIONS + name} | value


def phone(number: str, level: str = "") -> dict[str, Any]:
    point: dict[str, Any] = {"system": "phone", "value": number}
    if level:
        said = concept("TRE_R283-NiveauConfidentialite", level)
        point["extension"] = [extension("ror-telecom-confidentiality-level", valueCodeableConcept=said)]
    return point


def organization(**given: Any) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "id": "12",
        "identifier": [
            {"system": "https://finess.esante.gouv.fr", "value": "590000001"},
            {"system": "https://sirene.fr", "value": "26590671900017"},
        ],
        "name": "Centre hospitalier de Lille",
        "type": [concept("TRE_R66-CategorieEtablissement", "355", "Centre Hospitalier (C.H.)")],
        "address": [{"line": ["2 avenue Oscar Lambret"], "postalCode": "59000", "city": "Lille"}],
        "telecom": [phone("03.20.44.59.62", "1"), phone("03.20.44.00.15", "2")],
    } | given


def service(name: str = "Consultation", **given: Any) -> dict[str, Any]:
    return {
        "resourceType": "HealthcareService",
        "name": name,
        "providedBy": {"reference": "Organization/12"},
        "location": [{"reference": "Location/7"}],
    } | given


def opened(day: int, start: str, end: str) -> dict[str, Any]:
    return {
        "availableStartTime": start,
        "availableEndTime": end,
        "extension": [extension("ror-available-time-number-days-of-week", valueInteger=day)],
    }


LOCATION = {
    "resourceType": "Location",
    "id": "7",
    "position": {"latitude": 50.6125, "longitude": 3.0347},
    "extension": [extension("ror-commune-cog", valueCodeableConcept=concept("TRE_R13-Commune", "59350"))],
}
UNIT = service(
    "Unité de soins non programmés",
    telecom=[phone("0320449999", "2")],
    availableTime=[opened(day, "08:00:00", "20:00:00") for day in range(1, 6)],
    extension=[
        extension(
            "ror-healthcareservice-intervention-zone",
            extension=[{"url": "code", "valueCodeableConcept": concept("TRE_R13-Commune", code)}],
        )
        for code in ("59350", "59009", "99999")
    ],
)


def bundle(path: Path, *resources: Any) -> Path:
    entries = [{"fullUrl": f"urn:uuid:{n}", "resource": resource} for n, resource in enumerate(resources)]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), encoding="utf-8")
    return path


def run(*paths: Path) -> dict[str, Any]:
    report = paths[0].parent / "report.json"
    call_command("import_structures", *map(str, paths), apply=True, report=report, stdout=StringIO())
    return json.loads(report.read_text())


def test_a_structure_is_read_with_its_phones_its_place_and_its_snp_unit(tmp_path: Path) -> None:
    report = run(bundle(tmp_path / "ror.json", organization(), UNIT, LOCATION))

    hospital = Structure.objects.get()
    assert (hospital.national_id, hospital.sought, hospital.siret) == ("1590000001", "hospital", "26590671900017")
    assert (hospital.phone, hospital.regulation_phone) == ("+33320445962", "+33320440015")
    assert (hospital.insee, hospital.latitude, hospital.precision) == ("59350", 50.6125, "source")
    assert hospital.zone == ["59009", "59350"]
    assert report["warnings"][0]["reason"] == "commune de la zone inconnue : 99999"
    (row,) = structure_queries.structures_by_ids([hospital.pk])
    assert row.phone == Phone("+33320449999", "snp", "lundi à vendredi 8 h–20 h")
    assert row.opening_hours is None
    assert hospital.sources["snp_phone"]["source"] == "ror"


def test_hours_are_kept_when_the_services_agree_and_overlaps_are_joined(tmp_path: Path) -> None:
    hours = [opened(5, "14:00:00", "19:00:00"), opened(5, "09:00:00", "15:00:00"), opened(1, "09:00:00", "12:00:00")]
    run(bundle(tmp_path / "a.json", organization(), service(availableTime=hours)))

    assert Structure.objects.get().opening_hours == [
        {"day": 0, "from": "09:00", "to": "12:00"},
        {"day": 4, "from": "09:00", "to": "19:00"},
    ]
    other = service(availableTime=[{"daysOfWeek": ["mon"], "allDay": True}])
    run(bundle(tmp_path / "b.json", organization(), service(availableTime=hours), other))
    assert Structure.objects.get().opening_hours is None


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Accueil des urgences adultes"},
        {"characteristic": [concept("TRE_R213-ModePriseEnCharge", "33")]},
        {"specialty": [concept("TRE_R211-ActiviteOperationnelle", "1", "Structure des urgences pédiatriques")]},
    ],
)
def test_an_emergency_department_is_a_service_of_its_hospital(tmp_path: Path, given: dict[str, Any]) -> None:
    run(bundle(tmp_path / "ror.json", organization(), service(**given), LOCATION))

    found = structure_queries.structures_near(["emergency"], latitude=50.63, longitude=3.07, radius_km=10, limit=5)
    assert [row.services for row in found] == [["emergency"]]


def test_the_extension_of_contacts_is_read_with_its_confidentiality(tmp_path: Path) -> None:
    level = concept("TRE_R283-NiveauConfidentialite", "2")
    contact = extension(
        "ror-healthcareservice-contact",
        extension=[
            extension("ror-confidentiality-level", valueCodeableConcept=level),
            extension(
                "ror-healthcareservice-contact-telecom",
                extension=[{"url": "telecomAddress", "valueString": "03.20.44.11.11"}],
            ),
        ],
    )
    run(bundle(tmp_path / "ror.json", organization(telecom=[]), service(extension=[contact])))

    structure = Structure.objects.get()
    assert (structure.phone, structure.regulation_phone) == ("", "+33320441111")


def test_a_structure_known_by_its_siret_is_completed_not_doubled(tmp_path: Path) -> None:
    known = make.structure(national_id="326590671900017", kind="cds", phone="+33320000000", department="59")

    report = run(bundle(tmp_path / "ror.json", organization(), UNIT))

    structure = Structure.objects.get()
    assert (structure.pk, structure.national_id, structure.snp_phone) == (known.pk, known.national_id, "+33320449999")
    assert report["changes"] == {"created": 0, "updated": 1, "unchanged": 0, "closed": 0}


def test_a_legal_entity_makes_no_structure(tmp_path: Path) -> None:
    report = run(bundle(tmp_path / "ror.json", organization(type=[])))

    assert not Structure.objects.exists()
    assert report["rejected_rows"] == []


def test_the_ror_is_believed_more_than_finess_and_survives_it(tmp_path: Path) -> None:
    make.structure(
        national_id="1590000001",
        kind="establishment",
        phone="+33320000000",
        source="finess",
        information_override="Sonner deux fois",
        sources={"phone": {"source": "finess", "on": "2026-01-05"}},
    )
    run(bundle(tmp_path / "ror.json", organization(), LOCATION))

    structure = Structure.objects.get()
    assert (structure.phone, structure.sources["phone"]["source"]) == ("+33320445962", "ror")
    assert structure.information_override == "Sonner deux fois"
    assert run(tmp_path / "ror.json")["changes"]["unchanged"] == 1


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (organization(id="13", identifier=[]), "ni FINESS ni SIRET"),
        (organization(id="13", name=""), "nom absent"),
        (organization(id="13", telecom="0320"), "mal formée"),
        (organization(id="13", active=False), "fermée"),
    ],
)
def test_a_bad_resource_costs_only_itself(tmp_path: Path, resource: dict[str, Any], reason: str) -> None:
    good = organization(identifier=[{"system": "https://finess.esante.gouv.fr", "value": "590000002"}])

    report = run(bundle(tmp_path / "ror.json", good, resource, {"resourceType": "Practitioner"}, None))

    assert Structure.objects.get().national_id == "1590000002"
    (rejected,) = report["rejected_rows"]
    assert rejected["line"] == 2
    assert reason in rejected["reason"]


@pytest.mark.parametrize("content", ["{", '{"resourceType": "Patient"}', "[1]", '{"resourceType":"Bundle","entry":3}'])
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ror.json"
    path.write_text(content)

    with pytest.raises(CommandError, match=r"ror\.json"):
        run(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*UNIT, "coding", "code"]), inner),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damaged=st.dictionaries(st.sampled_from([*UNIT]), json_values))
def test_a_damaged_service_is_read_or_refused_as_malformed(damaged: dict[str, Any]) -> None:
    try:
        service_of(UNIT | damaged)
    except (LookupError, TypeError, AttributeError, ValueError):
        return
