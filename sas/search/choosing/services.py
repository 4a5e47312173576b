"""What a regulator does on the panel of an editor's slot."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sas.accounts.models import User
from sas.aggregator.bookings import record_choice
from sas.lrm.queries import lrm_of_origin
from sas.search.chosen import Chosen
from sas.web.audit import record


def choose_slot(
    *, chosen: Chosen, user: User, key: UUID, origin: str, territory_id: int | None, by: str, at: datetime
) -> UUID:
    """Its booking page is about to open: a pending orientation, once for the same `key`. `origin`: what the call of
    the regulation software brought, kept only when it is one that we know."""
    known = lrm_of_origin(origin)
    return record_choice(
        slot=chosen.facts(),
        user=user,
        key=key,
        origin=known.origin if known else "",
        territory_id=territory_id,
        by=by,
        at=at,
    )


@transaction.atomic
def note_booking_call(*, chosen: Chosen, by: str, at: datetime) -> None:
    """The practice was called before its slot was booked, as the SAS of the place asks (platform.md §7.1)."""
    record(
        "note_booking_call", by=by, at=at, target=f"lieu {chosen.facts().location_id}", after={"slot": chosen.slot.id}
    )
