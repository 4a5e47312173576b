"""Who practises where: columns, invariants, indexes.

Nothing here but the shape of the data. Reads are in `queries.py` (raw SQL on the hot path), writes in `services.py`,
`importing.py` and `structures.py`. Communes are not a table: the gazetteer holds them in memory.
"""

from sas.directory.models.import_runs import ImportRun
from sas.directory.models.people import PracticeLocation, Practitioner
from sas.directory.models.places_in_words import Precision
from sas.directory.models.structures import Structure
from sas.directory.models.territories import Coverage, Filiere, Territory, TerritoryState

__all__ = [
    "Coverage",
    "Filiere",
    "ImportRun",
    "PracticeLocation",
    "Practitioner",
    "Precision",
    "Structure",
    "Territory",
    "TerritoryState",
]
