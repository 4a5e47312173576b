"""From a reference to what stands behind it: the professional asked for, the place, the CPTS (interop.md §6).

One `Resolver` lives for one answer. Everything it finds is remembered, so that 2,000 slots of 25 professionals cost 25
resolutions, and slots of one place share one `OfferedPlace`.
"""

import re
from collections.abc import Callable, Collection, Iterable

import msgspec

from sas.fhir.identifiers import is_practitioner_id, is_structure_id, practitioner_id, structure_id, system
from sas.fhir.loose import text, value_of
from sas.fhir.notes import Notes
from sas.fhir.offered import OfferedOrganization, OfferedPlace, OfferedSlot
from sas.fhir.phones import normalise_phone
from sas.fhir.places import place_of
from sas.fhir.systems import IDNPS, IDNST
from sas.fhir.wire import ABSENT, ContactPoint, Identifier, Reference, Resource

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
        resources: Iterable[Resource],
        *,
        asked: Collection[str],
        notes: Notes,
        urls: Callable[[], dict[str, Resource]],
    ) -> None:
        self._by_key: dict[str, Resource] = {}
        for resource in resources:
            self._by_key.setdefault(f"{resource.resourceType}/{resource.id}", resource)  # first wins (D30)
        self._asked = {practitioner_id(value).value: value for value in reversed(list(asked))}
        self._notes = notes
        self._load_urls = urls
        self._urls: dict[str, Resource] | None = None
        self._keys_lowered: dict[str, Resource] | None = None
        self._people: dict[int, str] = {}
        self._places: dict[int, OfferedPlace | None] = {}
        self._organizations: dict[str, OfferedOrganization | None] = {}

    # -- references -----------------------------------------------------------------------------------------------

    def find(self, reference: str | None, kind: str) -> Resource | None:
        """The resource of that type behind a reference: `Type/id`, absolute, versioned, `urn:uuid:` (D29)."""
        found = self._any(reference, kind)
        return found if found is not None and found.resourceType == kind else None

    def _any(self, reference: str | None, kind: str = "Practitioner") -> Resource | None:
        """Whatever is behind a reference; `kind` completes one that is an id alone."""
        if not reference:
            return None
        return self._by_key.get(reference) or self._find_unusual(reference.strip(), kind)

    def _find_unusual(self, reference: str, kind: str) -> Resource | None:
        if self._urls is None:
            self._urls = self._load_urls()
        if by_url := self._urls.get(reference):
            return by_url
        if reference.lower().startswith("urn:uuid:"):
            return self._by_key.get(f"{kind}/{reference[9:]}")
        match = _TYPE_AND_ID.search(reference)
        key = f"{match[1]}/{match[2]}" if match else f"{kind}/{reference}"
        if self._keys_lowered is None:
            self._keys_lowered = {name.lower(): resource for name, resource in self._by_key.items()}
        return self._by_key.get(key) or self._keys_lowered.get(key.lower())

    # -- Schedule → professional and place ------------------------------------------------------------------------

    def agenda(self, reference: str) -> Agenda:
        """What the Schedule behind `Slot.schedule.reference` stands for (D13–D16, D29)."""
        schedule = self.find(reference, "Schedule")
        if schedule is None:
            return Agenda(refusal="D29", evidence=f"Slot.schedule {reference}")
        person = role = None
        for actor in schedule.actor or ():
            found = self._any(actor.reference) or self._any(actor.reference, "PractitionerRole")
            if found is None:
                continue
            if found.resourceType == "Practitioner":
                person = person or found
            elif found.resourceType == "PractitionerRole":
                role = role or found
        if role is not None and person is None and role.practitioner is not None:  # D14
            person = self.find(role.practitioner.reference, "Practitioner")
        if person is None:
            return self._agenda_without_person(schedule, role)
        if role is None:
            role = self._only_role_of(person)
            self._notes.warn("D15", f"Schedule/{schedule.id}")
        practitioner = self._practitioner(person)
        if not practitioner:
            return Agenda(refusal="D16", evidence=f"Practitioner/{person.id}")
        return Agenda(practitioner, self._place(role, person) if role is not None else None)

    def _agenda_without_person(self, schedule: Resource, role: Resource | None) -> Agenda:
        """No Practitioner resource: a logical reference (identifier only) may still say who it is."""
        references = [*(schedule.actor or ()), *([role.practitioner] if role and role.practitioner else ())]
        logical = [reference.identifier for reference in references if reference.identifier]
        practitioner = self._match(logical, f"Schedule/{schedule.id}")
        if not practitioner:
            case = "D16" if logical else "D29"
            return Agenda(refusal=case, evidence=f"Schedule/{schedule.id} actor")
        return Agenda(practitioner, self._place(role, None) if role is not None else None)

    def _only_role_of(self, person: Resource) -> Resource | None:
        roles = [
            resource
            for resource in self._by_key.values()
            if resource.resourceType == "PractitionerRole"
            and resource.practitioner is not None
            and self.find(resource.practitioner.reference, "Practitioner") is person
        ]
        return roles[0] if len(roles) == 1 else None

    def _practitioner(self, person: Resource) -> str:
        """The id of that person as it was asked, empty when nobody asked for them (D01, D16, D32, D33)."""
        key = id(person)
        if key not in self._people:
            self._people[key] = self._match(person.identifier or (), f"Practitioner/{person.id}")
        return self._people[key]

    def _match(self, identifiers: Iterable[Identifier], where: str) -> str:
        for identifier in identifiers:
            written = identifier.value
            if written in self._asked and identifier.system == IDNPS and identifier.type is not ABSENT:
                return self._asked[written]
            if not written:
                continue
            value = practitioner_id(written)
            origin = system(identifier.system or "")
            if value.value not in self._asked:
                continue
            if origin.value == IDNPS or (not origin.value and is_practitioner_id(value.value)):
                self._warn_about(identifier, changed=value.changed, system_changed=origin.changed, case="D01")
                return self._asked[value.value]
        return ""

    def _warn_about(self, identifier: Identifier, *, changed: bool, system_changed: bool, case: str) -> None:
        if changed:
            self._notes.warn(case, f"identifier.value {identifier.value}")
        if system_changed:
            self._notes.warn("D03", f"identifier.system {identifier.system}")
        if not identifier.system or identifier.type is ABSENT:
            self._notes.warn("D22", "identifier.type" if identifier.system else "identifier.system")

    # -- PractitionerRole → place ---------------------------------------------------------------------------------

    def _place(self, role: Resource, person: Resource | None) -> OfferedPlace | None:
        key = id(role)
        if key not in self._places:
            phone = self._phone(role.telecom or ())
            if phone is None and person is not None:
                phone = self._phone(person.telecom or ())
            self._places[key] = place_of(
                role, find=self.find, structure_id=self._structure_of(role.organization), phone=phone, notes=self._notes
            )
        return self._places[key]

    def _structure_of(self, organization: Reference | None) -> str | None:
        if organization is None:
            return None
        if organization.identifier is not None:
            return self._structure_id((organization.identifier,))
        found = self.find(organization.reference, "Organization")
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
        service = self.find(reference, "HealthcareService")
        held_by = service.providedBy if service is not None else None
        organization = self.find(held_by.reference, "Organization") if held_by is not None else None
        if organization is None:
            logical = held_by.identifier if held_by is not None else None
            national_id = self._structure_id((logical,)) if logical else None
            return OfferedOrganization(national_id) if national_id else None
        national_id = self._structure_id(organization.identifier or ())
        if national_id is None:
            return None
        return OfferedOrganization(
            national_id, name=text(value_of(organization.name)) or None, phone=self._phone(organization.telecom or ())
        )
