"""From a reference to what stands behind it: the professional asked for, the place, the CPTS (interop.md §6).

One `Resolver` lives for one answer. Everything it finds is remembered, so that 2,000 slots of 25 professionals cost 25
resolutions, and slots of one place share one `OfferedPlace`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TypeVar

import msgspec

from sas.fhir.identifiers import is_practitioner_id, is_structure_id, practitioner_id, structure_id, system
from sas.fhir.loose import text
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedOrganization, OfferedPlace, OfferedSlot
from sas.fhir.phones import normalise_phone
from sas.fhir.places import place_of
from sas.fhir.systems import IDNPS, IDNST
from sas.fhir.wire import (
    ABSENT,
    ContactPoint,
    HealthcareService,
    Identifier,
    Location,
    Organization,
    Practitioner,
    PractitionerRole,
    Reference,
    Resource,
    Schedule,
    Tagged,
)

T = TypeVar("T", bound=Tagged)

_TYPE_AND_ID = re.compile(r"(?:^|/)([A-Za-z]+)/([^/\s]+?)(?:/_history/[^/]*)?/?$")


def _forget(slot: OfferedSlot) -> None:
    """Where slots go until somebody wants them."""


class Agenda(msgspec.Struct, gc=False):
    """What a Schedule leads to. `refusal`: the case for which its slots are dropped, empty when `keep` takes them."""

    practitioner: str = ""
    place: OfferedPlace | None = None
    refusal: str = ""
    evidence: str = ""
    keep: Callable[[OfferedSlot], None] = _forget


class Resolver:
    """Looks up the resources of one answer.

    `urls` gives the `fullUrl`s when they are needed: most answers use plain `Type/id` references and never ask.
    """

    def __init__(
        self,
        resources: Sequence[Resource],
        *,
        asked: Collection[str],
        notes: Notes,
        urls: Callable[[], dict[str, Resource]],
    ) -> None:
        # Backwards, so that the first of two wins (D30).
        self._by_key = {resource.prefix + resource.id: resource for resource in reversed(resources)}
        self._asked = frozenset(asked)
        self._asked_otherwise: dict[str, str] | None = None
        self._notes = notes
        self._load_urls = urls
        self._urls: dict[str, Resource] | None = None
        self._keys_lowered: dict[str, Resource] | None = None
        self._people: dict[int, str] = {}
        self._places: dict[int, OfferedPlace | None] = {}
        self._organizations: dict[str, OfferedOrganization | None] = {}

    # -- references -----------------------------------------------------------------------------------------------

    def _find(self, reference: str | None, kind: type[T]) -> T | None:
        """The resource of that type behind a reference: `Type/id`, absolute, versioned, `urn:uuid:` (D29)."""
        found = self._any(reference, kind)
        return found if isinstance(found, kind) else None

    def _any(self, reference: str | None, kind: type[Tagged]) -> Resource | None:
        """Whatever is behind a reference; `kind` completes one that is an id alone."""
        if not reference:
            return None
        return self._by_key.get(reference) or self._find_unusual(reference.strip(), kind)

    def _find_unusual(self, reference: str, kind: type[Tagged]) -> Resource | None:
        if self._urls is None:
            self._urls = self._load_urls()
        if by_url := self._urls.get(reference):
            return by_url
        if reference.lower().startswith("urn:uuid:"):
            return self._by_key.get(kind.prefix + reference[9:])
        match = _TYPE_AND_ID.search(reference)
        key = f"{match[1]}/{match[2]}" if match else kind.prefix + reference
        if self._keys_lowered is None:
            self._keys_lowered = {name.lower(): resource for name, resource in self._by_key.items()}
        return self._by_key.get(key) or self._keys_lowered.get(key.lower())

    # -- Schedule → professional and place ------------------------------------------------------------------------

    def agenda(self, reference: str) -> Agenda:
        """What the Schedule behind `Slot.schedule.reference` stands for (D13–D16, D29)."""
        schedule = self._by_key.get(reference)
        if type(schedule) is not Schedule and (schedule := self._find(reference, Schedule)) is None:
            return Agenda(refusal="D29", evidence=f"Slot.schedule {reference}")
        person, role = self._actors(schedule)
        if role is not None and person is None and role.practitioner is not None:  # D14
            person = self._find(role.practitioner.reference, Practitioner)
        if person is None:
            return self._agenda_without_person(schedule, role)
        if role is None:
            role = self._only_role_of(person)
            self._notes.warn("D15", f"Schedule/{schedule.id}")
        practitioner = self._practitioner(person)
        if not practitioner:
            return Agenda(refusal="D16", evidence=f"Practitioner/{person.id}")
        return Agenda(practitioner, self._place(role, person) if role is not None else None)

    def _actors(self, schedule: Schedule) -> tuple[Practitioner | None, PractitionerRole | None]:
        """The first professional and the first role of a Schedule."""
        person = role = None
        for actor in schedule.actor or ():
            found = (
                self._by_key.get(actor.reference or "")
                or self._any(actor.reference, Practitioner)
                or self._any(actor.reference, PractitionerRole)
            )
            if isinstance(found, Practitioner):
                person = person or found
            elif isinstance(found, PractitionerRole):
                role = role or found
        return person, role

    def _agenda_without_person(self, schedule: Schedule, role: PractitionerRole | None) -> Agenda:
        """No Practitioner resource: a logical reference (identifier only) may still say who it is."""
        references = [*(schedule.actor or ()), *([role.practitioner] if role and role.practitioner else ())]
        logical = [reference.identifier for reference in references if reference.identifier]
        practitioner = self._match(logical)
        if not practitioner:
            case = "D16" if logical else "D29"
            return Agenda(refusal=case, evidence=f"Schedule/{schedule.id} actor")
        return Agenda(practitioner, self._place(role, None) if role is not None else None)

    def _only_role_of(self, person: Practitioner) -> PractitionerRole | None:
        roles = [
            resource
            for resource in self._by_key.values()
            if isinstance(resource, PractitionerRole)
            and resource.practitioner is not None
            and self._find(resource.practitioner.reference, Practitioner) is person
        ]
        return roles[0] if len(roles) == 1 else None

    def _practitioner(self, person: Practitioner) -> str:
        """The id of that person as it was asked, empty when nobody asked for them (D01, D16, D32, D33)."""
        key = id(person)
        if key not in self._people:
            self._people[key] = self._match(person.identifier or ())
        return self._people[key]

    def _match(self, identifiers: Iterable[Identifier]) -> str:
        for identifier in identifiers:
            written = identifier.value
            if not written:
                continue
            if written in self._asked and identifier.system == IDNPS and identifier.type is not ABSENT:
                return written
            value = practitioner_id(written)
            asked = self._as_asked(value.value)
            if not asked:
                continue
            origin = system(identifier.system or "")
            if origin.value == IDNPS or (not origin.value and is_practitioner_id(value.value)):
                self._warn_about(identifier, changed=value.changed, system_changed=origin.changed, case="D01")
                return asked
        return ""

    def _as_asked(self, normalised: str) -> str:
        """How that id was written in the question, empty when it was not asked."""
        if self._asked_otherwise is None:
            self._asked_otherwise = {practitioner_id(value).value: value for value in sorted(self._asked)}
        return self._asked_otherwise.get(normalised, "")

    def _warn_about(self, identifier: Identifier, *, changed: bool, system_changed: bool, case: str) -> None:
        if changed:
            self._notes.warn(case, f"identifier.value {identifier.value}")
        if system_changed:
            self._notes.warn("D03", f"identifier.system {identifier.system}")
        if not identifier.system or identifier.type is ABSENT:
            self._notes.warn("D22", "identifier.type" if identifier.system else "identifier.system")

    # -- PractitionerRole → place ---------------------------------------------------------------------------------

    def _place(self, role: PractitionerRole, person: Practitioner | None) -> OfferedPlace | None:
        key = id(role)
        if key in self._places:
            return self._places[key]
        phone = self._phone(role.telecom) if role.telecom else None
        if phone is None and person is not None and person.telecom:
            phone = self._phone(person.telecom)
        structure_id = self._structure_of(role.organization) if role.organization is not None else None
        place = self._places[key] = place_of(
            role, find=self._location, structure_id=structure_id, phone=phone, notes=self._notes
        )
        return place

    def _location(self, reference: str) -> Location | None:
        return self._find(reference, Location)

    def _structure_of(self, organization: Reference) -> str | None:
        if organization.identifier is not None:
            return self._structure_id((organization.identifier,))
        found = self._find(organization.reference, Organization)
        return self._structure_id(found.identifier or ()) if found is not None else None

    def _structure_id(self, identifiers: Iterable[Identifier]) -> str | None:
        """Prefixed national id (D02, D03, D22, D47); internal ids are not national ones."""
        for identifier in identifiers:
            if not identifier.value:
                continue
            if identifier.system == IDNST and identifier.type is not ABSENT and is_structure_id(identifier.value):
                return identifier.value
            value, origin = structure_id(identifier.value), system(identifier.system or "")
            if origin.value == IDNST or (not origin.value and is_structure_id(value.value)):
                self._warn_about(identifier, changed=value.changed, system_changed=origin.changed, case="D02")
                return value.value
        return None

    def _phone(self, telecoms: Iterable[ContactPoint]) -> str | None:
        for telecom in telecoms:
            if telecom.value and telecom.system in ("phone", "sms", None, ""):
                phone, changed = normalise_phone(telecom.value)
                if changed:
                    self._notes.warn("D04", "telecom.value" if phone else "telecom.value unusable")
                if phone:
                    return phone
        return None

    # -- HealthcareService → CPTS ---------------------------------------------------------------------------------

    def organizations(self, references: Iterable[str]) -> tuple[OfferedOrganization, ...]:
        """The CPTS behind references to HealthcareService, each once (D08, D11, D12)."""
        found: dict[str, OfferedOrganization] = {}
        for reference in references:
            if reference not in self._organizations:
                self._organizations[reference] = self._organization(reference)
            organization = self._organizations[reference]
            if organization is None:
                self._notes.warn("D08", reference)
            elif organization.national_id in found:
                self._notes.warn("D12", reference)
            else:
                found[organization.national_id] = organization
        return tuple(found.values())

    def _organization(self, reference: str) -> OfferedOrganization | None:
        service = self._find(reference, HealthcareService)
        held_by = service.providedBy if service is not None else None
        organization = self._find(held_by.reference, Organization) if held_by is not None else None
        if organization is None:
            logical = held_by.identifier if held_by is not None else None
            national_id = self._structure_id((logical,)) if logical else None
            return OfferedOrganization(national_id) if national_id else None
        national_id = self._structure_id(organization.identifier or ())
        if national_id is None:
            return None
        return OfferedOrganization(
            national_id, name=text(organization.name) or None, phone=self._phone(organization.telecom or ())
        )
