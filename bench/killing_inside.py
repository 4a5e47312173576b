"""The inside of `bench.killing`: fills a small country, does operations until they are all answered, looks at the rows.

`work` forks: the child does the operations and may be killed at any instruction; its parent makes another, which goes
on after the last answer of the journal. What had no answer is asked again with the same key, as a page would.
"""

import json
import logging
import os
import random
import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.db import InterfaceError, OperationalError, connection  # noqa: E402

from bench.orientation_invariants import broken  # noqa: E402
from bench.small_country import AT, fill, senders, slot_of  # noqa: E402
from sas.aggregator.bookings import ChosenSlot  # noqa: E402
from sas.aggregator.models import Editor  # noqa: E402
from sas.directory.models import PracticeLocation  # noqa: E402
from sas.fhir.appointments import AppointmentFacts  # noqa: E402
from sas.fhir.systems import SAS  # noqa: E402
from sas.orientation import services  # noqa: E402
from sas.orientation.models import EditorAppointment, Orientation  # noqa: E402
from sas.orientation.services import Act, Actor, AppointmentConflict, Asking, OrientationRefused, Receiver  # noqa: E402

START = AT + timedelta(hours=26)
DOCTORS, CAPACITY = 12, 30
SYSTEM = "urn:oid:1.2.250.1.999"
SPACE = uuid.UUID("5a5a5a5a-0000-4000-8000-000000000005")
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it says each time that the database is dead
FOLDER = Path(os.environ.get("KILLING_FOLDER", "."))


def work(number: int, workers: int, operations: int) -> None:
    """Operations number, number + workers… until the journal says that all are answered, whoever dies."""
    journal = FOLDER / f"journal-{number}"
    journal.touch()
    mine = range(number, operations, workers)
    connection.close()
    while journal.read_bytes().count(b"\n") < len(mine):
        pid = os.fork()
        if not pid:
            _child(journal, mine)
            os._exit(0)
        (FOLDER / f"worker-{number}.pid").write_text(str(pid), encoding="ascii")
        os.waitpid(pid, 0)


def _child(journal: Path, mine: range) -> None:
    asked = Asked()
    kept = journal.read_bytes()
    whole = kept[: kept.rfind(b"\n") + 1]  # a line that death cut was never answered
    if whole != kept:
        os.truncate(journal, len(whole))
    with journal.open("ab", buffering=0) as book:
        for index in mine[whole.count(b"\n") :]:
            book.write(f"{index} {_answer(asked, index)}\n".encode("ascii"))


def _answer(asked: "Asked", index: int) -> str:
    """« done » and what it is known by, or « refused »; asked again until the database answers."""
    while True:
        try:
            return f"done {asked.operation(index)}"
        except (OrientationRefused, AppointmentConflict):
            return "refused -"
        except (OperationalError, InterfaceError):
            connection.close()
            threading.Event().wait(0.02)


