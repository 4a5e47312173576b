"""The regulator's question, read from a query string: what, where, which filters, and where the last page ended.

Pure: no clock, no database, no network. Every name a caller may send is in `read_criteria`; anything that cannot be
understood is a sentence that says what to do, never an exception that escapes.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar
from urllib.parse import urlencode

import msgspec

LONGEST_TEXT = 200
LARGEST_RADIUS_KM = 500
"""As far as the widest reviewed radius (sas/directory/radius.csv)."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
MACHINE_MADE = {
    "quoi": re.compile(r"[A-Za-z0-9_:-]{1,40}"),
    "lieu": re.compile(r"[A-Za-z0-9_~.=-]{1,600}"),
    "mtid": re.compile(r"P:[0-9][0-9A-Z]{8,19}"),
}
BANDS = ((0, 4), (4, 8), (8, 12), (12, 24), (24, 48), (48, 72))
"""Hours from now, [from, to)."""


Choice = TypeVar("Choice", bound=StrEnum)


class Sort(StrEnum):
    """How cards are ordered; the neutral order is the default (platform.md §6)."""

    NEUTRAL = "neutre"
    EARLIEST = "plus-tot"
    DISTANCE = "distance"


class Day(StrEnum):
    """Today, or one of the following days, in the place's time zone."""

    TODAY = "aujourdhui"
    NEXT = "suivants"


class Moment(StrEnum):
    """Parts of the day in the place's time zone: before 12 h, 12–18 h, from 18 h."""

    MORNING = "matin"
    AFTERNOON = "apres-midi"
    EVENING = "soir"


class Modality(StrEnum):
    """v3-ActCode, as the editors send it (interop.md §3.2)."""

    AMB = "AMB"
    HH = "HH"
    VR = "VR"


class Booking(StrEnum):
    """With or without an appointment."""

    ROUTINE = "avec"
    WALKIN = "sans"


class View(StrEnum):
    """How the same results are shown: cards, a table of delays, cards beside a map; or whom to call « en sus »."""

    LIST = "liste"
    TABLE = "tableau"
    MAP = "carte"
    OVERBOOKING = "en-sus"


class Kind(StrEnum):
    """What a card is of, as the API says it."""

    PERSON = "practitioner"
    CPTS = "cpts"
    SOS = "sos"
    STRUCTURE = "structure"


class Way(StrEnum):
    """How somebody takes part, as the API says it."""

    INDIVIDUAL = "individual"
    CPTS = "cpts"
    MSP = "msp"
    CDS = "cds"
    SOS = "sos"


class Sector(StrEnum):
    """Convention with the health insurance: sector 1, sector 2 (OPTAM or not), none (« secteur 3 »)."""

    ONE = "1"
    TWO = "2"
    NONE = "3"


