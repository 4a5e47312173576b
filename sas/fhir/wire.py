# ruff: noqa: N815 (names are those of FHIR)
"""The shapes decoded straight from the bytes of a search answer (interop.md §2).

One superset struct stands for every resource: a tagged union would lose the whole answer to one OperationOutcome
entry. Fields follow the order in which FHIR servers write them, which is what msgspec matches fastest. `Raw` fields
are kept undecoded: the vocabulary of slots is the same few pieces of text over and over (`sas.fhir.vocabulary`),
and what only one kind of resource needs is decoded when that kind is met.

Strict on purpose: an entry that does not fit goes through `sas.fhir.repairs`, alone. `gc=False`: these values hold no
cycle, and a collector that skips them has no 20 ms pauses. Names are FHIR's.
"""

from datetime import datetime

from msgspec import Raw, Struct, json

ABSENT = Raw(b"")


class Meta(Struct, gc=False):
    profile: Raw = ABSENT
    security: Raw = ABSENT


class Identifier(Struct, gc=False):
    type: Raw = ABSENT
    system: str | None = None
    value: str | None = None


class Reference(Struct, gc=False):
    reference: str | None = None
    identifier: Identifier | None = None


class ScheduleReference(Struct, gc=False):
    reference: str = ""


class ContactPoint(Struct, gc=False):
    system: str | None = None
    value: str | None = None


class Address(Struct, gc=False):
    extension: Raw = ABSENT
    line: list[str] | None = None
    city: str | None = None
    postalCode: str | None = None


class Position(Struct, gc=False):
    longitude: float | None = None
    latitude: float | None = None


class Location(Struct, gc=False):
    """A contained resource: a Location, as far as slots are concerned."""

    resourceType: str = ""
    id: str = ""
    identifier: list[Identifier] | None = None
    name: Raw = ABSENT
    telecom: list[ContactPoint] | None = None
    address: Address | None = None
    position: Position | None = None


class Resource(Struct, gc=False):
    """Slot, Schedule, Practitioner, PractitionerRole, Location, HealthcareService, Organization, OperationOutcome."""

    resourceType: str = ""
    id: str = ""
    meta: Meta | None = None
    contained: list[Location] | None = None
    identifier: list[Identifier] | None = None
    providedBy: Reference | None = None
    serviceType: Raw = ABSENT
    specialty: Raw = ABSENT
    appointmentType: Raw = ABSENT
    schedule: ScheduleReference | None = None
    status: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    comment: str | None = None
    name: Raw = ABSENT
    actor: list[Reference] | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    location: list[Reference] | None = None
    telecom: list[ContactPoint] | None = None
    address: Address | None = None
    position: Position | None = None
    issue: Raw = ABSENT


class Entry(Struct, gc=False):
    resource: Resource | None = None


class Bundle(Struct, gc=False):
    resourceType: str | None = None
    type: str | None = None
    total: Raw = ABSENT
    link: Raw = ABSENT
    entry: list[Entry] | None = None
    issue: Raw = ABSENT  # present when the answer is an OperationOutcome (D41)


class Envelope(Struct, gc=False):
    """The same answer when something in it has an unexpected type: nothing here can fail but the syntax."""

    resourceType: Raw = ABSENT
    type: Raw = ABSENT
    total: Raw = ABSENT
    link: Raw = ABSENT
    entry: Raw = ABSENT
    issue: Raw = ABSENT


class EntryUrl(Struct, gc=False):
    """`fullUrl` of an entry, looked at only when a reference is not of the plain `Type/id` form (D29)."""

    fullUrl: Raw = ABSENT


class EntryUrls(Struct, gc=False):
    entry: list[EntryUrl] | None = None


bundle_decoder = json.Decoder(Bundle)
envelope_decoder = json.Decoder(Envelope)
entries_decoder = json.Decoder(list[Raw])
entry_decoder = json.Decoder(Entry)
entry_urls_decoder = json.Decoder(EntryUrls)
