"""Who waits for whom on an agenda: its owner's row first, then the series (docs/locking.md)."""

from sas.agenda.models import Series
from sas.agenda.sheets import AgendaRefused, Spot, StaleError
from sas.directory.models import Practitioner, Structure


def lock_owner(*, practitioner_id: int | None, structure_id: int | None) -> None:
    """One writer at a time on this agenda, until the end of the transaction. Readers do not wait."""
    if structure_id is not None:
        Structure.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=structure_id)
    elif practitioner_id is not None:
        Practitioner.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=practitioner_id)


def lock_spot(spot: Spot) -> None:
    """The owner of that agenda."""
    lock_owner(
        practitioner_id=spot.practitioner.pk if spot.practitioner else None,
        structure_id=spot.structure.pk if spot.structure else None,
    )


def held(series: Series, version: int) -> Series:
    """The series as it stands, for this transaction alone. Raises `StaleError` when it is not the one that was read."""
    lock_owner(practitioner_id=series.practitioner_id, structure_id=series.structure_id)
    found = Series.objects.select_for_update(of=("self",)).filter(pk=series.pk)
    row = found.select_related("practitioner", "structure").first()
    if row is None:
        raise AgendaRefused("Ce créneau n’existe plus.")
    if row.version != version:
        raise StaleError(row.changed_by, row.changed_at)
    return row
