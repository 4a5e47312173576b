"""Reads the CSV file of a bulk import: bytes in, lines out, each with what is wrong with it. Nothing is looked up.

UTF-8 (with or without its mark) or Latin-1 as spreadsheets write it; `;` or `,`; a header in English or in French, in
any order. Several values in a cell are separated by `|`, `,` or `;`, whichever is not the file's own separator.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from sas.accounts.administration.cards import typed_id, why_not_id
from sas.accounts.permissions import Role
from sas.directory.rules import search_key

MOST_BYTES = 1024 * 1024
MOST_LINES = 5000
LONGEST_CELL = 300
MOST_VALUES = 20

COLUMNS = {
    "email": ("email", "e mail", "courriel", "mail", "adresse electronique", "adresse e mail"),
    "family_name": ("family name", "nom", "nom de famille"),
    "given_name": ("given name", "prenom"),
    "profession": ("profession", "metier"),
    "roles": ("roles", "role"),
    "territories": ("territories", "territory", "territoires", "territoire"),
    "national_id": ("national id", "identifiant national", "idnps", "rpps"),
    "without_card": ("without card", "sans carte", "entre sans carte", "peut entrer sans carte"),
    "expires_on": ("expires on", "echeance", "jusqu au", "date de fin"),
    "structures": ("structures", "structure", "finess", "siret"),
}
"""Each column, and the titles it may bear (compared without accents, case or punctuation)."""

REQUIRED = ("email", "family_name", "given_name", "roles")
TEMPLATE = (
    tuple(COLUMNS),
    ("prenom.nom@exemple.fr", "NOM", "Prénom", "Médecin", "regulator", "SAS-59", "", "non", "2027-12-31", ""),
)
"""The file to start from: its header, and a line to replace."""

ROLE_NAMES = {search_key(name): role for role in Role for name in (role.value, role.label)} | {
    "regulateur": Role.REGULATOR,
    "osnp": Role.REGULATOR,
    "ioa": Role.IOA,
    "effecteur": Role.EFFECTOR,
    "gestionnaire de structure": Role.STRUCTURE_MANAGER,
    "gestionnaire de comptes": Role.ACCOUNT_MANAGER,
    "referent": Role.TERRITORIAL_REFERENT,
}
YES, NO = {"oui", "o", "yes", "y", "true", "vrai", "1", "x"}, {"", "non", "n", "no", "false", "faux", "0"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class UnreadableFile(ValueError):  # noqa: N818 — an answer to the person, not a fault
    """The file as a whole cannot be read; the message (French) says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One line of the file. `number` is that of a spreadsheet (the header is 1). `errors`: French sentences."""

    number: int
    email: str = ""
    family_name: str = ""
    given_name: str = ""
    profession: str = ""
    roles: tuple[Role, ...] = ()
    territories: tuple[str, ...] = ()
    national_id: str = ""
    without_card: bool | None = None
    expires_on: date | None = None
    structures: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def decode(content: bytes) -> str:
    """The text of a file. Raises `UnreadableFile` when it is empty, too large, or no text."""
    if len(content) > MOST_BYTES:
        raise UnreadableFile("Ce fichier dépasse 1 Mio : coupez-le en plusieurs.")
    if b"\0" in content:
        raise UnreadableFile("Ce fichier n’est pas du CSV : dans le tableur, « Enregistrer sous », format CSV UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace").replace("\ufffd", "?")
    if not text.strip():
        raise UnreadableFile("Ce fichier est vide.")
    return text


def parse(text: str) -> list[Line]:
    """Every line that is not blank, in order. Raises `UnreadableFile` for what cannot be read line by line."""
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        header = _header(next(reader, []))
        lines = list(_lines(reader, header, separator))
    except csv.Error as error:
        raise UnreadableFile(f"Ce fichier n’est pas du CSV lisible : {error}.") from None
    if not lines:
        raise UnreadableFile("Ce fichier n’a que son en-tête : ajoutez une ligne par personne.")
    return _without_twins(lines)


def _separator(text: str) -> str:
    first = text.lstrip().partition("\n")[0]
    return ";" if first.count(";") >= first.count(",") else ","


def _header(titles: list[str]) -> list[str]:
    known = {title: name for name, names in COLUMNS.items() for title in names}
    found = [known.get(search_key(title.replace("_", " ")), "") for title in titles]
    if missing := [name for name in REQUIRED if name not in found]:
        raise UnreadableFile(f"Colonnes absentes : {', '.join(missing)}. Partez du modèle à télécharger.")
    if twice := sorted({name for name in found if name and found.count(name) > 1}):
        raise UnreadableFile(f"Colonnes en double : {', '.join(twice)}. Gardez-en une seule de chaque.")
    return found


def _lines(reader: Iterator[list[str]], header: list[str], separator: str) -> Iterator[Line]:
    count = 0
    for number, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_LINES:
            raise UnreadableFile(f"Ce fichier a plus de {MOST_LINES} lignes : coupez-le en plusieurs.")
        extra = any(cell.strip() for cell in cells[len(header) :])
        values = {name: _clean(cell) for name, cell in zip(header, cells, strict=False) if name}
        yield _line(number, values, separator, extra=extra)


def _clean(cell: str) -> str:
    """One value: no blanks around, and without the apostrophe by which our own exports disarm formulas."""
    text = " ".join(cell.replace("\0", "").split())
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def _line(number: int, values: dict[str, str], separator: str, *, extra: bool) -> Line:
    errors: list[str] = []
    if extra:
        errors.append("Trop de cellules : une valeur contient-elle le séparateur ?")
    for name in ("email", "family_name", "given_name", "profession"):
        longest = 254 if name == "email" else 100
        if len(values.get(name, "")) > longest:
            errors.append(f"« {name} » est trop long : {longest} caractères au plus.")
    email = values.get("email", "").lower()
    if not _EMAIL.fullmatch(email):
        errors.append("Adresse électronique absente ou mal formée.")
    if not values.get("family_name") or not values.get("given_name"):
        errors.append("Nom ou prénom absent.")
    roles = _roles(values.get("roles", ""), separator, errors)
    national_id = typed_id(values.get("national_id", ""))
    if national_id and (reason := why_not_id(national_id, roles)):
        errors.append(reason)
    return Line(
        number=number,
        email=email,
        family_name=values.get("family_name", ""),
        given_name=values.get("given_name", ""),
        profession=values.get("profession", ""),
        roles=roles,
        territories=tuple(code.upper() for code in _several(values.get("territories", ""), separator)),
        national_id=national_id,
        without_card=_yes_or_no(values.get("without_card", ""), errors),
        expires_on=_day(values.get("expires_on", ""), errors),
        structures=_several(values.get("structures", ""), separator),
        errors=tuple(errors),
    )


def _several(cell: str, separator: str) -> tuple[str, ...]:
    words = re.split(r"[|,;]", cell[:LONGEST_CELL]) if separator else [cell]
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))[:MOST_VALUES]


def _roles(cell: str, separator: str, errors: list[str]) -> tuple[Role, ...]:
    names = _several(cell, separator)
    if not names:
        errors.append("Rôle absent.")
    if unknown := [name for name in names if search_key(name) not in ROLE_NAMES]:
        errors.append(f"Rôle inconnu : {', '.join(unknown)}.")
    return tuple(dict.fromkeys(ROLE_NAMES[search_key(name)] for name in names if search_key(name) in ROLE_NAMES))


def _yes_or_no(cell: str, errors: list[str]) -> bool | None:
    word = cell.lower()
    if word not in YES | NO:
        errors.append("« without_card » : écrivez oui ou non.")
    return None if not word else word in YES


def _day(cell: str, errors: list[str]) -> date | None:
    found = _DAY_FIRST.fullmatch(cell)
    iso = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else cell
    try:
        return date.fromisoformat(iso) if iso else None
    except ValueError:
        errors.append(f"Date incomprise : {cell[:20]}. Exemple : 31/12/2027.")
        return None


def _without_twins(lines: list[Line]) -> list[Line]:
    first: dict[str, int] = {}
    judged = []
    for line in lines:
        earlier = first.setdefault(line.email, line.number) if line.email else line.number
        same = f"Même adresse que la ligne {earlier}."
        judged.append(line if earlier == line.number else replace(line, errors=(*line.errors, same)))
    return judged
