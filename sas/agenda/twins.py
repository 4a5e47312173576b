"""Two identical créneaux of the same place are never offered: found by comparing patterns, not only their columns."""

from collections import defaultdict
from collections.abc import Iterable

from sas.agenda.models import Series
from sas.agenda.rules import Pattern, first_twin, pieces
from sas.agenda.sheets import pattern_of
from sas.agenda.timing import horizon


class Twins:
    """What one owner offers at one place, by the bounds of its pieces. Kinds, and doctors that a structure names, do
    not disturb each other."""

    def __init__(self, rows: Iterable[Series]) -> None:
        self._known: dict[tuple[int | None, str, int, int], list[tuple[int | None, Pattern]]] = defaultdict(list)
        for row in rows:
            self.add(row)

    def add(self, series: Series) -> None:
        """From now on, this one counts too."""
        pattern = pattern_of(series)
        for piece in pieces(pattern):
            self._known[(series.practitioner_id, series.kind, *piece)].append((series.pk, pattern))

    def has(self, series: Series) -> bool:
        """Whether another one gives, on some day from its first, a piece of the same bounds."""
        pattern = pattern_of(series)
        found = {
            id(other): other
            for piece in pieces(pattern)
            for pk, other in self._known.get((series.practitioner_id, series.kind, *piece), ())
            if pk is None or pk != series.pk
        }
        first = pattern.first_on
        return any(first_twin(pattern, other, first, horizon(first)) is not None for other in found.values())
