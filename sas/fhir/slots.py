"""Free slots of individual professionals and of CPTS, read from an editor's answer (INT_R01, INT_R04).

A wrong slot costs that slot, a wrong answer costs that editor: the cases are the rows D01–D50 of interop.md §6.
The usual answer takes one pass of typed decoding and one loop; everything tolerant stands beside that path
(`sas.fhir.bundles`, `sas.fhir.repairs`, `sas.fhir.resolving`, `sas.fhir.vocabulary`).
"""

from collections.abc import Collection
from datetime import datetime, timedelta, timezone, tzinfo
from operator import attrgetter
from typing import Final
from zoneinfo import ZoneInfo

from sas.fhir import vocabulary
from sas.fhir.bundles import diagnostics, next_url, read_bundle, resources_by_url, total
from sas.fhir.findings import Severity
from sas.fhir.links import is_bookable, without_origin
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedOrganization, OfferedSlot, Reading
from sas.fhir.resolving import Agenda, Resolver
from sas.fhir.wire import Bundle, Meta, Resource

MAX_SLOTS: Final = 2000
PARIS: Final = ZoneInfo("Europe/Paris")

_NO_META: Final = Meta()
_join = vocabulary.SEPARATOR.join
_by_start = attrgetter("start")
_by_practitioner = attrgetter("practitioner")
_SAS_PROFILES: Final = (b"//sas.fr/fhir/StructureDefinition/", b"//interop.esante.gouv.fr/ig/fhir/sas/")


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
        resources = [entry.resource for entry in bundle.entry or () if entry.resource is not None]
        slots = [resource for resource in resources if resource.resourceType == "Slot"]
        others = [resource for resource in resources if resource.resourceType != "Slot"]
        following = next_url(bundle, notes)
        _note_bundle(bundle, slots, others, following, notes)
        resolver = Resolver(others, asked=asked, notes=notes, urls=lambda: resources_by_url(body, bundle))
        offered = _SlotReader(resolver, notes, lower, end).read(slots)
        return Reading(_arranged(offered, notes), notes.findings(), following)

    return read_bundle(payload, content_type, from_bundle)


def _note_bundle(
    bundle: Bundle, slots: list[Resource], others: list[Resource], following: str | None, notes: Notes
) -> None:
    """What is said of the answer as a whole: total (D27), outcomes beside the slots (D42), profiles (D23)."""
    announced = total(bundle)
    left_out = any(entry.resource is None for entry in bundle.entry or ())  # said already, and perhaps a Slot
    if announced is not None and following is None and not left_out and announced != len(slots):
        notes.warn("D27", f"total {announced}, {len(slots)} Slot")
    for resource in others:
        if resource.resourceType == "OperationOutcome":
            notes.info("D42", diagnostics(resource.issue))
    if slots:  # a sample: every slot of an editor is made by the same code
        profile = bytes((slots[0].meta or _NO_META).profile)
        if profile.count(b"StructureDefinition/") != 1 or not any(known in profile for known in _SAS_PROFILES):
            notes.info("D23", profile.decode("utf-8", "replace") or "meta.profile")


