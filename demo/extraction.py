"""The demonstration's Annuaire Santé file: that of `synthetic_annuaire`, made safe to show and to add up.

Phone numbers are moved to the ranges that ARCEP keeps for fiction, so that nobody is ever called by a demonstration;
identifiers carry their department, so that two departments can be loaded together.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from demo.scenario import ROWS_PER_INHABITANT, SEED, Scale
from demo.synthetic_annuaire import POSITION, lines
from sas.directory.gazetteer import gazetteer

# ARCEP, plan national de numérotation (décision 2018-0881 modifiée), numbers kept for works of fiction: + 4 digits.
FICTION = {"1": "019900", "2": "026191", "3": "035301", "4": "046571", "5": "053649"}
ZONES = {"11": "1", "24": "2", "28": "2", "52": "2", "53": "2", "27": "3", "32": "3", "44": "3", "84": "4", "93": "4"}
"""First digit of a phone number by region; the south-west (75, 76) and Corsica are below."""
ZONES |= {"94": "4", "75": "5", "76": "5"}

ID_TYPE, ID, PREFIXED_ID, SIRET, SITE, POSTAL_CODE, COMMUNE, PHONE = (
    POSITION[name]
    for name in (
        "Type d'identifiant PP",
        "Identifiant PP",
        "Identification nationale PP",
        "Numéro SIRET site",
        "Identifiant technique de la structure",
        "Code postal (coord. structure)",
        "Code commune (coord. structure)",
        "Téléphone (coord. structure)",
    )
)


def write(folder: Path, scale: Scale, departments: Iterable[str], advance: Callable[[int], None]) -> list[Path]:
    """Write the extraction, one file per department (one in all at national scale); `advance` is told the lines made.

    The same scale and departments give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if scale.national:
        return [_write(folder / "annuaire.txt", lines(rows=scale.rows, seed=SEED), 0, scale, advance)]
    return [
        _write(
            folder / f"annuaire-{code}.txt",
            lines(rows=_rows(scale, code), seed=SEED, departments=[code]),
            _rank(code),
            scale,
            advance,
        )
        for code in departments
    ]


def _write(path: Path, made: Iterator[str], rank: int, scale: Scale, advance: Callable[[int], None]) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(next(made) + "\n")
        for count, line in enumerate(made, start=1):
            fields = line.split("|")
            if not scale.only or fields[COMMUNE] in scale.only:
                stream.write("|".join(_fictitious(fields, rank)) + "\n")
            if count % 1000 == 0:
                advance(1000)
    return path


def _fictitious(fields: list[str], rank: int) -> list[str]:
    if fields[PHONE]:
        fields[PHONE] = FICTION[_zone(fields[POSTAL_CODE])] + fields[PHONE][-4:]
    if rank:
        # Ten million people and sites a department; ADELI numbers have no room for it and become RPPS numbers.
        number = int(fields[ID][-6:]) if fields[ID_TYPE] == "0" else int(fields[ID][2:])
        adeli = 5_000_000 if fields[ID_TYPE] == "0" else 0
        fields[ID] = f"10{(rank * 10_000_000 + adeli + number) % 1_000_000_000:09}"
        fields[ID_TYPE], fields[PREFIXED_ID] = "8", f"8{fields[ID]}"
        fields[SITE] = f"R10{rank:03}{fields[SITE][-9:]}"
        if fields[SIRET]:
            fields[SIRET] = f"{fields[SIRET][:2]}{rank % 100:02}{fields[SIRET][4:]}"
    return fields


def _zone(postal_code: str) -> str:
    if postal_code.startswith("20"):
        return "4"
    department = gazetteer().department(postal_code[:2])
    return ZONES.get(department.region, "2") if department else "2"  # overseas numbers are in the zone of the west


def _rows(scale: Scale, department: str) -> int:
    known = gazetteer().department(department)
    if known is None or scale.only:
        return scale.rows
    return max(500, round(known.population * ROWS_PER_INHABITANT))


def _rank(department: str) -> int:
    """A number of two digits for a department: 1 to 95, Corsica 20 and 97, overseas 98 down."""
    special = {"2A": 20, "2B": 97, "971": 96, "972": 98, "973": 99, "974": 0}
    return special[department] if department in special else int(department[:2])
