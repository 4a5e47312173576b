"""Notes whose slots a search showed, once its answer is gone: it can slow no search and break none."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.db import connection
from django.http import HttpResponseBase

from sas.accounts.models import MachineClient, User
from sas.accounts.permissions import GRANTS, Permission, Role
from sas.search.conversation import Card, Conversation
from sas.web.http import give_connections_back

logger = logging.getLogger(__name__)

APPLICATION = "application"
"""The role of machine clients."""

PREFERRED = (Role.REGULATOR, Role.IOA, Role.NATIONAL_ADMIN)
"""Under which role somebody who has several searches: the first of these."""

R = TypeVar("R", bound=HttpResponseBase)


@dataclass(frozen=True)
class Reader:
    """Who searched, as the person who was found may know it."""

    role: str
    territory_code: str


@dataclass
class Noted:
    """What one answer showed. `card` and `state` stand before the painter of a stream and note what passes."""

    people: set[int] = field(default_factory=set)
    conversation: Conversation | None = None

    def note(self, cards: Iterable[Card]) -> None:
        """These cards are shown."""
        self.people |= people_of(cards)

    def card(self, paint: Callable[[Card], str]) -> Callable[[Card], str]:
        """`paint`, noting each card."""

        def noting(card: Card) -> str:
            self.note([card])
            return paint(card)

        return noting

    def state(self, paint: Callable[[Conversation, bool], str]) -> Callable[[Conversation, bool], str]:
        """`paint`, keeping the conversation: the first page showed what no editor has to say (SAS agenda)."""

        def noting(conversation: Conversation, finished: bool) -> str:
            self.conversation = conversation
            return paint(conversation, finished)

        return noting

    def whole(self) -> list[int]:
        """Practitioners whose slots were shown, each once."""
        if self.conversation is not None:
            self.note(self.conversation.shown())
        return sorted(self.people)


def people_of(cards: Iterable[Card]) -> set[int]:
    """Practitioners of whom these cards show a slot; a card that stands for several counts for each of them."""
    return {person for card in cards for person in card.offering}


def reader_of(caller: User | MachineClient | None) -> Reader:
    """The role under which an account searches, and the SAS that gave it. No query: the roles were read."""
    if not isinstance(caller, User):
        return Reader(APPLICATION, "")
    grants = [grant for grant in caller.held if Permission.SEARCH in GRANTS[Role(grant.role)]]
    role = next((role for role in PREFERRED if any(grant.role == role for grant in grants)), Role.REGULATOR)
    codes = {grant.territory.code for grant in grants if grant.role == role and grant.territory}
    return Reader(str(role), " ".join(sorted(codes)))


def recorded(response: R, noted: Noted, reader: Reader, *, at: datetime) -> R:
    """The same response, which leaves its row when the server closes it, that is after its last byte."""
    closing = response.close

    def close() -> None:
        closing()
        record_showing(noted, reader, at=at)

    response.close = close  # type: ignore[method-assign]
    return response


def record_showing(noted: Noted, reader: Reader, *, at: datetime) -> None:
    """One row, on a connection that is given back at once. A failure is logged: it is nobody's answer."""
    try:
        people = noted.whole()
        if people:
            add_showing(people, reader, at=at)
    except Exception:
        logger.exception("a search was not counted")
    finally:
        give_connections_back()


def add_showing(people: list[int], reader: Reader, *, at: datetime) -> None:
    """The row of one search. A transaction of its own, being one statement: it needs no other round trip."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWING, [at, reader.territory_code, reader.role, people])


# Raw: this runs after every search.
SHOWING = """
    INSERT INTO search_showing (at, territory_code, role, practitioner_ids) VALUES (%s, %s, %s, %s)
"""
