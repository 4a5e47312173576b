"""The behaviour `dirty`: an answer that deviates in every way of interop.md §6 that one answer can show.

Deviations are drawn from the practitioner's id, so that an answer is dirty in the same way every time. Every second
slot keeps its own data intact: what a tolerant reader must still find under the deviations around it.
The case of each deviation (`D01`…) is in its function's name.
"""

import copy
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from editor_kit.sandbox import resources
from editor_kit.sandbox.agenda import AgendaSlot
from editor_kit.sandbox.answers import Agendas, Offer
from editor_kit.sandbox.people import Person
from editor_kit.sandbox.resources import Json
from sas.fhir import slot_resources, systems
from sas.fhir.slot_query import SlotQuery

CONTENT_TYPE = "application/json+fhir"
"""D39: the MIME type of ten years ago, no charset, and a body that is not UTF-8."""

UNASKED = "810199999999"


def answer(agendas: Agendas, search: SlotQuery, *, self_url: str, now: datetime) -> tuple[bytes, int]:
    """A dirty search set in ISO-8859-1 (D39), with its number of slots."""
    entries: list[Json] = []
    slots = 0
    for offer in agendas.offers(search, now=now):
        dirtied = _offer_entries(agendas, offer)
        slots += sum(entry["resource"].get("resourceType") == "Slot" for entry in dirtied)
        entries += dirtied
    bundle: Json = {"resourceType": "Bundle", "type": "collection", "link": [{"relation": "self", "url": self_url}]}
    if entries:
        entries.append(_d42_outcome_entry())
    bundle["entry"] = entries  # D17 without a slot: an empty list and no total; D48: the wrong type
    text = msgspec.json.encode(bundle).decode()
    return text.encode("iso-8859-1", errors="replace"), slots


