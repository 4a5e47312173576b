"""The inside of `bench.killing_everything`: fills a small country; waits for silence, then says what the rows say."""

import json
import sys
import threading
import time
from typing import Any

import django

django.setup()

from bench.orientation_invariants import broken  # noqa: E402
from bench.small_country import AT, doctor, fill, senders  # noqa: E402
from sas.accounts.models import User  # noqa: E402
from sas.aggregator.services import register_editor  # noqa: E402
from sas.lrm.models import Message  # noqa: E402
from sas.orientation.models import EditorAppointment, Orientation  # noqa: E402

DOCTORS = 12
GOING = ("waiting", "published")
REGULATOR = "810999999999"


def ready() -> dict[str, Any]:
    """A regulator of the Nord with a national id, doctors, and an editor's token."""
    fill(doctors=0, capacity=1, regulators=1)
    User.objects.filter(pk=senders()[0].pk).update(national_id=REGULATOR)
    given: dict[str, Any] = {"base_url": "https://agenda.invalid/fhir", "by": "bench", "at": AT}
    _, token = register_editor(name="Agenda Beta", system="urn:oid:1.2.250.1.999.7.1", **given)
    doctors = [doctor(number).national_id for number in range(DOCTORS)]
    return {"token": token, "regulator": REGULATOR, "doctors": doctors}


def settled(patience: float) -> dict[str, Any]:
    """The rows, once every message has its answer, or patience ends: what has none is then said."""
    until = time.monotonic() + patience
    left, going = Message.objects.exclude(state="acknowledged"), Message.objects.filter(state__in=GOING)
    while going.exists() and time.monotonic() < until:
        threading.Event().wait(0.2)
    return {
        "broken": broken() + [f"message {one.uuid}: {one.state} {one.error_code} {one.trouble}" for one in left],
        "appointments": EditorAppointment.objects.count(),
        "orientations": Orientation.objects.count(),
        "messages": [str(one) for one in Message.objects.values_list("uuid", flat=True)],
        "states": {str(name): state for name, state in Orientation.objects.values_list("uuid", "state")},
    }


if __name__ == "__main__":
    print(json.dumps(ready() if sys.argv[1] == "fill" else settled(float(sys.argv[2]))))
