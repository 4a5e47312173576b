"""The file of a territory's orientations: asking for it is an audit line, written before anything is sent."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from sas.directory.models import Territory
from sas.directory.territories import target_of
from sas.orientation.lists.filters import Wanted
from sas.orientation.territory.queries import Exported, exported, orientations_of
from sas.web import audit


@transaction.atomic
def export_orientations(*, territory: Territory, wanted: Wanted, by: str, at: datetime) -> Iterator[Exported]:
    """The whole of the filtered list, without names of doctors nor hours."""
    rows = orientations_of(territory, wanted, at)
    # What was typed is not kept: it should be the name of who receives, and nothing holds it to that.
    after = {"filters": wanted.query(suite="", texte="oui" if wanted.text else ""), "count": rows.count()}
    audit.record("export_orientations", by=by, at=at, target=target_of(territory), after=after)
    return exported(rows, territory)
