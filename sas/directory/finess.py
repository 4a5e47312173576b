"""The national extraction of FINESS establishments, as its publisher gives it: lines out, whatever the variant.

`;`-separated, UTF-8 or Latin-1, of any of these shapes (docs/operations.md):
- lines `structureet;…` and, in the same file or in another, `geolocalisation;…`, after a line `finess;etalab;…`;
- a header row that names the columns, coordinates in the same rows.
Pure reading: nothing here knows the database.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

_STRUCTURE = (
    *(
        "nofinesset",
        "nofinessej",
        "rs",
        "rslongue",
        "complrs",
        "compldistrib",
        "numvoie",
        "typvoie",
        "voie",
        "compvoie",
    ),
    *("lieuditbp", "commune", "departement", "libdepartement", "ligneacheminement", "telephone", "telecopie"),
    *("categetab", "libcategetab", "categagretab", "libcategagretab", "siret", "codeape", "codemft", "libmft"),
    *("codesph", "libsph", "dateouv", "dateautor", "datemaj", "numuai"),
)
_POSITION = ("nofinesset", "coordxet", "coordyet", "sourcecoordet", "datemaj")
_SAME = {
    "coordx": "coordxet",
    "coordy": "coordyet",
    "sourcecoord": "sourcecoordet",
    "longitude": "coordxet",
    "lon": "coordxet",
    "latitude": "coordyet",
    "lat": "coordyet",
    "nofinessej": "nofinessej",
}
"""Names that variants give to the same columns."""
LONGEST_LINE = 20_000
_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_HEAD = 4096


class Establishment(NamedTuple):
    """One establishment, in the register's words; empty where it says nothing. The last three may come apart."""

    nofinesset: str
    rs: str
    rslongue: str
    compldistrib: str
    numvoie: str
    typvoie: str
    voie: str
    compvoie: str
    lieuditbp: str
    commune: str
    departement: str
    ligneacheminement: str
    telephone: str
    categetab: str
    libcategetab: str
    siret: str
    coordxet: str = ""
    coordyet: str = ""
    sourcecoordet: str = ""


class Position(NamedTuple):
    """The coordinates of an establishment named elsewhere."""

    nofinesset: str
    coordxet: str
    coordyet: str
    sourcecoordet: str


class Rejected(NamedTuple):
    """Why a line cannot be read."""

    reason: str


def is_finess(path: Path) -> bool:
    """Whether the file begins like an extraction of FINESS."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip().lower()
    words = [word.strip(b' "') for word in first.split(b";")]
    return words[0] in (b"finess", b"structureet", b"geolocalisation") or b"nofinesset" in words


def read(
    path: Path, progress: Callable[[int], None] = lambda count: None
) -> Iterator[tuple[int, Establishment | Position | Rejected]]:
    """Each line that says something, with its number as an editor shows it."""
    positional = _Columns(_STRUCTURE)
    named: _Columns | None = None
    with path.open("rb", buffering=1 << 18) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            progress(len(line))
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    progress(len(rest))
                yield number, Rejected("ligne trop longue")
                continue
            fields = _fields(_decoded(line))
            tag = fields[0].lower()
            if tag == "finess" or fields == [""]:
                continue
            if len(fields) > 1 and fields[1].lower() == "nofinesset" and tag in ("structureet", "geolocalisation"):
                if tag == "structureet":  # the names of the columns, in their order
                    positional = _Columns([name.lower() for name in fields[1:]])
            elif tag == "structureet":
                yield number, positional.establishment(fields[1:])
            elif tag == "geolocalisation":
                yield number, _position(fields[1:])
            elif "nofinesset" in (lowered := [field.lower() for field in fields]):
                named = _Columns([_SAME.get(name, name) for name in lowered])
            elif named is not None:
                yield number, named.establishment(fields)
            else:
                yield number, Rejected("ligne d’un type inconnu")


class _Columns:
    """Where each field of an establishment stands."""

    def __init__(self, names: Sequence[str]) -> None:
        self._width = len(names)
        self._places = [names.index(name) if name in names else None for name in Establishment._fields]

    def establishment(self, fields: list[str]) -> Establishment | Rejected:
        if len(fields) == self._width + 1 and not fields[-1]:
            fields = fields[:-1]
        if len(fields) != self._width:
            return Rejected("colonnes manquantes" if len(fields) < self._width else "colonnes en trop")
        found = Establishment(*("" if place is None else fields[place] for place in self._places))
        if not _FINESS.fullmatch(found.nofinesset.upper()):
            return Rejected("numéro FINESS illisible")
        if not (found.rs or found.rslongue):
            return Rejected("raison sociale absente")
        return found._replace(nofinesset=found.nofinesset.upper())


def _position(fields: list[str]) -> Position | Rejected:
    if not len(_POSITION) - 1 <= len(fields) <= len(_POSITION) + 1:
        return Rejected("géolocalisation : colonnes manquantes ou en trop")
    if not _FINESS.fullmatch(fields[0].upper()):
        return Rejected("numéro FINESS illisible")
    return Position(fields[0].upper(), *fields[1:4])


def _decoded(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        text = line.decode("cp1252", errors="replace")
    text = text.removeprefix("\ufeff").rstrip("\r\n")
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _fields(text: str) -> list[str]:
    """Split by `;`. The publisher does not quote, but files saved by a spreadsheet do."""
    if '"' in text:
        try:
            quoted = next(csv.reader([text], delimiter=";", strict=True), [""])
        except csv.Error:
            quoted = text.split(";")
        return [field.strip() for field in quoted]
    return [field.strip() for field in text.split(";")]
