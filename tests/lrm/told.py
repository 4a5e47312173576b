"""Orientations as they are told, and the LRMs of two SAMUs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sas.directory.models import Territory
from sas.lrm.envelopes import Told
from sas.lrm.models import Lrm, Message
from sas.lrm.outbox import enqueue
from tests.factories import directory

AT = datetime(2026, 11, 20, 13, 2, tzinfo=UTC)
SAMU_59, SAMU_62 = "fr.health.samu590", "fr.health.samu620"


def told(**given: Any) -> Told:
    """A booked orientation to a general practitioner, tomorrow in Lille."""
    values: dict[str, Any] = {
        "subject": uuid4(),
        "created": AT,
        "starts_at": AT + timedelta(hours=20),
        "ends_at": AT + timedelta(hours=20, minutes=20),
        "status": "booked",
        "category": "PS",
        "timezone": "Europe/Paris",
        "regulator": ("TESTEUR", "Alix", "alix.testeur@example.org", "3620100057/70326SR"),
        "practitioner": ("810000000001", "EXEMPLE", "Camille", "SM54", "10"),
        "organization": ("1590000001", "MSP des Lilas"),
    }
    return Told(**(values | given))


def lrm(code: str = "SAS-59", client: str = SAMU_59, **given: Any) -> Lrm:
    """The LRM of that SAMU; its territory is made when it is not there."""
    where = Territory.objects.filter(code=code).first() or directory.territory(code=code)
    values = {"origin": f"lrm-{client}", "software": "Régulo", "created_at": AT} | given
    return Lrm.objects.create(territory=where, hub_client_id=client, **values)


def queued(to: Lrm, **given: Any) -> Message:
    """A message to that LRM, waiting."""
    at = given.pop("at", AT)
    message = enqueue(told(**given), territory_id=to.territory_id, origin="", at=at)
    assert message is not None
    return message
