"""Every commune, department and postal code of France in memory: position, population, time zone, names.

Answers without network or database: autocompletion, the directory's import (`commune_for`), and geocoding when the
national address API is off or down (spec/platform.md §3.5). The data is described in `data/SOURCES.md`.
Immutable once loaded: safe to share between threads.
"""

import gc
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from sas.directory import gazetteer_names as names
from sas.directory.gazetteer_match import How, Match, Matcher
from sas.directory.gazetteer_places import Commune, Department, Part, Point
from sas.directory.gazetteer_suggest import Suggester, Suggestion
from sas.directory.gazetteer_tables import Tables, read

__all__ = ["Commune", "Department", "Gazetteer", "How", "Match", "Part", "Point", "Suggestion", "gazetteer"]

DATA = Path(__file__).parent / "data"


class Gazetteer(Tables):
    """See the module; look-ups by code are in `Tables`. Use the process-wide `gazetteer()`, or `Gazetteer.load()`."""

    def __init__(
        self, communes: Iterable[Commune], parts: Iterable[Part], departments: Mapping[str, Department]
    ) -> None:
        super().__init__(communes, parts, departments)
        self._suggester = Suggester(self)
        self._matcher = Matcher(self, self.named)

    @classmethod
    def load(cls, folder: Path = DATA) -> "Gazetteer":
        """Read the three files of `folder`: about 0.4 s and 50 MB for the whole country."""
        collecting = gc.isenabled()
        gc.disable()  # nothing made here is garbage: looking for some costs a quarter of the time
        try:
            return cls(*read(folder))
        finally:
            if collecting:
                gc.enable()

    def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Departments, communes and postal codes that the typed text may mean, the likeliest first; never raises."""
        return self._suggester.suggest(text, limit)

    def exact(self, text: str) -> list[Suggestion]:
        """Only places whose whole name, code, or name and code is the text; homonyms by falling population."""
        return self._suggester.exact(text)

    def commune_for(self, *, insee: str = "", postal_code: str = "", city: str = "") -> Match:
        """The commune meant by the three fields of an address as files give them, with how it was found."""
        return self._matcher.commune_for(insee=insee, postal_code=postal_code, city=city)

    def named(self, name: str) -> tuple[Commune | Part, ...]:
        """Communes and parts of that very name, whatever the accents, hyphens, article or « St »; largest first."""
        return self._suggester.exactly(names.key(names.fold(name)))


@cache
def gazetteer() -> Gazetteer:
    """The one gazetteer of this process, loaded at first use."""
    return Gazetteer.load()
