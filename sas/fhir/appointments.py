"""INT_R03: an Appointment of an editor, read or refused (interop.md §1.5, §2.10). Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AppointmentFacts:
    """What an Appointment says, normalised. `status`: pending, booked, fulfilled, noshow or cancelled.

    `operator_*`: the regulator (`operator_system` is `systems.IDNPS` or `systems.SAS`). `practitioner`: prefixed
    national id of who receives, empty when not known yet (SOS, CPTS). `created`: when it was booked, if said.
    `category`: of the extension of interop.md §2.11, empty without it. `warnings`: deviations that were accepted.
    """

    system: str
    value: str
    status: str
    starts_at: datetime
    ends_at: datetime
    created: datetime | None
    operator_system: str
    operator_value: str
    practitioner: str
    category: str = ""
    warnings: tuple[str, ...] = ()