def _offer_entries(agendas: Agendas, offer: Offer) -> list[Json]:
    person = offer.person
    draw = int("".join(filter(str.isdigit, person.national_id)))  # neighbours deviate differently
    who = resources.practitioner(person)
    included = [who]
    slots = [resources.slot(person, slot, agendas.site) for slot in offer.slots]
    for place_index in sorted({slot.place_index for slot in offer.slots}):
        schedule, role = resources.schedule(person, place_index), resources.role(person, place_index)
        _ROLES[draw // 3 % len(_ROLES)](role)
        _LINKS[draw % len(_LINKS)](schedule, role, agendas.fhir_base)
        included += (schedule, role)
        if "contained" not in role:
            included.append(_standalone_location(person, place_index))
    _PEOPLE[draw % len(_PEOPLE)](who)
    for rank, slot in enumerate(slots[1::2]):
        _SLOTS[(draw + rank) % len(_SLOTS)](slot)
    extra = [_d31_same_slot_twice(slots[0]), *_d16_nobody_asked(agendas, offer.slots[0]), who]  # D30
    # D28: includes are announced as matches.
    return [slot_resources.entry(agendas.fhir_base, resource, "match") for resource in [*slots, *included, *extra]]


# What is wrong with the practitioner.


def _d01_id_without_prefix(who: Json) -> None:
    who["identifier"][0]["value"] = f" {who['identifier'][0]['value'][1:]} "


def _d03_system_without_urn(who: Json) -> None:
    who["identifier"][0]["system"] = systems.IDNPS.removeprefix("urn:oid:")


def _d18_empty_elements(who: Json) -> None:
    who["name"][0]["prefix"] = [""]
    who["telecom"] = []
    who["qualification"] = None
    who["extension"] = [{}]


def _d22_id_without_type_or_system(who: Json) -> None:
    del who["identifier"][0]["type"], who["identifier"][0]["system"]


def _d23_profiles(who: Json) -> None:
    who["meta"]["profile"] = [
        systems.PROFILE_PRACTITIONER + "|1.0",
        "https://editeur.example/StructureDefinition/Medecin",
    ]


def _d32_several_ids(who: Json) -> None:
    who["identifier"].insert(0, {"system": "https://editeur.example/medecins", "value": "42"})


def _d50_name_not_in_a_list(who: Json) -> None:
    name = who["name"][0]
    who["name"] = {"text": f"DR {name['family'].upper()} {name['given'][0]}"}


_PEOPLE: tuple[Callable[[Json], None], ...] = (
    _d01_id_without_prefix,
    _d03_system_without_urn,
    _d18_empty_elements,
    _d22_id_without_type_or_system,
    _d23_profiles,
    _d32_several_ids,
    _d50_name_not_in_a_list,
)


# What is wrong with the place.


def _d02_structure_without_prefix(role: Json) -> None:
    identifier = role["organization"]["identifier"]
    identifier["value"] = identifier["value"][1:]


def _d04_national_phone(role: Json) -> None:
    role["telecom"] = [{"system": "phone", "value": "03.20 00-00 99"}]


def _d04_no_phone_at_all(role: Json) -> None:
    role["telecom"] = [{"system": "phone", "value": "voir secrétariat"}, {"system": "phone", "value": ""}]


def _d13_two_locations(role: Json) -> None:
    role["contained"].append(role["contained"][0] | {"id": "annexe"})
    role["location"].append({"reference": "#annexe"})


def _d21_location_apart(role: Json) -> None:
    location = role.pop("contained")[0]
    role["location"] = [{"reference": f"Location/{location['identifier'][0]['value']}"}]


def _d21_location_without_reference(role: Json) -> None:
    role["location"] = [{"reference": "lieu"}]


def _d34_address(role: Json) -> None:
    address = role["contained"][0]["address"]
    address["line"].append("Bâtiment B, 2e étage")
    address["postalCode"] = int(address["postalCode"])


_ROLES: tuple[Callable[[Json], None], ...] = (
    _d02_structure_without_prefix,
    _d04_national_phone,
    _d04_no_phone_at_all,
    _d13_two_locations,
    _d21_location_apart,
    _d21_location_without_reference,
    _d34_address,
)


def _standalone_location(person: Person, place_index: int) -> Json:
    location = slot_resources.location(resources.place_of(person, place_index, "lieu"))
    return location | {"id": location["identifier"][0]["value"]}


# What is wrong with the references between them.


def _d14_no_practitioner_in_schedule(schedule: Json, role: Json, fhir_base: str) -> None:
    del schedule["actor"][0]


def _d15_no_role_in_schedule(schedule: Json, role: Json, fhir_base: str) -> None:
    del schedule["actor"][1]


def _d29_absolute_references(schedule: Json, role: Json, fhir_base: str) -> None:
    for actor in schedule["actor"]:
        actor["reference"] = f"{fhir_base}/{actor['reference']}/_history/1"


def _c36_role_without_practitioner(schedule: Json, role: Json, fhir_base: str) -> None:
    del role["practitioner"]


_LINKS: tuple[Callable[[Json, Json, str], None], ...] = (
    _d14_no_practitioner_in_schedule,
    _d15_no_role_in_schedule,
    _d29_absolute_references,
    _c36_role_without_practitioner,
)


# What is wrong with every second slot.


def _d05_specialty_as_text(slot: Json) -> None:
    slot["specialty"] = [{"text": "Médecine générale"}]


def _d06_unknown_type(slot: Json) -> None:
    slot["meta"]["security"] = [{"system": systems.SLOT_TYPE, "code": "RESERVE"}]


def _d06_private(slot: Json) -> None:
    slot["meta"]["security"] = [{"code": "private"}]


def _d06_no_type(slot: Json) -> None:
    del slot["meta"]


def _d07_everything_in_one_concept(slot: Json) -> None:
    codings = [coding for concept in slot["serviceType"] for coding in concept.get("coding", [])]
    unknown = {"system": systems.CONSULTATION_TYPE, "code": "FLD"}
    slot["serviceType"] = [{"coding": [*codings, unknown], "text": "Consultation, écho ou suivi"}]


def _d08_cpts_without_structure(slot: Json) -> None:
    slot["meta"]["security"] = [{"system": systems.SLOT_TYPE, "code": "CPTS"}]


def _d10_structure_without_cpts(slot: Json) -> None:
    # D09 as well: the system is one of the variants that the guide's own texts show.
    slot["serviceType"].append(
        {
            "coding": [{"system": min(systems.ESTABLISHMENT_CATEGORY_VARIANTS), "code": systems.CPTS_CATEGORY}],
            "extension": [
                {
                    "url": systems.EXT_SLOT_SERVICE_TYPE,
                    "valueReference": {"reference": "HealthcareService/nulle-part"},
                }
            ],
        }
    )


def _d18_empty_strings(slot: Json) -> None:
    slot["serviceType"].append({"text": ""})
    slot["specialty"].append({})
    slot["extension"] = []
    slot["overbooked"] = None


def _d19_link_without_scheme(slot: Json) -> None:
    slot["comment"] = slot["comment"].partition("://")[2]


def _d19_no_link(slot: Json) -> None:
    slot["comment"] = "   "


def _d19_link_that_runs(slot: Json) -> None:
    slot["comment"] = "javascript:alert(document.domain)"


def _d20_link_with_origin(slot: Json) -> None:
    slot["comment"] += "&origin=editeur#agenda"


def _d24_busy(slot: Json) -> None:
    slot["status"] = "busy"


def _d25_ends_before_it_starts(slot: Json) -> None:
    slot["end"], slot["start"] = slot["start"], slot["end"]


def _d25_no_end(slot: Json) -> None:
    del slot["end"]


def _d25_long_ago(slot: Json) -> None:
    slot["start"], slot["end"] = "2001-01-01T09:00:00.000+01:00", "2001-01-01T09:15:00.000+01:00"


def _d26_no_offset(slot: Json) -> None:
    slot["start"], slot["end"] = slot["start"][:19], slot["end"][:19]


def _d26_zulu(slot: Json) -> None:
    for key in ("start", "end"):
        instant = datetime.fromisoformat(slot[key])
        slot[key] = (instant - (instant.utcoffset() or timedelta())).strftime("%Y-%m-%dT%H:%M:%SZ")


def _d26_date_only(slot: Json) -> None:
    slot["start"] = slot["start"][:10]


def _d29_reference_to_nothing(slot: Json) -> None:
    slot["schedule"] = {"reference": "Schedule/nulle-part"}


def _d46_no_booking_mode(slot: Json) -> None:
    del slot["appointmentType"]


def _d46_unknown_booking_mode(slot: Json) -> None:
    slot["appointmentType"]["coding"][0]["code"] = "CHECKUP"


_SLOTS: tuple[Callable[[Json], None], ...] = (
    _d05_specialty_as_text,
    _d24_busy,
    _d06_unknown_type,
    _d26_no_offset,
    _d19_link_without_scheme,
    _d25_ends_before_it_starts,
    _d07_everything_in_one_concept,
    _d26_date_only,
    _d18_empty_strings,
    _d06_private,
    _d46_no_booking_mode,
    _d25_no_end,
    _d26_zulu,
    _d06_no_type,
    _d20_link_with_origin,
    _d08_cpts_without_structure,
    _d19_no_link,
    _d29_reference_to_nothing,
    _d10_structure_without_cpts,
    _d25_long_ago,
    _d19_link_that_runs,
    _d46_unknown_booking_mode,
)


# What is there in excess.


def _d16_nobody_asked(agendas: Agendas, like: AgendaSlot) -> list[Json]:
    """A free slot of a practitioner who was not asked for, with all it needs to be understood."""
    someone = next(iter(agendas.people))
    stranger = Person(UNASKED, "Nondemandé", "Zoé", someone.places[:1])
    slot = msgspec.structs.replace(like, slot_id=f"{stranger.key}.{like.start:%Y%m%d-%H%M}", place_index=0)
    return [
        resources.slot(stranger, slot, agendas.site),
        resources.schedule(stranger, 0),
        resources.practitioner(stranger),
        resources.role(stranger, 0),
    ]


def _d31_same_slot_twice(slot: Json) -> Json:
    return copy.deepcopy(slot) | {"id": f"{slot['id']}-bis"}


def _d42_outcome_entry() -> Json:
    outcome = resources.operation_outcome(resources.Issue("informational", "Paramètre ignoré."))
    return {"resource": outcome, "search": {"mode": "outcome"}}