class Asked:
    """Operation `index` is always the same: its kind, its key and whom it concerns are drawn from its number."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}

    def operation(self, index: int) -> str:
        self._know()
        rng = random.Random(index)
        kinds: list[tuple[int, Callable[[int, random.Random], str]]] = [
            (35, self._slot), (10, self._en_sus), (10, self._open), (20, self._post), (10, self._put), (15, self._act),
        ]  # fmt: skip
        (kind,) = rng.choices([one for _, one in kinds], [weight for weight, _ in kinds])
        return kind(index, rng)

    def _know(self) -> None:
        if not self._facts:
            self._facts = {
                "users": senders(),
                "places": list(PracticeLocation.objects.select_related("practitioner").order_by("pk")),
                "editor": Editor.objects.get(),
            }

    def _asking(self, index: int) -> Asking:
        return Asking(self._facts["users"][index % 2], uuid.uuid5(SPACE, str(index)))

    def _slot(self, index: int, rng: random.Random) -> str:
        place = rng.choice(self._facts["places"])
        slot = slot_of(place.practitioner.series.get())
        made = services.orient_to_slot(asking=self._asking(index), slot=slot, modality="", by="web", at=AT)
        return str(made.uuid)

    def _en_sus(self, index: int, rng: random.Random) -> str:
        receiver = Receiver(location_id=rng.choice(self._facts["places"]).pk)
        given: dict[str, Any] = {"starts_at": START, "ends_at": None, "modality": "AMB", "showed_slot": False}
        made = services.orient_en_sus(asking=self._asking(index), receiver=receiver, by="web", at=AT, **given)
        return str(made.uuid)

    def _open(self, index: int, rng: random.Random) -> str:
        place, asking = rng.choice(self._facts["places"]), self._asking(index)
        slot = ChosenSlot(
            place.pk, place.practitioner_id, place.place_key, self._facts["editor"].key, f"c{index}", START,
            START + timedelta(minutes=20), ("AMB",), None, None,
        )  # fmt: skip
        given: dict[str, Any] = {"user": asking.user, "key": asking.key, "origin": "", "territory_id": None}
        return str(services.open_editor_orientation(slot=slot, **given, by="web", at=AT))

    def _said(self, index: int, rng: random.Random) -> AppointmentFacts:
        place, user = rng.choice(self._facts["places"]), self._facts["users"][index % 2]
        end = START + timedelta(minutes=20)
        operator = (SAS, str(user.technical_id))
        return AppointmentFacts(SYSTEM, f"rdv{index}", "booked", START, end, None, *operator, place.national_id)

    def _post(self, index: int, rng: random.Random) -> str:
        said = self._said(index, rng)
        given: dict[str, Any] = {"facts": said, "body": {"status": said.status}, "digest": said.status}
        made = services.record_appointment(**given, editor=self._facts["editor"], at=AT)
        return f"rdv:{made.appointment.value}"

    def _put(self, index: int, rng: random.Random) -> str:
        """Another word about an appointment of this worker's past, or about one that nobody knew."""
        earlier = index - 2 * rng.randrange(20)
        status = rng.choice(["booked", "cancelled", "fulfilled", "noshow"])
        said = replace(self._said(max(earlier, index % 2), random.Random(earlier)), status=status)
        given: dict[str, Any] = {"facts": said, "body": {"status": status}, "digest": f"{status}{index}"}
        given |= {"editor": self._facts["editor"], "system": None, "value": said.value, "at": AT}
        return f"rdv:{services.change_appointment(**given).appointment.value}"

    def _act(self, index: int, rng: random.Random) -> str:
        rows = Orientation.objects.filter(regulator=self._facts["users"][index % 2]).order_by("-pk")[:30]
        if not rows:
            return "-"
        act, actor = rng.choice([Act.CANCEL, Act.CANCEL, Act.UNDO, Act.CONFIRM]), rng.choice(list(Actor)[:2])
        made = services.act_on(orientation=rng.choice(list(rows)), act=act, actor=actor, by="web", at=AT)
        return str(made.uuid)


def check() -> dict[str, Any]:
    """What is not true of the rows, and what was answered and is not there."""
    answers = [line.split() for path in sorted(FOLDER.glob("journal-*")) for line in path.read_text().splitlines()]
    known = {str(one) for one in Orientation.objects.values_list("uuid", flat=True)}
    known |= {f"rdv:{one}" for one in EditorAppointment.objects.values_list("value", flat=True)} | {"-"}
    done = [name for _, end, name in answers if end == "done"]
    lost = sorted({name for name in done if name not in known})
    return {"done": len(done), "refused": len(answers) - len(done), "broken": broken(), "lost": lost}


if __name__ == "__main__":
    if sys.argv[1] == "work":
        work(*(int(text) for text in sys.argv[2:5]))
    elif sys.argv[1] == "fill":
        fill(doctors=DOCTORS, capacity=CAPACITY)
        print(json.dumps({}))
    else:
        print(json.dumps(check()))
