"""Free slots of individual professionals and of CPTS, read from an editor's answer (INT_R01, INT_R04).

A wrong slot costs that slot, a wrong answer costs that editor: the cases are the rows D01–D50 of interop.md §6.
The usual answer takes one pass of typed decoding and one loop; everything tolerant stands beside that path
(`sas.fhir.bundles`, `sas.fhir.repairs`, `sas.fhir.resolving`, `sas.fhir.vocabulary`).
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from operator import attrgetter, lt
from typing import Final
from zoneinfo import ZoneInfo

from sas.fhir.bundles import diagnostics, next_url, read_bundle, resources_by_url, total
from sas.fhir.findings import Severity
from sas.fhir.links import is_bookable, without_origin
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedOrganization, OfferedPlace, OfferedSlot, Reading
from sas.fhir.resolving import Agenda, Resolver
from sas.fhir.vocabulary import SEPARATOR, SlotKind, latest, meaning
from sas.fhir.wire import ABSENT, NO_TIME, Bundle, OperationOutcome, Resource, Slot

MAX_SLOTS: Final = 2000
PARIS: Final = ZoneInfo("Europe/Paris")

_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)
_join = SEPARATOR.join
_NOTHING: Final = (b"", None)
_by_start = attrgetter("start")
_by_practitioner = attrgetter("practitioner")
_SAS_FR: Final = b"//sas.fr/fhir/StructureDefinition/"
_INTEROP_ESANTE: Final = b"//interop.esante.gouv.fr/ig/fhir/sas/"


def read(
    payload: bytes,
    *,
    asked: Collection[str],
    start: datetime,
    end: datetime,
    now: datetime,
    content_type: str | None = None,
) -> Reading:
    """The slots that `asked` professionals offer from `start` to `end` (both included) and not before `now`.

    `asked`: prefixed national ids; `OfferedSlot.practitioner` is one of them. The three times are aware.
    `content_type`: the header received, `""` when there was none, `None` when there is nothing to judge.
    Slots come sorted by professional and start, at most 2,000. Raises UnreadableAnswer, and nothing else.
    """
    lower = max(start, now)

    def from_bundle(bundle: Bundle, body: bytes, notes: Notes) -> Reading:
        slots, others = _sorted_out(bundle, notes)
        following = next_url(bundle, notes)
        _note_bundle(bundle, slots, following, notes)
        resolver = Resolver(others, asked=asked, notes=notes, urls=lambda: resources_by_url(body, bundle))
        offered = _SlotReader(resolver, notes, lower, end).read(slots)
        ids_differ = len({slot.id for slot in slots}) == len(slots)
        return Reading(_arranged(offered, notes, ids_differ=ids_differ), notes.findings(), following)

    return read_bundle(payload, content_type, from_bundle)


def _sorted_out(bundle: Bundle, notes: Notes) -> tuple[list[Slot], list[Resource]]:
    """The slots and the rest."""
    slots: list[Slot] = []
    others: list[Resource] = []
    for entry in bundle.entry or ():
        resource = entry.resource
        if type(resource) is Slot:
            slots.append(resource)
        elif resource is None:
            bundle.total = ABSENT  # left out, said already, and perhaps a Slot: the count says nothing any more
        else:
            others.append(resource)
            if type(resource) is OperationOutcome:
                notes.info("D42", diagnostics(resource.issue))
    return slots, others


def _note_bundle(bundle: Bundle, slots: list[Slot], following: str | None, notes: Notes) -> None:
    """What is said of the answer as a whole: total (D27), profiles (D23)."""
    announced = total(bundle)
    if announced is not None and following is None and announced != len(slots):
        notes.warn("D27", f"total {announced}, {len(slots)} Slot")
    if slots:  # a sample: every slot of an editor is made by the same code
        meta = slots[0].meta
        profile = bytes(meta.profile) if meta is not None else b""
        if profile.count(b"StructureDefinition/") != 1 or not (_SAS_FR in profile or _INTEROP_ESANTE in profile):
            notes.info("D23", profile.decode("utf-8", "replace") or "meta.profile")


class _SlotReader:
    """Turns Slot resources into offered slots, each accepted or dropped on its own."""

    def __init__(self, resolver: Resolver, notes: Notes, lower: datetime, upper: datetime) -> None:
        self._resolver = resolver
        self._notes = notes
        self._lower, self._upper = lower, upper
        self._agendas: dict[str, Agenda] = {}
        self._links: dict[str, str | None] = {}
        self._offered: dict[str, list[OfferedSlot]] = {}

    def read(self, slots: list[Slot]) -> list[list[OfferedSlot]]:
        """The slots kept, by professional in the order of their ids.

        One loop on purpose: this is where the time goes, and what is unusual stands outside of it.
        """
        agendas, links = self._agendas, self._links
        lower, upper = self._window(slots)
        for slot in slots:
            start, end = slot.start, slot.end
            if slot.status != "free" and not self._is_free(slot):
                continue
            try:
                inside = lower <= start < end and start <= upper
            except TypeError:  # absent, or without offset
                start, end = self._aware(start), self._aware(end)
                inside = lower <= start < end and start <= upper
            if not inside:
                self._drop_for_its_time(slot, start, end)
                continue
            reference = slot.schedule.reference if slot.schedule is not None else ""
            agenda = agendas.get(reference) or self._agenda(reference)
            if agenda.refusal:
                self._notes.drop(agenda.refusal, agenda.evidence)
                continue
            security = slot.meta.security if slot.meta is not None else ABSENT
            pieces = _join((security, slot.serviceType, slot.specialty, slot.appointmentType))
            text, kind = latest(len(pieces), _NOTHING)
            if kind is None or text != pieces:
                kind = meaning(pieces)
            organizations = () if kind.plain else self._organizations(slot, kind)
            if organizations is None:
                continue
            comment = slot.comment or ""
            url = links[comment] if comment in links else self._link(comment)
            booking = kind.booking or ("ROUTINE" if url else "WALKIN")
            if url is None and booking == "ROUTINE":
                self._notes.warn("D19", f"Slot/{slot.id} comment {comment.partition('?')[0]}")
            agenda.keep(
                OfferedSlot(
                    agenda.practitioner, start, end, agenda.place, slot.id, kind.modalities, kind.types, booking,
                    kind.reasons, kind.specialties, url, organizations,
                )
            )  # fmt: skip
        return [self._offered[practitioner] for practitioner in sorted(self._offered)]

    def _window(self, slots: list[Slot]) -> tuple[datetime, datetime]:
        """The bounds in the offset of the slots: comparing times of one tzinfo is ten times faster."""
        zone = slots[0].start.tzinfo if slots else None
        return (
            (self._lower, self._upper) if zone is None else (_in_zone(self._lower, zone), _in_zone(self._upper, zone))
        )

    def _agenda(self, reference: str) -> Agenda:
        """Resolve a Schedule the first time that it is met; its slots join those of the same professional."""
        agenda = self._agendas[reference] = self._resolver.agenda(reference)
        agenda.keep = self._offered.setdefault(agenda.practitioner, []).append
        return agenda

    def _is_free(self, slot: Slot) -> bool:
        """`FREE` is understood; any other status, or none, is not free (D24)."""
        if (slot.status or "").strip().lower() == "free":
            self._notes.warn("D24", f"Slot.status {slot.status}")
            return True
        self._notes.drop("D24", f"Slot.status {slot.status or 'absent'}")
        return False

    def _aware(self, moment: datetime) -> datetime:
        """A time without offset is Paris time (D26), handed on with the offset it has there at that instant."""
        if moment.tzinfo is not None:
            return moment
        if moment is NO_TIME:
            return _BEFORE_ALL
        self._notes.warn("D26", f"sans fuseau {moment.isoformat()}")
        offset = moment.replace(tzinfo=PARIS).utcoffset() or timedelta(0)
        return moment.replace(tzinfo=timezone(offset))

    def _drop_for_its_time(self, slot: Slot, start: datetime, end: datetime) -> None:
        """Absent, past, too late, or ending before it starts (D25)."""
        absent = "start" if slot.start is NO_TIME else "end" if slot.end is NO_TIME else ""
        reason = f"{absent} absent" if absent else f"{start.isoformat()} {end.isoformat()}"
        self._notes.drop("D25", f"Slot/{slot.id} {reason}")

    def _organizations(self, slot: Slot, kind: SlotKind) -> tuple[OfferedOrganization, ...] | None:
        """Slots that need a word: the CPTS they are for; `None` when they must not be shown (D06, D08, D10)."""
        self._notes.repeat(kind.findings)
        if kind.private:
            self._notes.drop("D06", f"Slot/{slot.id} privé")
            return None
        if not kind.concerns_cpts:
            return ()
        if "CPTS" not in kind.types:
            self._notes.warn("D10", f"Slot/{slot.id}")
            return ()
        organizations = self._resolver.organizations(kind.cpts)
        if not organizations:
            self._notes.add("D08", Severity.DROP if kind.types == ("CPTS",) else Severity.WARNING, f"Slot/{slot.id}")
            return None if kind.types == ("CPTS",) else ()
        return organizations

    def _link(self, comment: str) -> str | None:
        """The booking page written in `Slot.comment` (D19, D20); blanks inside it are encoded, around it removed."""
        url = comment.strip().replace(" ", "%20")
        link = without_origin(url) if is_bookable(url) else None
        self._links[comment] = link
        if comment and not comment.strip():
            self._notes.warn("D18", "Slot.comment")
        return link


def _in_zone(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the year 9999 seen from the east
        return moment


def _arranged(offered: list[list[OfferedSlot]], notes: Notes, *, ids_differ: bool) -> tuple[OfferedSlot, ...]:
    """Sorted by professional and start, each once (D30, D31), the earliest 2,000 of all (D49)."""
    arranged: list[OfferedSlot] = []
    for by_person in offered:
        slots = by_person
        starts = [slot.start for slot in slots]
        if not (ids_differ and all(map(lt, starts, starts[1:]))):
            slots.sort(key=_by_start)
            slots = _each_once(slots, notes)
        arranged += slots
    if len(arranged) > MAX_SLOTS:
        notes.warn("D49", f"{len(arranged)} Slot")
        arranged = sorted(arranged, key=_by_start)[:MAX_SLOTS]
        arranged.sort(key=_by_practitioner)
    return tuple(arranged)


def _each_once(slots: list[OfferedSlot], notes: Notes) -> list[OfferedSlot]:
    """Without a second slot of the same id (D30), or of the same place, times and booking mode (D31)."""
    ids: set[str] = set()
    contents: set[tuple[OfferedPlace | None, datetime, datetime, str]] = set()
    unique = []
    for slot in slots:
        content = (slot.place, slot.start, slot.end, slot.booking)
        if slot.slot_id and slot.slot_id in ids:
            continue
        ids.add(slot.slot_id)
        if content in contents:
            notes.info("D31", f"Slot/{slot.slot_id}")
            continue
        contents.add(content)
        unique.append(slot)
    return unique
