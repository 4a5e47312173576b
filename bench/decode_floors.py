"""The two floors of `bench.decode`: parsing alone, and the same resolving over plain dicts without any tolerance."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
import simdjson

from sas.fhir.offered import OfferedPlace, OfferedSlot

_parser = simdjson.Parser()


def parse_only(payload: bytes) -> None:
    """simdjson's parse of the whole answer; nothing is read from it."""
    _parser.parse(payload)


def dict_walk(payload: bytes, *, asked: Collection[str], start: datetime, end: datetime) -> tuple[OfferedSlot, ...]:
    """orjson, then a walk over its dicts: what one would write for editors who never make a mistake."""
    resources = [entry["resource"] for entry in orjson.loads(payload)["entry"]]
    by_key = {f"{resource['resourceType']}/{resource['id']}": resource for resource in resources}
    agendas: dict[str, tuple[str, OfferedPlace]] = {}
    offered = []
    for slot in resources:
        if slot["resourceType"] != "Slot" or slot["status"] != "free":
            continue
        begins, ends = datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"])
        if not start <= begins <= end:
            continue
        reference = slot["schedule"]["reference"]
        if reference not in agendas:
            agendas[reference] = _agenda(by_key[reference], by_key)
        practitioner, place = agendas[reference]
        if practitioner not in asked:
            continue
        codings = [coding for concept in slot["serviceType"] for coding in concept.get("coding", ())]
        offered.append(
            OfferedSlot(
                practitioner=practitioner,
                start=begins,
                end=ends,
                place=place,
                slot_id=slot["id"],
                modalities=tuple(coding["code"] for coding in codings),
                types=tuple(coding["code"] for coding in slot["meta"]["security"]),
                booking=slot["appointmentType"]["coding"][0]["code"],
                reasons=tuple(concept["text"] for concept in slot["serviceType"] if "text" in concept),
                specialties=tuple(coding["code"] for concept in slot["specialty"] for coding in concept["coding"]),
                url=slot["comment"],
            )
        )
    offered.sort(key=lambda slot: (slot.practitioner, slot.start))
    return tuple(offered)


def _agenda(schedule: dict[str, Any], by_key: dict[str, Any]) -> tuple[str, OfferedPlace]:
    person, role = (by_key[actor["reference"]] for actor in schedule["actor"])
    location = role["contained"][0]
    address = location["address"]
    return person["identifier"][0]["value"], OfferedPlace(
        structure_id=role["organization"]["identifier"]["value"],
        name=location["name"],
        line=address["line"][0],
        postal_code=address["postalCode"],
        city=address["city"],
        phone=role["telecom"][0]["value"],
    )
