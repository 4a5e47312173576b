"""Adapter: the Annuaire Santé's open extraction (`PS_LibreAcces_Personne_activite*.txt`, plain or inside its .zip).

On the other end: the national agency's daily file of everyone who practises, one line per activity, 56 columns
separated by `|` with a trailing one, UTF-8 or Latin-1, no quoting. Columns are named in docs/glossary.md; they are
found by name, because their order and spelling have varied over the years. Reads as a stream: a file is never held in
memory. What is kept of a line is decided in `importing.py`.
"""

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

LONGEST_LINE = 65_536
"""Bytes. The longest real line is under 2,000: beyond this it is another kind of file."""

_MEMBER = re.compile(r"(^|/)PS_LibreAcces_Personne_activite[^/]*\.txt$", re.IGNORECASE)
_FILLER = {"d", "l", "de", "la", "coord", "structure"}


class Activity(NamedTuple):
    """The columns the directory uses, as text, in the file's own words. An absent optional column is empty."""

    id_type: str
    id_value: str
    national_id: str
    family_name: str
    given_name: str
    profession: str
    savoir_faire: str
    technical_id: str
    site_name: str
    street: str
    postal_code: str
    insee: str
    city: str
    phone: str
    practice_civility: str
    civility: str
    mode: str
    siret: str
    finess: str
    sign: str
    number: str
    number_suffix: str
    street_type: str
    street_type_code: str
    mention: str
    cedex: str
    phone_2: str
    old_id: str


COLUMNS: dict[str, str] = {
    "id_type": "Type d'identifiant PP",
    "id_value": "Identifiant PP",
    "national_id": "Identification nationale PP",
    "family_name": "Nom d'exercice",
    "given_name": "Prénom d'exercice",
    "profession": "Code profession",
    "savoir_faire": "Code savoir-faire",
    "technical_id": "Identifiant technique de la structure",
    "site_name": "Raison sociale site",
    "street": "Libellé Voie (coord. structure)",
    "postal_code": "Code postal (coord. structure)",
    "insee": "Code commune (coord. structure)",
    "city": "Libellé commune (coord. structure)",
    "phone": "Téléphone (coord. structure)",
    "practice_civility": "Code civilité d'exercice",
    "civility": "Code civilité",
    "mode": "Code mode exercice",
    "siret": "Numéro SIRET site",
    "finess": "Numéro FINESS site",
    "sign": "Enseigne commerciale site",
    "number": "Numéro Voie (coord. structure)",
    "number_suffix": "Indice répétition voie (coord. structure)",
    "street_type": "Libellé type de voie (coord. structure)",
    "street_type_code": "Code type de voie (coord. structure)",
    "mention": "Mention distribution (coord. structure)",
    "cedex": "Bureau cedex (coord. structure)",
    "phone_2": "Téléphone 2 (coord. structure)",
    "old_id": "Ancien identifiant de la structure",
}
MANDATORY = tuple(COLUMNS)[:14]
"""Without one of these the file is refused."""


class UnreadableFileError(Exception):
    """The file as a whole cannot be an extraction; the message, in French, says which file and why."""


class Rejected(NamedTuple):
    """A line that could not be read."""

    line: int
    reason: str


@dataclass(slots=True)
class Source:
    """What is known of a file once read: its digest and encoding go to the report."""

    path: Path
    member: str = ""
    encoding: str = ""
    size: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Of the bytes read so far: of the whole file when `read` has ended."""
        return self._digest.hexdigest()


class _Watched(io.RawIOBase):
    """The raw file: counts the bytes for the progress bar and digests each once, though a zip seeks around."""

    def __init__(self, raw: BinaryIO, source: Source, progress: Callable[[int], None]) -> None:
        self._raw, self._source, self._progress, self._reached = raw, source, progress, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        start = self._raw.tell()
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        fresh = start + len(data) - self._reached
        if 0 < fresh <= len(data):
            self._source._digest.update(data[-fresh:])
            self._reached += fresh
            self._progress(fresh)
        return len(data)

    def close(self) -> None:
        self._raw.close()
        super().close()


def header_key(name: str) -> str:
    """A column's name without case, accents, apostrophes and filler words: its spelling varies between extractions."""
    bare = unicodedata.normalize("NFKD", name.lower())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return " ".join(word for word in re.split(r"[^a-z0-9]+", bare) if word and word not in _FILLER)


