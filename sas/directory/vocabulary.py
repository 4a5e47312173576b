"""What a regulator looks for: specialties and professions, their national codes, and the words people use for them.

A *discipline* is the key stored on each place of practice and indexed. Specialties that a patient cannot tell apart
are one discipline: SM26, SM53 and SM54 are all `SM54`, « Médecine générale » (`data/disciplines.csv`). Professions
without specialties are their TRE_G15 code. A doctor whose specialty the source does not say is `10`: kept and
searchable, but never shown as a general practitioner.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from rapidfuzz.distance import OSA

from sas.directory.gazetteer_names import fold
from sas.directory.structure_kinds import PREFIX, structure_kinds

DATA = Path(__file__).parent / "data"
DOCTOR = "10"
GENERAL_PRACTICE = "SM54"
#: Code systems of contextual calls (spec/hub-and-lrm.md part II): ordinal specialties TRE_R38, professions TRE_G15.
SPECIALTIES_OID = "1.2.250.1.213.2.28"
PROFESSIONS_OID = "1.2.250.1.71.1.2.7"

_SPECIALTY = re.compile(r"SM\d{1,4}")
_URN = re.compile(r"urn:oid:([0-9.]{3,64})\|([A-Za-z0-9]{1,16})")
_LONGEST_TEXT = 100
_SHORTEST_TEXT = 2
_SHORTEST_MISSPELT = 4
#: Said around a specialty without naming one: « Consultation de cardiologie », « Dr en pédiatrie ».
_AROUND = re.compile(
    r"^(?:(?:consultation|rendez vous|rdv|docteur|dr|medecin|specialiste|cabinet)(?: (?:de|d|en|du))? )+"
)


Kind = Literal["specialty", "profession", "structure"]


class Discipline(NamedTuple):
    """`kind` is « specialty » of doctors (or of a profession that has some), a whole « profession », or « structure ».

    A structure's code is `S:` and its activity (« S:pharmacy »): it is no discipline of a place of practice. Look for
    `structure_queries.structures_near([found.activity], …)` instead of `queries.nearest(specialty=…)`.
    """

    code: str
    label: str
    kind: Kind
    professions: tuple[str, ...] = ()
    savoir_faire: tuple[str, ...] = ()

    @property
    def activity(self) -> str | None:
        """Of a kind of structure: what `Structure.sought` compares (« pharmacy »); None for people."""
        return self.code.removeprefix(PREFIX) if self.kind == "structure" else None


class WhatSuggestion(NamedTuple):
    """One line of the autocompletion of « quoi »."""

    code: str
    label: str
    kind: Kind


class _Vocabulary(NamedTuple):
    disciplines: dict[str, Discipline]
    #: (profession, savoir-faire code or "") → discipline code.
    by_codes: dict[tuple[str, str], str]
    #: Folded words for each discipline, label first, in the order of the file (the most asked for first).
    terms: tuple[tuple[Discipline, tuple[str, ...]], ...]


def discipline_of(profession: str, savoir_faire: str) -> str | None:
    """The discipline of one activity of the Annuaire Santé; None when it is not kept.

    `profession` is a TRE_G15 code, `savoir_faire` a code of any list or "". Not kept: professions that do not receive
    patients, and a doctor's second qualifications (capacities, DESC…): the doctor's specialty is another row.
    Specialties newer than our table are disciplines of their own.
    """
    profession, savoir_faire = profession.strip(), savoir_faire.strip().upper()
    if profession not in receiving_professions():
        return None
    known = _vocabulary().by_codes.get((profession, savoir_faire))
    if known is not None:
        return known
    if profession == DOCTOR:
        return savoir_faire if _SPECIALTY.fullmatch(savoir_faire) else None
    return _vocabulary().by_codes.get((profession, ""))


@cache
def receiving_professions() -> frozenset[str]:
    """TRE_G15 codes of the professions that can receive a patient, kept on import (`data/professions.csv`)."""
    return frozenset(row["code"] for row in _rows("professions.csv") if row["receives"] == "yes")


@cache
def profession_labels() -> Mapping[str, str]:
    """TRE_G15 code → name of the profession."""
    return {row["code"]: row["label"] for row in _rows("professions.csv")}


def discipline(code: str) -> Discipline | None:
    """By its own code; a specialty that our table does not know is named by its code."""
    known = _vocabulary().disciplines.get(code) or _structures().get(code)
    if known is None and _SPECIALTY.fullmatch(code):
        return Discipline(code, f"Spécialité {code}", "specialty", (DOCTOR,), (code,))
    return known


def label(code: str) -> str:
    """« Médecine générale » for `SM54`; the code itself when nothing better is known."""
    known = discipline(code)
    return known.label if known else code


def disciplines() -> tuple[Discipline, ...]:
    """Those of people, the most asked for first. Kinds of structures are not among them."""
    return tuple(_vocabulary().disciplines.values())


def suggest_what(text: str, limit: int = 8) -> list[WhatSuggestion]:
    """Disciplines that the typed text may mean, the likeliest first, from two characters on; never raises."""
    return [WhatSuggestion(found.code, found.label, found.kind) for found, _ in _ranked(text)[: max(limit, 0)]]


@lru_cache(maxsize=1024)  # regulators ask the same few hundred things, some thousands of times an hour
def resolve_what(text: str) -> Discipline | None:
    """The discipline meant by a whole question: a code, an urn, a name, a usual word, or one with a letter wrong.

    Unlike a suggestion, the beginning of a word is not enough unless it leads to one discipline only.
    """
    cleaned = text.strip()[: _LONGEST_TEXT + 1]
    found = from_urn(cleaned) or _by_code(cleaned.upper())
    if found is not None:
        return found
    ranked = _ranked(cleaned)
    if not ranked:
        return None
    (best, tier) = ranked[0]
    if tier in (_EXACT, _MISSPELT) or len(ranked) == 1:
        return best
    return None


def from_urn(text: str) -> Discipline | None:
    """« urn:oid:1.2.250.1.213.2.28|SM54 » or « urn:oid:1.2.250.1.71.1.2.7|40 »; None for any other text or code."""
    found = _URN.fullmatch(text.strip()) if len(text) <= _LONGEST_TEXT else None
    if found is None:
        return None
    oid, code = found[1], found[2].upper()
    if oid == SPECIALTIES_OID and _SPECIALTY.fullmatch(code):
        return _by_code(code)
    return _by_code(code) if oid == PROFESSIONS_OID and code in receiving_professions() else None


def _by_code(code: str) -> Discipline | None:
    """National codes too: SM26 leads to `SM54`, profession 69 to `60`."""
    by_codes = _vocabulary().by_codes
    if _SPECIALTY.fullmatch(code):
        return discipline(by_codes.get((DOCTOR, code), code))
    if code.startswith(PREFIX):
        return _structures().get(PREFIX + code.removeprefix(PREFIX).lower())
    return discipline(by_codes.get((code, ""), code))


_EXACT, _BEGINS, _WORDS, _MISSPELT = range(4)


def _ranked(text: str) -> list[tuple[Discipline, int]]:
    if not _SHORTEST_TEXT <= len(text.strip()) <= _LONGEST_TEXT:
        return []
    typed = fold(text).replace("\n", " ").strip()
    if len(typed) < _SHORTEST_TEXT:
        return []
    bare = _AROUND.sub("", typed)
    found = []
    for candidate, terms in (*_vocabulary().terms, *_structure_terms()):
        tiers = [tier for form in {typed, bare} if form and (tier := _tier(form, terms)) is not None]
        if tiers:
            found.append((candidate, min(tiers)))
    typed_right = [pair for pair in found if pair[1] != _MISSPELT]
    return sorted(typed_right or found, key=lambda pair: pair[1])


def _tier(typed: str, terms: tuple[str, ...]) -> int | None:
    if typed in terms:
        return _EXACT
    if any(term.startswith(typed) for term in terms):
        return _BEGINS
    words = typed.split()
    if any(all(any(word.startswith(w) for word in term.split()) for w in words) for term in terms):
        return _WORDS
    if len(typed) >= _SHORTEST_MISSPELT and any(_is_nearly(typed, term) for term in terms):
        return _MISSPELT
    return None


def _is_nearly(typed: str, term: str) -> bool:
    """One letter off the term, or off its beginning while it is being typed (two off for long words)."""
    allowed = 1 if len(typed) < 8 else 2
    return (
        any(OSA.distance(typed, term[: len(typed) + shift], score_cutoff=allowed) <= allowed for shift in (-1, 0, 1))
        and typed[0] == term[:1]
    )


@cache
def _vocabulary() -> _Vocabulary:
    found: dict[str, Discipline] = {}
    by_codes: dict[tuple[str, str], str] = {}
    terms = []
    for row in _rows("disciplines.csv"):
        professions, savoir_faire = tuple(row["profession"].split()), tuple(row["savoir_faire"].split())
        is_profession = row["code"].isdigit()
        entry = Discipline(
            *(row["code"], row["label"], "profession" if is_profession else "specialty", professions, savoir_faire)
        )
        found[entry.code] = entry
        for profession in professions:
            for code in (*savoir_faire, *([""] if is_profession else [])):
                by_codes[profession, code] = entry.code
        terms.append((entry, tuple(fold(term).strip() for term in (entry.label, *row["synonyms"].split("|")) if term)))
    return _Vocabulary(found, by_codes, tuple(terms))


@cache
def _structures() -> Mapping[str, Discipline]:
    return {kind.code: Discipline(kind.code, kind.label, "structure") for kind in structure_kinds().values()}


@cache
def _structure_terms() -> tuple[tuple[Discipline, tuple[str, ...]], ...]:
    return tuple(
        (_structures()[kind.code], tuple(fold(term).strip() for term in (kind.label, *kind.synonyms)))
        for kind in structure_kinds().values()
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter=";")
