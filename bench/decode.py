"""Reading editors' answers: `sas.fhir.slots.read`, all tolerance included, against two floors of the same run.

Answers are conformant (interop.md §10), compact JSON, about 1.4 kB a slot with the resources around it: one
professional for a dozen slots, 25 at most. Floors and subject take turns on the same payloads, several per size so
that nothing but the vocabulary of codes is met twice in a row. What the first answer of a process costs, and one that
has to be read entry by entry, are reported beside. Django is loaded and the heap frozen (`gc.collect(); gc.freeze()`),
as in a web worker: the collector then has the work it has in production.

Times are seconds of CPU of this thread: other programs that take the processor away do not count, pauses of the
collector do. Throughput is that of the fastest tenth, floor and subject alike, since noise only ever adds.
"""

import gc
import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from bench.decode_floors import dict_walk, parse_only
from sas.fhir import systems, vocabulary
from sas.fhir.slots import read

BASE = "https://agenda.exemple.fr/fhir"
MORNING = datetime(2026, 6, 2, 8, tzinfo=ZoneInfo("Europe/Paris"))
SIZES = {10: 2000, 100: 600, 500: 160, 2000: 60}  # slots: rounds
VARIANTS = 4


@dataclass(frozen=True)
class Answer:
    payload: bytes
    asked: tuple[str, ...]
    start: datetime = MORNING
    end: datetime = MORNING + timedelta(hours=72)


def measures(*, small: bool) -> list[dict[str, Any]]:
    """One row per size and target; `small` proves in seconds that the two readings agree."""
    _load_django()
    rows = []
    for size, rounds in {10: 20, 100: 10}.items() if small else SIZES.items():
        answers = [answer(size, seed=seed) for seed in range(VARIANTS)]
        for one in answers:
            assert _read(one) == _walk(one), "the floor and the subject must read the same slots"
        rows += _rows(size, answers, rounds)
    return rows


