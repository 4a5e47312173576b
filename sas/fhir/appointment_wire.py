# ruff: noqa: N815 (names are those of FHIR)
"""The shape decoded from the bytes of an Appointment: the elements of its profiles, and no other (interop.md §2.10).

What is not named here is neither kept nor given back: that is how nothing about a patient enters (docs/adr/0006). The
elements of `PERSONAL` are only known to be there.
"""

from typing import Final

from msgspec import Raw, Struct, json

ABSENT: Final = Raw(b"")


class Coding(Struct, omit_defaults=True, gc=False):
    system: str = ""
    code: str = ""


class Concept(Struct, omit_defaults=True, gc=False):
    coding: list[Coding] = []


class Identifier(Struct, omit_defaults=True, gc=False):
    type: Concept | None = None
    system: str = ""
    value: str = ""


class Reference(Struct, omit_defaults=True, gc=False):
    reference: str = ""
    identifier: Identifier | None = None


class SlotReference(Struct, omit_defaults=True, gc=False):
    reference: str = ""


class Extension(Struct, omit_defaults=True, gc=False):
    url: str = ""
    valueReference: Reference | None = None
    valueCodeableConcept: Concept | None = None


class Participant(Struct, omit_defaults=True, gc=False):
    type: list[Concept] = []
    actor: Reference | None = None
    status: str = ""


class Meta(Struct, gc=False):
    profile: list[str] = []


class Appointment(Struct, gc=False):
    resourceType: str = ""
    meta: Meta | None = None
    extension: list[Extension] = []
    identifier: list[Identifier] = []
    status: str = ""
    specialty: list[Concept] = []
    slot: list[SlotReference] = []
    participant: list[Participant] = []
    start: str = ""
    end: str = ""
    created: str = ""
    # Of PERSONAL: never looked into.
    text: Raw = ABSENT
    contained: Raw = ABSENT
    description: Raw = ABSENT
    comment: Raw = ABSENT
    patientInstruction: Raw = ABSENT
    reasonCode: Raw = ABSENT
    reasonReference: Raw = ABSENT
    supportingInformation: Raw = ABSENT
    basedOn: Raw = ABSENT


class Named(Struct, gc=False):
    """What the body calls itself, when nothing else in it can be relied on."""

    resourceType: Raw = ABSENT


PERSONAL: Final = (
    *("text", "contained", "description", "comment", "patientInstruction"),
    *("reasonCode", "reasonReference", "supportingInformation", "basedOn"),
)
"""Elements of the base resource in which people write about a patient."""

appointment_decoder = json.Decoder(Appointment)
named_decoder = json.Decoder(Named)
