"""The patient's own doctor (« médecin traitant »), named by whoever searches or by the regulation software. Reads only.

By national id, or by the professional's name: then every word must be a whole word of a doctor's name. One bearer in
the department of the search, failing that in the country, is the doctor; several are offered, never guessed (pitfalls
23).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sas.directory import queries as directory_queries
from sas.directory.geocoding import Place
from sas.directory.queries import Candidate
from sas.directory.rules import person_text, search_key
from sas.directory.vocabulary import DOCTOR, label
from sas.search.criteria import Criteria

TITLES = frozenset({"dr", "docteur", "docteure", "pr", "professeur", "professeure", "m", "mme", "mlle", "madame"})
TITLES |= {"monsieur", "medecin", "traitant", "traitante"}
MOST_READ = 100
MOST_CHOICES = 5
UNKNOWN_ID = "Médecin traitant non identifié : l’annuaire ne connaît pas ce numéro, ou plus de lieu d’exercice."
UNREADABLE = "Médecin traitant non identifié : écrivez le nom du professionnel."


@dataclass(frozen=True, slots=True)
class Doctor:
    """Who was found: `rows`, their places. Else `remark` says why not, and `choices` (label, `mtid`) who it may be."""

    rows: tuple[Candidate, ...] = ()
    remark: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """« Camille NOM », nothing when nobody was found."""
        return f"{self.rows[0].given_name} {self.rows[0].family_name}".strip() if self.rows else ""

    @property
    def code(self) -> str:
        """What `mtid` holds."""
        return f"P:{self.rows[0].national_id}" if self.rows else ""


NOBODY = Doctor()


def preferred_doctor(criteria: Criteria, place: Place) -> Doctor:
    """Whom the search names. No query when it names nobody; one or two."""
    if criteria.doctor_code:
        rows = directory_queries.by_national_ids([criteria.doctor_code.removeprefix("P:")])
        if rows:
            return Doctor(tuple(rows))
        if not criteria.doctor:
            return Doctor(remark=UNKNOWN_ID)
    return _named(criteria.doctor, place) if criteria.doctor else NOBODY


def _named(typed: str, place: Place) -> Doctor:
    words = [word for word in search_key(typed).split() if word not in TITLES]
    if len("".join(words)) < 2:
        return Doctor(remark=UNREADABLE)
    point = (place.latitude, place.longitude)
    found = directory_queries.by_name(" ".join(words), limit=MOST_READ, latitude=point[0], longitude=point[1])
    doctors = [row for row in found if row.profession == DOCTOR]
    named = [row for row in doctors if _bears(row, words)]
    here = [row for row in named if row.department == place.department]
    people = _people(here or named)
    if len(people) == 1 and len(found) < MOST_READ:
        return Doctor(tuple(row for row in named if row.practitioner_id == people[0].practitioner_id))
    if people:
        remark = f"Plusieurs médecins s’appellent « {typed} » : choisissez le médecin traitant."
        return Doctor(remark=remark, choices=_choices(people))
    near = _people(doctors)
    meant = " Vouliez-vous dire :" if near else " Vérifiez l’orthographe, ou écrivez le nom et le prénom."
    remark = f"Médecin traitant non identifié : aucun médecin « {typed} » dans l’annuaire.{meant}"
    return Doctor(remark=remark, choices=_choices(near))


def _bears(row: Candidate, words: Sequence[str]) -> bool:
    return set(words) <= set(search_key(f"{row.given_name} {row.family_name}").split())


def _people(rows: Sequence[Candidate]) -> list[Candidate]:
    """One place of each, the nearest."""
    nearest: dict[int, Candidate] = {}
    for row in rows:
        nearest.setdefault(row.practitioner_id, row)
    return list(nearest.values())


def _choices(people: Sequence[Candidate]) -> tuple[tuple[str, str], ...]:
    return tuple((_described(row), f"P:{row.national_id}") for row in people[:MOST_CHOICES])


def _described(row: Candidate) -> str:
    """« Dr Camille NOM, médecine générale, Lille (59) »: what tells homonyms apart."""
    name = person_text(row.civility, row.given_name, row.family_name)
    return f"{name}, {label(row.specialty).lower()}, {row.city} ({row.department})"