class _SlotReader:
    """Turns Slot resources into offered slots, each accepted or dropped on its own."""

    def __init__(self, resolver: Resolver, notes: Notes, lower: datetime, upper: datetime) -> None:
        self._resolver = resolver
        self._notes = notes
        self._lower, self._upper = lower, upper
        self._links: dict[str, str | None] = {}

    def read(self, slots: list[Resource]) -> list[OfferedSlot]:
        agendas: dict[str, Agenda] = {}
        windows: dict[tzinfo | None, tuple[datetime, datetime]] = {}
        links = self._links
        offered: list[OfferedSlot] = []
        for slot in slots:
            start, end, status = slot.start, slot.end, slot.status
            if status != "free" and not self._is_free(slot):
                continue
            if start is None or end is None:
                self._notes.drop("D25", f"Slot/{slot.id} {'start' if start is None else 'end'} absent")
                continue
            zone = start.tzinfo
            if zone is None or end.tzinfo is None:
                start, end = self._in_paris(start), self._in_paris(end)
                zone = start.tzinfo
            # The bounds in the slot's own offset: comparing times of one tzinfo is ten times faster.
            window = windows.get(zone)
            if window is None:
                window = windows[zone] = _in_zone(self._lower, zone), _in_zone(self._upper, zone)
            if not (window[0] <= start <= window[1] and start < end):
                self._notes.drop("D25", f"Slot/{slot.id} {start.isoformat()} {end.isoformat()}")
                continue
            reference = slot.schedule.reference if slot.schedule is not None else ""
            agenda = agendas.get(reference)
            if agenda is None:
                agenda = agendas[reference] = self._resolver.agenda(reference)
            if agenda.refusal:
                self._notes.drop(agenda.refusal, agenda.evidence)
                continue
            pieces = _join(((slot.meta or _NO_META).security, slot.serviceType, slot.specialty, slot.appointmentType))
            kind = vocabulary.known(pieces) or vocabulary.learn(pieces)
            organizations: tuple[OfferedOrganization, ...] = ()
            if kind.findings or kind.concerns_cpts or kind.private:
                accepted = self._particular(slot, kind)
                if accepted is None:
                    continue
                organizations = accepted
            comment = slot.comment or ""
            url = links[comment] if comment in links else self._link(comment)
            booking = kind.booking or ("ROUTINE" if url else "WALKIN")
            if url is None and booking == "ROUTINE":
                self._notes.warn("D19", f"Slot/{slot.id} comment {comment.partition('?')[0]}")
            offered.append(
                OfferedSlot(
                    agenda.practitioner,
                    start,
                    end,
                    agenda.place,
                    slot.id,
                    kind.modalities,
                    kind.types,
                    booking,
                    kind.reasons,
                    kind.specialties,
                    url,
                    organizations,
                )
            )
        return offered

    def _is_free(self, slot: Resource) -> bool:
        """`FREE` is understood; any other status, or none, is not free (D24)."""
        if (slot.status or "").strip().lower() == "free":
            self._notes.warn("D24", f"Slot.status {slot.status}")
            return True
        self._notes.drop("D24", f"Slot.status {slot.status or 'absent'}")
        return False

    def _in_paris(self, moment: datetime) -> datetime:
        """A time without offset is Paris time (D26), handed on with the offset it has there at that instant."""
        if moment.tzinfo is not None:
            return moment
        self._notes.warn("D26", f"sans fuseau {moment.isoformat()}")
        offset = moment.replace(tzinfo=PARIS).utcoffset() or timedelta(0)
        return moment.replace(tzinfo=timezone(offset))

    def _particular(self, slot: Resource, kind: vocabulary.SlotKind) -> tuple[OfferedOrganization, ...] | None:
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


def _in_zone(moment: datetime, zone: tzinfo | None) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the year 9999 seen from the east
        return moment


def _arranged(offered: list[OfferedSlot], notes: Notes) -> tuple[OfferedSlot, ...]:
    """Sorted, each once (D30, D31), the earliest 2,000 (D49)."""
    if len(offered) > MAX_SLOTS:
        notes.warn("D49", f"{len(offered)} Slot")
    offered.sort(key=_by_start)
    offered.sort(key=_by_practitioner)  # stable: two cheap sorts beat one on pairs
    unique = _each_once(offered, notes)
    if len(unique) > MAX_SLOTS:
        kept = sorted(unique, key=_by_start)[:MAX_SLOTS]
        kept.sort(key=_by_practitioner)
        return tuple(kept)
    return tuple(unique)


def _each_once(offered: list[OfferedSlot], notes: Notes) -> list[OfferedSlot]:
    """Without a second slot of the same id, or of the same professional, place, times and booking mode.

    Neighbours only can be equal in all that, so the usual list is walked once, comparing little.
    """
    ids = {slot.slot_id for slot in offered}
    ids.discard("")
    twice = len(ids) < sum(1 for slot in offered if slot.slot_id)
    seen_ids: set[str] = set()
    same_start: list[OfferedSlot] = []
    unique: list[OfferedSlot] = []
    for slot in offered:
        if twice and slot.slot_id:
            if slot.slot_id in seen_ids:
                continue
            seen_ids.add(slot.slot_id)
        if same_start and same_start[0].start == slot.start and same_start[0].practitioner == slot.practitioner:
            if any(
                other.end == slot.end and other.booking == slot.booking and other.place == slot.place
                for other in same_start
            ):
                notes.info("D31", f"Slot/{slot.slot_id}")
                continue
            same_start.append(slot)
        else:
            same_start = [slot]
        unique.append(slot)
    return unique