def _rows(size: int, answers: list[Answer], rounds: int) -> list[dict[str, Any]]:
    uneven = [_with_a_wrong_type(one) for one in answers]
    gc.collect()
    gc.freeze()
    try:
        parsed, walked, taken = _take_turns((_parse, _walk, _read), answers, rounds)
        (first,) = _take_turns((_read_first,), answers, rounds // 2)
        (apart,) = _take_turns((_read,), uneven, rounds // 2)
    finally:
        gc.unfreeze()
    volume = len(answers[0].payload) / 1e6
    speeds = [volume / _fastest_tenth(times) for times in (taken, parsed, walked, first, apart)]
    speed, simdjson, orjson_walk, when_new, entry_by_entry = speeds
    peak = _peak(answers[0])
    p50, p99 = median(taken), sorted(taken)[int(len(taken) * 0.99)]
    return [
        _row(f"{size} slots, throughput", speed, "MB/s", simdjson, "simdjson", 0.20),
        _row(f"{size} slots, throughput", speed, "MB/s", orjson_walk, "orjson walk", 2.4),
        _row(f"{size} slots, codes never met", when_new, "MB/s", simdjson, "simdjson", None),
        _row(f"{size} slots, one wrong type", entry_by_entry, "MB/s", simdjson, "simdjson", None),
        _row(f"{size} slots, tracemalloc peak", peak / 1e3, "kB", volume * 1e3, "payload", 1.3, "<="),
        _row(f"{size} slots, p99", p99 * 1e6, "µs", p50 * 1e6, "p50", 3.0, "<="),
    ]


def _row(
    case: str, value: float, unit: str, floor: float, floor_name: str, target: float | None, sense: str = ">="
) -> dict[str, Any]:
    return {
        "case": case,
        "value": value,
        "unit": unit,
        "floor": floor,
        "floor_name": floor_name,
        "ratio": value / floor,
        "target": target,
        "sense": sense,
    }


def _take_turns(
    subjects: tuple[Callable[[Answer], object], ...], answers: list[Answer], rounds: int
) -> list[list[float]]:
    """CPU seconds of each call, subjects in turn: noise of the machine falls on all.

    A turn is one answer of each kind, as a search reads those of several editors: what one subject leaves of the
    processor's caches and of the allocator's free lists weighs on the first answer of the next, and not on all.
    """
    times: list[list[float]] = [[] for _ in subjects]
    clock = _cost_of_the_clock()
    for _ in range(max(1, rounds // len(answers))):
        for subject, taken in zip(subjects, times, strict=True):
            for one in answers:
                began = time.thread_time()
                subject(one)
                taken.append(time.thread_time() - began - clock)
    return times


def _cost_of_the_clock() -> float:
    """CPU seconds that asking for the time adds to each call: a tenth of the shortest."""
    asked = [time.thread_time() for _ in range(2000)]
    return min(after - before for before, after in pairwise(asked))


def _fastest_tenth(times: list[float]) -> float:
    return sorted(times)[len(times) // 10]


def _peak(one: Answer) -> int:
    """Bytes allocated at most while one answer is read, the payload itself not counted."""
    tracemalloc.start()
    try:
        reading = read(one.payload, asked=one.asked, start=one.start, end=one.end, now=one.start)
        assert reading.slots
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _parse(one: Answer) -> None:
    parse_only(one.payload)


def _read_first(one: Answer) -> object:
    """The first answer of a process: the meaning of its codes has to be learnt."""
    vocabulary.forget()
    return _read(one)


def _with_a_wrong_type(one: Answer) -> Answer:
    """The same answer with a postal code that lost its quotes: the whole of it is read entry by entry."""
    return replace(one, payload=one.payload.replace(b'"postalCode":"59000"', b'"postalCode":59000', 1))


def _read(one: Answer) -> object:
    return read(one.payload, asked=one.asked, start=one.start, end=one.end, now=one.start).slots


def _walk(one: Answer) -> object:
    return dict_walk(one.payload, asked=one.asked, start=one.start, end=one.end)


def _load_django() -> None:
    """The application as a worker has it in memory: its objects are what a collection would have to visit."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()


def answer(slots: int, *, seed: int) -> Answer:
    """A conformant answer with that many slots, the same for the same seed."""
    rng = random.Random(seed)
    people = [f"8{rng.randrange(10**10, 2 * 10**10):011d}" for _ in range(max(2, min(25, slots // 12)))]
    keys = [_uuid(rng) for _ in people]
    resources = [
        _slot(rng, people[rank % len(people)], keys[rank % len(people)], rank // len(people)) for rank in range(slots)
    ]
    for rank, (person, key) in enumerate(zip(people, keys, strict=True)):
        resources += [_schedule(key), _practitioner(person, key), _role(rng, rank, key)]
    entries = [
        {
            "fullUrl": f"{BASE}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match" if resource["resourceType"] == "Slot" else "include"},
        }
        for resource in resources
    ]
    asked = ",".join(f"{systems.IDNPS}%7C{person}" for person in people)
    bundle = {
        "resourceType": "Bundle",
        "id": _uuid(rng),
        "meta": {"profile": [systems.PROFILE_BUNDLE]},
        "type": "searchset",
        "total": slots,
        "link": [{"relation": "self", "url": f"{BASE}/Slot?status=free&identifier={asked}"}],
        "entry": entries,
    }
    return Answer(json.dumps(bundle, ensure_ascii=False, separators=(",", ":")).encode(), tuple(people))


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


# The labels that the code systems publish: most FHIR servers send them with the codes.
DISPLAYS = {
    "PUBLIC": "Grand public",
    "PRO": "Professionnel",
    "AMB": "ambulatory",
    "VR": "virtual",
    "SM54": "Médecine générale (SM)",
    "ROUTINE": "Routine appointment - default if not valued",
}


def _coding(system: str, code: str) -> dict[str, str]:
    return {"system": system, "code": code, **({"display": DISPLAYS[code]} if code in DISPLAYS else {})}


def _concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [_coding(system, code)]}


def _slot(rng: random.Random, person: str, key: str, rank: int) -> dict[str, Any]:
    start = MORNING + timedelta(minutes=20 * rank)
    modalities = rng.choice((("AMB",), ("AMB", "VR"), ("VR",)))
    reason = rng.choice(("Consultation de médecine générale", "Soins non programmés", "Première consultation"))
    return {
        "resourceType": "Slot",
        "id": _uuid(rng),
        "meta": {
            "profile": [systems.PROFILE_SLOT],
            "security": [_coding(systems.SLOT_TYPE, code) for code in rng.choice((("PUBLIC",), ("PUBLIC", "PRO")))],
        },
        "serviceType": [*(_concept(systems.CONSULTATION_TYPE, code) for code in modalities), {"text": reason}],
        "specialty": [_concept(systems.SPECIALTY, "SM54")],
        "appointmentType": _concept(systems.BOOKING_MODE, "ROUTINE"),
        "schedule": {"reference": f"Schedule/{key}"},
        "status": "free",
        "start": start.isoformat(timespec="milliseconds"),
        "end": (start + timedelta(minutes=15)).isoformat(timespec="milliseconds"),
        "comment": f"https://agenda.exemple.fr/rendez-vous/{person}?motif=sas",
    }


def _schedule(key: str) -> dict[str, Any]:
    return {
        "resourceType": "Schedule",
        "id": key,
        "meta": {"profile": [systems.PROFILE_SCHEDULE]},
        "actor": [{"reference": f"Practitioner/{key}"}, {"reference": f"PractitionerRole/{key}"}],
    }


def _identifier(code_system: str, code: str, system: str, value: str) -> dict[str, Any]:
    return {"type": _concept(code_system, code), "system": system, "value": value}


def _practitioner(person: str, key: str) -> dict[str, Any]:
    return {
        "resourceType": "Practitioner",
        "id": key,
        "meta": {"profile": [systems.PROFILE_PRACTITIONER]},
        "identifier": [_identifier(systems.IDENTIFIER_TYPE, "IDNPS", systems.IDNPS, person)],
        "name": [{"family": "LEFÈVRE", "given": ["Hélène"]}],
    }


def _role(rng: random.Random, rank: int, key: str) -> dict[str, Any]:
    location = {
        "resourceType": "Location",
        "id": f"lieu-{rank}",
        "meta": {"profile": [systems.PROFILE_LOCATION]},
        "identifier": [_identifier(systems.LOCATION_IDENTIFIER_TYPE, "INTRN", "urn:oid:1.2.250.1.999.1", _uuid(rng))],
        "name": "Cabinet médical des Tilleuls",
        "address": {"line": [f"{rank + 1} rue de la République"], "city": "LILLE", "postalCode": "59000"},
    }
    structure = _identifier(
        systems.IDENTIFIER_TYPE, "IDNST", systems.IDNST, f"1{rng.randrange(59 * 10**7, 60 * 10**7)}"
    )
    return {
        "resourceType": "PractitionerRole",
        "id": key,
        "meta": {"profile": [systems.PROFILE_PRACTITIONER_ROLE]},
        "contained": [location],
        "practitioner": {"reference": f"Practitioner/{key}"},
        "organization": {"identifier": structure},
        "location": [{"reference": f"#lieu-{rank}"}],
        "telecom": [{"system": "phone", "value": f"+333{rng.randrange(20000000, 29999999)}"}],
    }
