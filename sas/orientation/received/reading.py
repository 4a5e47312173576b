"""The address of « Orientations reçues », and what its page says."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from sas.orientation.lists.filters import read_after
from sas.orientation.received.queries import COMING, PASSED, Asked, Received
from sas.participation.subjects import Subject


def read_asked(values: Mapping[str, str]) -> Asked:
    """What is not understood is the list of those to come."""
    period = values.get("periode", "")
    return Asked(PASSED if period == PASSED else COMING, read_after(values.get("suite", "")))


def page_context(subject: Subject, received: Received, asked: Asked) -> dict[str, Any]:
    """What `received/list.html` reads."""
    passed = {"periode": PASSED} if asked.period == PASSED else {}
    return {
        "subject": subject,
        "received": received,
        "wanted": {"fields": list(_fields(asked).items())},
        "is_passed": asked.period == PASSED,
        "next_query": urlencode(passed | {"suite": received.following}) if received.following else "",
        "first_query": urlencode({"periode": asked.period}) if asked.after else "",
    }


def address_of(subject: Subject, asked: Asked, uuid: UUID) -> str:
    """The same list, at that line."""
    query = urlencode(_fields(asked))
    return f"{reverse('orientation_received:list', args=[subject.key])}{'?' if query else ''}{query}#o-{uuid}"


def _fields(asked: Asked) -> dict[str, str]:
    values = {"periode": PASSED if asked.period == PASSED else "", "suite": str(asked.after or "")}
    return {name: value for name, value in values.items() if value}
