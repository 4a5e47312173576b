"""A doctor of Lille who is signed in, on Monday 23 November 2026 at 7 h 30: nothing here depends on today."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from unittest import mock

import pytest
from django.http import HttpResponse
from django.test import Client

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Practitioner
from tests.accounts.signing import signed_in_client
from tests.factories import directory

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


@dataclass
class Doctor:
    """Somebody who practises, and their browser."""

    user: User
    person: Practitioner
    place: PracticeLocation
    client: Client

    @property
    def key(self) -> str:
        return self.person.national_id

    def get(self, path: str = "") -> HttpResponse:
        """A page of the agenda, by what follows its address."""
        return cast(HttpResponse, self.client.get(f"/agenda/{self.key}/{path}"))

    def post(self, path: str, **said: object) -> HttpResponse:
        """A form of the agenda."""
        return cast(HttpResponse, self.client.post(f"/agenda/{self.key}/{path}", said))


@pytest.fixture(autouse=True)
def clock() -> Iterator[Callable[[datetime], None]]:
    """`clock(moment)` sets the time that views read."""
    with mock.patch("sas.agenda.calendar.views.timezone.now", return_value=NOW) as now:
        yield lambda moment: setattr(now, "return_value", moment)


@pytest.fixture
def doctor(db: None) -> Doctor:
    territory = directory.territory()
    person = directory.practitioner()
    place = directory.place(person)
    user, _ = create_account(
        email="medecin@example.org",
        roles=[Role.EFFECTOR],
        territories=[territory.code],
        by="test",
        at=datetime(2026, 1, 5, tzinfo=UTC),
    )
    User.objects.filter(pk=user.pk).update(national_id=person.national_id)
    user.refresh_from_db()
    return Doctor(user, person, place, signed_in_client(user, at=NOW))


def page(answer: Any) -> str:
    """The text of a page, with plain spaces."""
    return " ".join(str(answer.content.decode()).replace("\xa0", " ").replace("\u202f", " ").split())
