"""The words in which an editor's free slots leave the wire: what every reader returns, whatever the flow.

Values only. Times are aware datetimes carrying the offset the editor gave; national ids are prefixed
(`8`+RPPS, `0`+ADELI, structures `1` FINESS, `3` SIRET, `4` RPPS-rang; interop.md §3.1).
"""

from datetime import datetime

import msgspec

from sas.fhir.findings import Finding


class OfferedPlace(msgspec.Struct, frozen=True, gc=False):
    """Where a slot takes place, as the editor describes it (§2.5, §2.6). `None` = the editor did not say.

    `structure_id`: the prefixed IDNST of `PractitionerRole.organization`; `phone`: `+33…` (role, then practitioner).
    """

    structure_id: str | None = None
    name: str | None = None
    line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    insee: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None


class OfferedOrganization(msgspec.Struct, frozen=True, gc=False):
    """A structure that a slot is reserved to or held by: CPTS (§2.7–2.8), SOS Médecins association."""

    national_id: str
    name: str | None = None
    phone: str | None = None


class OfferedSlot(msgspec.Struct, frozen=True, gc=False):
    """One free slot. `practitioner` is the prefixed national id *as it was asked*; empty for SOS Médecins.

    `modalities` ⊆ AMB (cabinet), HH (visite), VR (téléconsultation); `types` ⊆ PUBLIC PRO SNP CPTS, or empty when the
    editor sent none that is known (D06: hidden by default). `url` is the absolute http(s) booking page, without
    `origin`; `None` = cannot be booked on line (D19). `reasons` are the motives as text.
    """

    practitioner: str
    start: datetime
    end: datetime
    place: OfferedPlace | None
    slot_id: str = ""
    modalities: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    booking: str = "ROUTINE"  # or WALKIN
    reasons: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    url: str | None = None
    organizations: tuple[OfferedOrganization, ...] = ()


class Reading(msgspec.Struct, frozen=True, gc=False):
    """A whole answer, read. `next_url` is the page that follows (D45), as given."""

    slots: tuple[OfferedSlot, ...]
    findings: tuple[Finding, ...] = ()
    next_url: str | None = None
