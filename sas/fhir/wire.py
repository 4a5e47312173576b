# ruff: noqa: N815 (names are those of FHIR)
"""The shapes decoded straight from the bytes of a search answer (interop.md §2): what is read, and nothing else.

One struct per type of resource, told apart by `resourceType`. Fields follow the order in which FHIR servers write
them, which is what msgspec matches fastest. `Raw` fields are kept undecoded: the vocabulary of slots is the same few
pieces of text over and over (`sas.fhir.vocabulary`), the rest is looked into only when something is unusual.

Strict on purpose: an answer that does not fit, or that holds a type unknown here, is read again entry by entry
(`sas.fhir.repairs`), and only the entry that does not fit is bent. `gc=False`: these values hold no cycle, and a
collector that skips them has no 20 ms pauses. Names are FHIR's.
"""

from datetime import datetime
from typing import ClassVar, Final, TypeAlias, get_args

from msgspec import Raw, Struct, json

ABSENT: Final = Raw(b"")
NO_TIME: Final = datetime.min  # noqa: DTZ901 — on purpose without offset: it compares with no instant


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


class Contained(Struct, gc=False):
    """A contained resource: a Location, as far as slots are concerned."""

    resourceType: str = ""
    id: str = ""
    name: object = None  # a string, or whatever was sent for one (D50)
    address: Address | None = None
    position: Position | None = None


class Tagged(Struct, gc=False, tag_field="resourceType"):
    """An entry's resource. `prefix` and `id` make the reference by which others name it (`Practitioner/123`)."""

    prefix: ClassVar[str] = "/"

    id: str = ""


class Slot(Tagged, gc=False, tag="Slot"):
    prefix = "Slot/"

    meta: Meta | None = None
    serviceType: Raw = ABSENT
    specialty: Raw = ABSENT
    appointmentType: Raw = ABSENT
    schedule: ScheduleReference | None = None
    status: str | None = None
    start: datetime = NO_TIME
    end: datetime = NO_TIME
    comment: str | None = None


class Schedule(Tagged, gc=False, tag="Schedule"):
    prefix = "Schedule/"

    actor: list[Reference] | None = None


class Practitioner(Tagged, gc=False, tag="Practitioner"):
    prefix = "Practitioner/"

    identifier: list[Identifier] | None = None
    telecom: list[ContactPoint] | None = None


class PractitionerRole(Tagged, gc=False, tag="PractitionerRole"):
    prefix = "PractitionerRole/"

    contained: list[Contained] | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    location: list[Reference] | None = None
    telecom: list[ContactPoint] | None = None


class Location(Tagged, gc=False, tag="Location"):
    """A Location of its own: SOS Médecins, and editors who do not contain it (D21)."""

    prefix = "Location/"

    name: object = None
    address: Address | None = None
    position: Position | None = None


class HealthcareService(Tagged, gc=False, tag="HealthcareService"):
    prefix = "HealthcareService/"

    providedBy: Reference | None = None


class Organization(Tagged, gc=False, tag="Organization"):
    prefix = "Organization/"

    identifier: list[Identifier] | None = None
    name: object = None
    telecom: list[ContactPoint] | None = None


class OperationOutcome(Tagged, gc=False, tag="OperationOutcome"):
    prefix = "OperationOutcome/"

    issue: Raw = ABSENT


class Foreign(Tagged, gc=False, tag="*"):
    """A resource of a type that no flow uses: there, and not looked at."""


Resource: TypeAlias = (
    Slot
    | Schedule
    | Practitioner
    | PractitionerRole
    | Location
    | HealthcareService
    | Organization
    | OperationOutcome
    | Foreign
)
RESOURCE_TYPES: Final = frozenset(kind.__name__ for kind in get_args(Resource) if kind is not Foreign)


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