class InvalidCriteria(Exception):  # noqa: N818 — an answer to the person, not a fault
    """What was sent cannot be searched. `status` is the HTTP status, `field` the input concerned.

    `choices` are (label, place token) pairs when several places could be meant.
    """

    def __init__(
        self, message: str, *, field: str = "", status: int = 400, choices: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(message)
        self.message, self.field, self.status, self.choices = message, field, status, tuple(choices)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the regulator wants to see of what was found. Empty = everything. They never change what is asked."""

    bands: frozenset[tuple[int, int]] = frozenset()
    days: frozenset[Day] = frozenset()
    moments: frozenset[Moment] = frozenset()
    modalities: frozenset[Modality] = frozenset()
    bookings: frozenset[Booking] = frozenset()
    participants_only: bool = False
    known_only: bool = False
    sectors: frozenset[Sector] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    ways: frozenset[Way] = frozenset()

    @property
    def on_slots(self) -> bool:
        """True when some slots may be left out, so that a card without a slot left leaves too."""
        return bool(self.bands or self.days or self.moments or self.modalities or self.bookings)


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Where the next lot starts: the last directory key that was read, and the circle it was read in.

    `made_at` is in epoch seconds: a page asked for much later would speak of another window.
    `question` ties the cursor to its search.
    """

    question: str
    made_at: int
    seed: int
    radius_km: float
    inner_km: float
    participates: bool
    key: float | int
    location_id: int


@dataclass(frozen=True, slots=True)
class Criteria:
    """A search that can be run once `what` and `where` are resolved.

    `doctor`: the name of the patient's own doctor (« médecin traitant »), `doctor_code` who that is when it is known
    (« P:<national id> »). `origin`: the regulation software that called, carried by every link of the page.
    """

    text: str
    loc: str
    what_code: str = ""
    place_token: str = ""
    filters: Filters = Filters()
    sort: Sort = Sort.NEUTRAL
    view: View = View.LIST
    radius_km: float | None = None
    seed: int | None = None
    show_rest: bool = False
    complete: bool = False
    cursor: Cursor | None = None
    doctor: str = ""
    doctor_code: str = ""
    origin: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing was asked: the page shows the form alone."""
        return not (self.text or self.loc or self.what_code or self.place_token)

    def question_digest(self) -> str:
        """Names the question without its filters: what, where and the chosen radius."""
        parts = "\x1f".join([self.text, self.loc, self.what_code, self.place_token, f"{self.radius_km or ''}"])
        return hashlib.blake2s(parts.encode("utf-8", "replace"), digest_size=6).hexdigest()

    def query(self, **changes: str | None) -> str:
        """The query string of this search with some parameters changed (`None` removes), for links. `seed` stays."""
        pairs: list[tuple[str, str]] = [("text", self.text), ("loc", self.loc)]
        pairs += [("quoi", self.what_code), ("lieu", self.place_token)]
        pairs += [("mt", self.doctor), ("mtid", self.doctor_code), ("origin", self.origin)]
        pairs += [("rayon", f"{self.radius_km:g}" if self.radius_km else "")]
        pairs += [("graine", str(self.seed) if self.seed is not None else "")]
        pairs += _filter_pairs(self.filters)
        pairs += [("tri", self.sort if self.sort is not Sort.NEUTRAL else "")]
        pairs += [("vue", self.view if self.view is not View.LIST else "")]
        pairs += [("tous", "1" if self.show_rest else ""), ("suite", encode_cursor(self.cursor) if self.cursor else "")]
        pairs += [("complet", "1" if self.complete else "")]
        kept = [(name, value) for name, value in pairs if value and name not in changes]
        return urlencode(kept + [(name, value) for name, value in changes.items() if value])

    def continued(self, cursor: Cursor) -> "Criteria":
        """The same search, from where `cursor` stands."""
        return replace(self, cursor=cursor, seed=cursor.seed)


class QueryParameters(Protocol):
    """What Django's QueryDict gives."""

    def getlist(self, key: str, /) -> Sequence[str]:
        """Every value sent under this name, in order."""


def value_of(parameters: QueryParameters, name: str) -> str:
    """The last value sent under this name, trimmed; empty when there is none."""
    values = parameters.getlist(name)
    return values[-1].strip() if values else ""


def read_criteria(parameters: QueryParameters, *, now: int, cursor_life: int = 1800) -> Criteria:
    """Read `parameters`; `now` in epoch seconds, `cursor_life` in seconds. Raises `InvalidCriteria` only."""
    criteria = Criteria(
        text=_text(parameters, "text"),
        loc=_text(parameters, "loc"),
        what_code=machine_made(parameters, "quoi"),
        place_token=machine_made(parameters, "lieu"),
        filters=_filters(parameters),
        sort=_sort(parameters),
        view=_view(parameters),
        radius_km=_radius(parameters),
        seed=_seed(parameters),
        show_rest=_flag(parameters, "tous"),
        complete=_flag(parameters, "complet"),
        doctor=_text(parameters, "mt"),
        doctor_code=machine_made(parameters, "mtid"),
        origin=origin_of(parameters),
    )
    encoded = value_of(parameters, "suite")
    if not encoded:
        return criteria
    cursor = decode_cursor(encoded)
    if cursor is None or cursor.question != criteria.question_digest():
        message = "Cette suite de résultats n’appartient pas à cette recherche : relancez la recherche."
        raise InvalidCriteria(message, field="suite")
    if not 0 <= now - cursor.made_at <= cursor_life:
        message = "Cette recherche est trop ancienne pour être continuée, les disponibilités ont changé : relancez-la."
        raise InvalidCriteria(message, field="suite", status=410)
    return criteria.continued(cursor)


def encode_cursor(cursor: Cursor) -> str:
    """URL-safe text. Not secret and not trusted: whatever it says only moves the reader inside public results."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor | None:
    """The cursor, or `None` when it is not one."""
    if len(text) > 400 or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (ValueError, msgspec.DecodeError):
        return None
    sane = 0 < cursor.radius_km <= 1000 and 0 <= cursor.inner_km <= cursor.radius_km
    in_range = all(abs(n) < 2**63 for n in (cursor.seed, cursor.location_id, cursor.made_at, cursor.key))
    return cursor if sane and in_range else None


def clean(text: str) -> str:
    """What a person meant to type: no control character, no lone surrogate, single spaces."""
    return " ".join(CONTROL.sub(" ", text.encode("utf-8", "replace").decode()).split())


def _text(parameters: QueryParameters, name: str) -> str:
    value = clean(value_of(parameters, name))
    if len(value) > LONGEST_TEXT:
        raise InvalidCriteria(f"Ce texte est trop long : {LONGEST_TEXT} caractères au plus.", field=name)
    return value


def machine_made(parameters: QueryParameters, name: str) -> str:
    """A value that a suggestion wrote: one that is not of the right shape is ignored, the typed text stands."""
    value = value_of(parameters, name)
    return value if MACHINE_MADE[name].fullmatch(value) else ""


def origin_of(parameters: QueryParameters) -> str:
    """The software that called, as it says: it is compared strictly. Empty when nothing can be called so."""
    sent = parameters.getlist("origin")
    origin = sent[-1] if sent else ""
    return origin if len(origin) <= LONGEST_TEXT and origin == clean(origin) else ""


def _choices(parameters: QueryParameters, name: str, kind: type[Choice]) -> frozenset[Choice]:
    values = [value.strip() for value in parameters.getlist(name) if value.strip()][:20]
    try:
        return frozenset(kind(value) for value in values)
    except ValueError:
        raise InvalidCriteria(f"« {name} » accepte : {', '.join(kind)}.", field=name) from None


def _bands(parameters: QueryParameters) -> frozenset[tuple[int, int]]:
    known = {f"{first}-{last}": (first, last) for first, last in BANDS}
    values = [value.strip() for value in parameters.getlist("delai") if value.strip()][:20]
    if any(value not in known for value in values):
        raise InvalidCriteria(f"« delai » accepte : {', '.join(known)} (heures).", field="delai")
    return frozenset(known[value] for value in values)


def _filters(parameters: QueryParameters) -> Filters:
    return Filters(
        bands=_bands(parameters),
        days=_choices(parameters, "jour", Day),
        moments=_choices(parameters, "moment", Moment),
        modalities=_choices(parameters, "modalite", Modality),
        bookings=_choices(parameters, "rdv", Booking),
        participants_only=_flag(parameters, "participe"),
        known_only=_flag(parameters, "connu"),
        sectors=_choices(parameters, "secteur", Sector),
        kinds=_choices(parameters, "type", Kind),
        ways=_choices(parameters, "voie", Way),
    )


def _filter_pairs(filters: Filters) -> list[tuple[str, str]]:
    pairs = [("delai", f"{first}-{last}") for first, last in sorted(filters.bands)]
    pairs += [("jour", value) for value in sorted(filters.days)]
    pairs += [("moment", value) for value in sorted(filters.moments)]
    pairs += [("modalite", value) for value in sorted(filters.modalities)]
    pairs += [("rdv", value) for value in sorted(filters.bookings)]
    pairs += [("secteur", value) for value in sorted(filters.sectors)]
    pairs += [("type", value) for value in sorted(filters.kinds)]
    pairs += [("voie", value) for value in sorted(filters.ways)]
    pairs += [("participe", "1" if filters.participants_only else ""), ("connu", "1" if filters.known_only else "")]
    return pairs


def _sort(parameters: QueryParameters) -> Sort:
    value = value_of(parameters, "tri") or Sort.NEUTRAL
    if value not in list(Sort):
        raise InvalidCriteria(f"« tri » accepte : {', '.join(Sort)}.", field="tri")
    return Sort(value)


def _view(parameters: QueryParameters) -> View:
    """The same results whatever it is: a word that is none of them is the list, not a refusal."""
    value = value_of(parameters, "vue")
    return View(value) if value in list(View) else View.LIST


def _radius(parameters: QueryParameters) -> float | None:
    value = value_of(parameters, "rayon").replace(",", ".")
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", value) or not 0 < float(value) <= LARGEST_RADIUS_KM:
        message = f"Le rayon est un nombre de kilomètres, plus grand que 0 et au plus {LARGEST_RADIUS_KM}."
        raise InvalidCriteria(message, field="rayon")
    return float(value)


def _seed(parameters: QueryParameters) -> int | None:
    value = value_of(parameters, "graine")
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) else None


def _flag(parameters: QueryParameters, name: str) -> bool:
    return value_of(parameters, name) in ("1", "true", "oui", "on")