def read(
    source: Source, progress: Callable[[int], None] = lambda count: None
) -> Iterator[tuple[int, Activity] | Rejected]:
    """Each line after the header, numbered as an editor shows it: an activity, or why the line cannot be read.

    Raises `UnreadableFileError` when the file is not an extraction, is truncated, or cannot be opened.
    """
    path = source.path
    try:
        if path.is_dir():
            raise UnreadableFileError(f"{path} est un dossier : donner le fichier .txt ou le .zip.")
        source.size = path.stat().st_size
        if source.size == 0:
            raise UnreadableFileError(f"{path} est vide.")
        with path.open("rb", buffering=0) as raw, _Watched(raw, source, progress) as watched:
            yield from _lines(_member(watched, source), source)
    except OSError as error:
        raise UnreadableFileError(f"{path} ne peut pas être lu : {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFileError(
            f"{path} est une archive zip abîmée ou incomplète : la télécharger à nouveau."
        ) from error


def _member(watched: _Watched, source: Source) -> io.BufferedReader:
    """The text inside: the file itself, or the one member of the archive that is the activities' file."""
    with_magic = watched._raw.read(4)
    watched.seek(0)
    if with_magic[:2] != b"PK":
        if source.path.suffix.lower() == ".zip":
            raise UnreadableFileError(f"{source.path} n’est pas une archive zip.")
        return io.BufferedReader(watched, 1 << 18)
    archive = zipfile.ZipFile(io.BufferedReader(watched, 1 << 18))
    names = archive.namelist()
    matching = [name for name in names if _MEMBER.search(name)]
    if len(matching) != 1:
        found = ", ".join(names[:5]) or "rien"
        raise UnreadableFileError(
            f"{source.path} : un fichier PS_LibreAcces_Personne_activite….txt attendu dans l’archive, trouvé : {found}."
        )
    source.member = matching[0]
    return io.BufferedReader(archive.open(matching[0]), 1 << 18)  # type: ignore[arg-type]


def _lines(stream: io.BufferedReader, source: Source) -> Iterator[tuple[int, Activity] | Rejected]:
    header = stream.readline(LONGEST_LINE)
    decode, names = _header(header, source)
    pick = _picker(names, source)
    width = len(names)
    number = 1
    while line := stream.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield Rejected(number, "ligne trop longue")
            continue
        try:
            text = decode(line)
        except UnicodeDecodeError:
            yield Rejected(number, "caractères illisibles")
            continue
        if not text:
            continue
        fields = text.split("|")
        if len(fields) == width + 1 and not fields[-1]:
            fields.pop()
        if len(fields) != width:
            yield Rejected(number, "colonnes manquantes" if len(fields) < width else "colonnes en trop")
            continue
        fields.append("")
        yield number, Activity._make(map(str.strip, pick(fields)))


def _header(header: bytes, source: Source) -> tuple[Callable[[bytes], str], list[str]]:
    """The file's decoder, told by its header (it always holds « é »), and its column names."""
    bare = header.removeprefix(b"\xef\xbb\xbf")
    try:
        names = bare.decode("utf-8")
        source.encoding = "utf-8"
    except UnicodeDecodeError:
        names = bare.decode("cp1252", errors="replace")
        source.encoding = "latin-1"
    # A header without accents tells nothing: each line is then read as UTF-8, else as Latin-1.
    decoders = {"utf-8": _either if bare.isascii() else _utf8, "latin-1": _latin1}
    return decoders[source.encoding], names.rstrip("\r\n").removesuffix("|").split("|")


def _clean(text: str) -> str:
    """Without line end nor control characters: PostgreSQL refuses a NUL, and nobody wants the others on a card."""
    text = text.rstrip("\r\n")
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _utf8(line: bytes) -> str:
    return _clean(line.decode("utf-8"))


def _latin1(line: bytes) -> str:
    return _clean(line.decode("cp1252", errors="replace"))


def _either(line: bytes) -> str:
    try:
        return _utf8(line)
    except UnicodeDecodeError:
        return _latin1(line)


def _picker(names: list[str], source: Source) -> Callable[[list[str]], tuple[str, ...]]:
    """The columns of `Activity` out of a split line to which one empty field was added (absent optional columns)."""
    position: dict[str, int] = {}
    for index, name in enumerate(names):
        position.setdefault(header_key(name), index)
    missing = [COLUMNS[column] for column in MANDATORY if header_key(COLUMNS[column]) not in position]
    if len(missing) == len(MANDATORY):
        raise UnreadableFileError(
            f"{source.path} n’est pas une extraction de l’Annuaire Santé : aucune colonne attendue en première ligne."
        )
    if missing:
        raise UnreadableFileError(f"{source.path} : colonnes obligatoires absentes : {', '.join(missing)}.")
    empty = len(names)
    return itemgetter(*(position.get(header_key(name), empty) for name in COLUMNS.values()))
