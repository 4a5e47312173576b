"""The filters of a list of orientations, read from an address; what is not understood is left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from sas.directory.rules import search_key
from sas.orientation.lists.attention import following, to_confirm
from sas.orientation.models import Orientation

LONGEST_PERIOD = timedelta(days=30)
"""From the first day to the last: 31 days."""

LONGEST_TEXT = 100
WORDS = 5
PER_PAGE = 50
TO_CONFIRM = "a-confirmer"
STATES: Mapping[str, str] = {TO_CONFIRM: "à confirmer", **dict(Orientation.State.choices)}
PATHS: Mapping[str, str] = dict(Orientation.Path.choices)
CATEGORIES: Mapping[str, str] = dict(Orientation.Category.choices)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class After:
    """Where the page before stopped: an instant and a row."""

    instant: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.instant - _EPOCH) // _INSTANT}.{self.pk}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page is asked for. `first` and `last`: days, both included; `after`: where it begins."""

    first: date
    last: date
    state: str = ""
    path: str = ""
    category: str = ""
    text: str = ""
    follow: bool = False
    after: After | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing but days was asked for."""
        return not (self.state or self.path or self.category or self.text or self.follow)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values in an address or a form; nothing for what was not asked."""
        values = {
            "du": self.first.isoformat(),
            "au": self.last.isoformat(),
            "etat": self.state,
            "voie": self.path,
            "categorie": self.category,
            "texte": self.text,
            "suivre": "oui" if self.follow else "",
            "suite": str(self.after or ""),
        }
        return [(name, value) for name, value in values.items() if value]

    def query(self, **changes: Any) -> str:
        """The address of the same list with other values."""
        values = dict(self.fields) | changes
        return urlencode({name: value for name, value in values.items() if value})


def read_wanted(values: Mapping[str, str], today: date, *, days: int = 1) -> Wanted:
    """From the address or a form. Without days: the `days` last ones; a period that is too long keeps its end."""
    last = read_day(values.get("au", "")) or today
    first = read_day(values.get("du", "")) or (today if last >= today else last) - timedelta(days=days - 1)
    first, last = min(first, last), max(first, last)
    return Wanted(
        first=max(first, last - LONGEST_PERIOD),
        last=last,
        state=_known(values.get("etat", ""), STATES),
        path=_known(values.get("voie", ""), PATHS),
        category=_known(values.get("categorie", ""), CATEGORIES),
        text=" ".join(values.get("texte", "").replace("\0", " ").split())[:LONGEST_TEXT],
        follow=values.get("suivre", "") == "oui",
        after=read_after(values.get("suite", "")),
    )


def read_day(text: str) -> date | None:
    """`2026-11-24`, of a year that arithmetic does not leave."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None


def read_after(text: str) -> After | None:
    """What `str(After)` writes."""
    instant, _, pk = text.partition(".")
    short = len(instant) <= 16 and len(pk) <= 15
    if not (short and instant.isascii() and instant.isdecimal() and pk.isascii() and pk.isdecimal()):
        return None
    return After(_EPOCH + int(instant) * _INSTANT, int(pk))


def filtered(rows: QuerySet[Orientation], wanted: Wanted, now: datetime) -> QuerySet[Orientation]:
    """Those that the filters keep, whatever their day."""
    if wanted.state == TO_CONFIRM:
        rows = rows.filter(to_confirm(now))
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.path:
        rows = rows.filter(path=wanted.path)
    if wanted.category:
        rows = rows.filter(category=wanted.category)
    if wanted.follow:
        rows = rows.filter(following(now))
    return named(rows, wanted.text)


def named(rows: QuerySet[Orientation], text: str) -> QuerySet[Orientation]:
    """Those whose professional or structure has all these words in their name, without accents; or as they were called
    that day."""
    for word in search_key(text).split()[:WORDS]:
        person = Q(practitioner__name_key__contains=word) | Q(practitioner_name__icontains=word)
        rows = rows.filter(person | Q(structure__name_key__contains=word) | Q(structure_name__icontains=word))
    return rows


def a_page(
    rows: QuerySet[Orientation], after: After | None, *, by: str, latest_first: bool = True, size: int = PER_PAGE
) -> tuple[list[Orientation], After | None]:
    """A page in the order of the column `by`, and where the next begins; none after the last. One query."""
    if after is not None:
        way = "lt" if latest_first else "gt"
        bound = Q(**{f"{by}__lte" if latest_first else f"{by}__gte": after.instant})
        rows = rows.filter(bound, Q(**{f"{by}__{way}": after.instant}) | Q(**{f"pk__{way}": after.pk}))
    order = (f"-{by}", "-pk") if latest_first else (by, "pk")
    found = list(rows.order_by(*order)[: size + 1])
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], After(getattr(last, by), last.pk)


def one_among(rows: QuerySet[Orientation], uuid: str) -> Orientation:
    """The one of that uuid; else `Http404`: others are not said to exist."""
    try:
        found = rows.filter(uuid=UUID(uuid)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _known(value: str, values: Mapping[str, str]) -> str:
    return value if value in values else ""
