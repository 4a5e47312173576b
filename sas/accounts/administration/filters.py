"""What a list of accounts is asked for: text, role, territory, state, order; read from the address of the page."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from sas.accounts.models.folding import fold
from sas.accounts.permissions import Role

LONGEST_TEXT = 100
MOST_WORDS = 6
LAST_PAGE = 10_000

Choice = TypeVar("Choice", bound=StrEnum)


class State(StrEnum):
    """Where an account stands, as the list filters it."""

    ACTIVE = "actif"
    INVITED = "invite"
    CLOSED = "desactive"
    DORMANT = "dormant"
    EXPIRING = "echeance"
    LOCKED = "verrouille"

    @property
    def label(self) -> str:
        return STATE_LABELS[self]


STATE_LABELS = {
    State.ACTIVE: "actif",
    State.INVITED: "invité, jamais entré",
    State.CLOSED: "désactivé",
    State.DORMANT: "dormant (averti)",
    State.EXPIRING: "échéance dans les 30 jours",
    State.LOCKED: "connexion bloquée",
}


class Sort(StrEnum):
    """In what order."""

    NAME = "nom"
    LAST_SIGN_IN = "connexion"
    CREATED = "creation"

    @property
    def label(self) -> str:
        return SORT_LABELS[self]


SORT_LABELS = {
    Sort.NAME: "nom",
    Sort.LAST_SIGN_IN: "dernière connexion, la plus ancienne d’abord",
    Sort.CREATED: "création, la plus récente d’abord",
}


@dataclass(frozen=True)
class Filter:
    """Empty means any. What the address says and does not exist is as if it said nothing."""

    text: str = ""
    role: Role | None = None
    territory: str = ""
    state: State | None = None
    sort: Sort = Sort.NAME
    page: int = 1

    @property
    def words(self) -> list[str]:
        """What the text is searched by."""
        return fold(self.text).split()[:MOST_WORDS]

    def query(self, page: int = 1) -> str:
        """The address of another page of the same list."""
        return replace(self, page=page)._encoded()

    def _encoded(self) -> str:
        return urlencode(self.asked | ({"page": str(self.page)} if self.page > 1 else {}))

    @property
    def asked(self) -> dict[str, str]:
        """What an address or a form says of it, without the page."""
        sort = "" if self.sort is Sort.NAME else self.sort
        values = {"texte": self.text, "role": self.role, "territoire": self.territory, "etat": self.state, "tri": sort}
        return {name: str(value) for name, value in values.items() if value}

    def values(self) -> dict[str, str]:
        """What it lets pass, for an audit line; neither order nor page."""
        values = {"text": self.text, "role": self.role, "territory": self.territory, "state": self.state}
        return {name: str(value) for name, value in values.items() if value}


def read_filter(given: Mapping[str, str]) -> Filter:
    """Read the parameters of an address."""
    page = given.get("page", "")
    return Filter(
        text=given.get("texte", "").replace("\0", "").strip()[:LONGEST_TEXT],
        role=_one_of(Role, given.get("role", "")),
        territory=given.get("territoire", "").replace("\0", "")[:LONGEST_TEXT],
        state=_one_of(State, given.get("etat", "")),
        sort=_one_of(Sort, given.get("tri", "")) or Sort.NAME,
        page=min(max(int(page), 1), LAST_PAGE) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


def _one_of(kind: type[Choice], text: str) -> Choice | None:
    return kind(text) if text in set(kind) else None
