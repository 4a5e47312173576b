"""A fictitious Annuaire Santé extraction in the true format: any size, the same for the same seed, streamed.

People and addresses are invented; communes are real and chosen by population, so that Paris is as dense as it should
be. Used by the demo, the benchmarks and the tests of the import.

    python -m demo.synthetic_annuaire OUT.txt --rows 1300000 [--seed 1] [--department 59]…
"""

import argparse
import bisect
import itertools
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from sas.directory.gazetteer import gazetteer
from sas.directory.gazetteer_places import Commune

HEADER = (
    "Type d'identifiant PP",
    "Identifiant PP",
    "Identification nationale PP",
    "Code civilité d'exercice",
    "Libellé civilité d'exercice",
    "Code civilité",
    "Libellé civilité",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Code profession",
    "Libellé profession",
    "Code catégorie professionnelle",
    "Libellé catégorie professionnelle",
    "Code type savoir-faire",
    "Libellé type savoir-faire",
    "Code savoir-faire",
    "Libellé savoir-faire",
    "Code mode exercice",
    "Libellé mode exercice",
    "Numéro SIRET site",
    "Numéro SIREN site",
    "Numéro FINESS site",
    "Numéro FINESS établissement juridique",
    "Identifiant technique de la structure",
    "Raison sociale site",
    "Enseigne commerciale site",
    "Complément destinataire (coord. structure)",
    "Complément point géographique (coord. structure)",
    "Numéro Voie (coord. structure)",
    "Indice répétition voie (coord. structure)",
    "Code type de voie (coord. structure)",
    "Libellé type de voie (coord. structure)",
    "Libellé Voie (coord. structure)",
    "Mention distribution (coord. structure)",
    "Bureau cedex (coord. structure)",
    "Code postal (coord. structure)",
    "Code commune (coord. structure)",
    "Libellé commune (coord. structure)",
    "Code pays (coord. structure)",
    "Libellé pays (coord. structure)",
    "Téléphone (coord. structure)",
    "Téléphone 2 (coord. structure)",
    "Télécopie (coord. structure)",
    "Adresse e-mail (coord. structure)",
    "Code Département (structure)",
    "Libellé Département (structure)",
    "Ancien identifiant de la structure",
    "Autorité d'enregistrement",
    "Code secteur d'activité",
    "Libellé secteur d'activité",
    "Code section tableau pharmaciens",
    "Libellé section tableau pharmaciens",
    "Code rôle",
    "Libellé rôle",
    "Code genre activité",
    "Libellé genre activité",
)
POSITION = {name: index for index, name in enumerate(HEADER)}

# (profession, its name, savoir-faire, its name, weight): the orders of magnitude of the national figures.
_KINDS = (
    ("10", "Médecin", "SM54", "Médecine générale", 100),
    ("10", "Médecin", "SM26", "Qualifié en médecine générale", 20),
    ("10", "Médecin", "SM04", "Cardiologie et maladies vasculaires", 8),
    ("10", "Médecin", "SM40", "Pédiatrie", 9),
    ("10", "Médecin", "SM42", "Psychiatrie", 14),
    ("10", "Médecin", "SM38", "Ophtalmologie", 6),
    ("10", "Médecin", "SM44", "Radio-diagnostic", 9),
    ("10", "Médecin", "SM15", "Dermatologie et vénéréologie", 4),
    ("10", "Médecin", "SM39", "Oto-rhino-laryngologie", 3),
    ("10", "Médecin", "SM41", "Pneumologie", 3),
    ("60", "Infirmier", "", "", 560),
    ("70", "Masseur-Kinésithérapeute", "", "", 95),
    ("40", "Chirurgien-Dentiste", "", "", 47),
    ("50", "Sage-Femme", "", "", 25),
    ("21", "Pharmacien", "", "", 75),
    ("91", "Orthophoniste", "", "", 27),
    ("80", "Pédicure-Podologue", "", "", 15),
    ("26", "Audioprothésiste", "", "", 6),
    ("86", "Technicien de laboratoire médical", "", "", 20),
)


def _words(text: str, separator: str = " ") -> list[str]:
    return text.split(separator)


_FAMILY = _words(
    "MARTIN BERNARD THOMAS PETIT ROBERT RICHARD DURAND DUBOIS MOREAU LAURENT SIMON MICHEL LEFEBVRE LEROY ROUX DAVID "
    "BERTRAND MOREL FOURNIER GIRARD BONNET DUPONT LAMBERT FONTAINE ROUSSEAU VINCENT MULLER LEFEVRE FAURE ANDRE MERCIER "
    "BLANC GUERIN BOYER GARNIER CHEVALIER FRANCOIS LEGRAND GAUTHIER GARCIA PERRIN ROBIN CLEMENT MORIN NICOLAS HENRY "
    "ROUSSEL MATHIEU GAUTIER MASSON MARCHAND DUVAL DENIS DUMONT MARIE LEMAIRE NOEL MEYER DUFOUR MEUNIER BRUN BLANCHARD "
    "GIRAUD JOLY RIVIERE LUCAS BRUNET GAILLARD BARBIER ARNAUD MARTINEZ GERARD ROCHE RENARD SCHMITT ROY LEROUX COLIN "
    "VIDAL CARON PICARD ROGER FABRE AUBERT LEMOINE RENAUD DUMAS LACROIX OLIVIER PHILIPPE BOURGEOIS PIERRE BENOIT REY "
    "LECLERC PAYET ROLLAND LECLERCQ GUILLAUME LECOMTE LOPEZ JEAN DUPUY GUILLOT HUBERT BERGER CARPENTIER SANCHEZ"
)
_GIVEN = _words(
    "Camille Louise Jeanne Alice Chloé Inès Léa Manon Juliette Zoé Anaïs Élodie Hélène Françoise Sylvie Nathalie Aïcha "
    "Fatima Gaëlle Noémie Paul Louis Gabriel Jules Adam Lucas Hugo Arthur Nathan Mathis Théo Étienne François Jérôme "
    "Rémi Cédric Nicolas Julien Karim Mehdi Yann Loïc Benoît Thierry Philippe Anne-Sophie Marie-Claude Jean-Baptiste"
)
_STREETS = _words(
    "DE LA REPUBLIQUE;VICTOR HUGO;JEAN JAURES;DU GENERAL DE GAULLE;PASTEUR;DE LA GARE;DES LILAS;GAMBETTA;DU MOULIN;"
    "DES ECOLES;DE L EGLISE;SAINT MARTIN;DES ACACIAS;NATIONALE;DU STADE;DE VERDUN;MARIE CURIE;DU 8 MAI 1945",
    ";",
)
_STREET_TYPES = (("R", "Rue"), ("AV", "Avenue"), ("BD", "Boulevard"), ("PL", "Place"), ("CHE", "Chemin"))


class _Town:
    """Draws a commune by its population."""

    def __init__(self, departments: Sequence[str]) -> None:
        communes = {c for served in gazetteer().postal_codes.values() for c in served}
        chosen = [c for c in communes if (not departments or c.department in departments) and c.population > 0]
        self._communes = sorted(chosen, key=lambda commune: commune.insee)
        self._cumulated = list(itertools.accumulate(commune.population for commune in self._communes))

    def draw(self, random_: random.Random) -> Commune:
        """One commune."""
        return self._communes[bisect.bisect_right(self._cumulated, random_.random() * self._cumulated[-1])]


def lines(*, rows: int, seed: int = 1, departments: Sequence[str] = ()) -> Iterator[str]:
    """The header, then `rows` lines, each with its trailing separator and without its line end."""
    yield "|".join(HEADER) + "|"
    random_ = random.Random(seed)
    town = _Town(departments)
    kinds, weights = _KINDS, list(itertools.accumulate(kind[4] for kind in _KINDS))
    site: dict[str, str] = {}
    left_at_site = person_number = site_number = 0
    made = 0
    while made < rows:
        kind = kinds[bisect.bisect_right(weights, random_.random() * weights[-1])]
        person_number += 1
        person = _person(random_, person_number, kind)
        for activity in range(min(1 if random_.random() < 0.85 else 2, rows - made)):
            if left_at_site == 0 or activity > 0:
                site_number += 1
                site = _site(random_, site_number, town.draw(random_))
                left_at_site = random_.choice((1, 1, 1, 2, 3, 4, 6))
            left_at_site -= 1
            yield _line(person | site)
            made += 1


def write(path: Path, *, rows: int, seed: int = 1, departments: Sequence[str] = ()) -> None:
    """Write an extraction as UTF-8."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        for line in lines(rows=rows, seed=seed, departments=departments):
            stream.write(line + "\n")


def _line(values: dict[str, str]) -> str:
    fields = [""] * len(HEADER)
    for name, value in values.items():
        fields[POSITION[name]] = value
    return "|".join(fields) + "|"


def _person(random_: random.Random, number: int, kind: tuple[str, str, str, str, int]) -> dict[str, str]:
    profession, label, savoir_faire, savoir_faire_label, _ = kind
    adeli = profession in ("60", "70", "80", "91") and random_.random() < 0.06
    identifier = f"{number % 95 + 1:02}9{number:06}"[:9] if adeli and number < 1_000_000 else f"10{number:09}"
    id_type = "0" if len(identifier) == 9 else "8"
    doctor = profession in ("10", "40")
    return {
        "Type d'identifiant PP": id_type,
        "Identifiant PP": identifier,
        "Identification nationale PP": id_type + identifier,
        "Code civilité d'exercice": "DR" if doctor else "",
        "Libellé civilité d'exercice": "Docteur" if doctor else "",
        "Code civilité": random_.choice(("M", "MME")),
        "Nom d'exercice": random_.choice(_FAMILY) + random_.choice(("", "", "", f"-{random_.choice(_FAMILY)}")),
        "Prénom d'exercice": random_.choice(_GIVEN),
        "Code profession": profession,
        "Libellé profession": label,
        "Code catégorie professionnelle": "C",
        "Libellé catégorie professionnelle": "Civil",
        "Code type savoir-faire": "S" if savoir_faire else "",
        "Libellé type savoir-faire": "Spécialité ordinale" if savoir_faire else "",
        "Code savoir-faire": savoir_faire,
        "Libellé savoir-faire": savoir_faire_label,
        "Code mode exercice": "L",
        "Libellé mode exercice": "Libéral",
    }


def _site(random_: random.Random, number: int, commune: Commune) -> dict[str, str]:
    """A place, with the oddities of the real file: no commune code, CEDEX, abroad, no address at all."""
    street_code, street_type = random_.choice(_STREET_TYPES)
    postal_code = random_.choice(commune.postal_codes)
    odd = random_.random()
    base = {
        "Numéro SIRET site": f"{300_000_000 + number:09}00011" if random_.random() < 0.5 else "",
        "Identifiant technique de la structure": f"R10{number:012}",
        "Raison sociale site": f"CABINET {random_.choice(_STREETS)}",
        "Autorité d'enregistrement": "CNOM/CNOM/CNOM",
        "Code secteur d'activité": "SA07",
        "Libellé secteur d'activité": "Cabinet individuel",
        "Code genre activité": "GENR01",
        "Libellé genre activité": "Activité standard de soin ou de pharmacien",
    }
    if odd < 0.01:
        return base
    if odd < 0.012:
        return base | {"Code pays (coord. structure)": "99132", "Bureau cedex (coord. structure)": "LONDON"}
    city = commune.name.upper()
    return base | {
        "Numéro Voie (coord. structure)": str(random_.randint(1, 180)),
        "Indice répétition voie (coord. structure)": "BIS" if random_.random() < 0.03 else "",
        "Code type de voie (coord. structure)": street_code,
        "Libellé type de voie (coord. structure)": street_type,
        "Libellé Voie (coord. structure)": random_.choice(_STREETS),
        "Bureau cedex (coord. structure)": f"{postal_code} {city}" + (" CEDEX" if odd < 0.05 else ""),
        "Code postal (coord. structure)": postal_code,
        "Code commune (coord. structure)": "" if odd < 0.1 else commune.insee,
        "Libellé commune (coord. structure)": "" if odd < 0.05 else city,
        "Téléphone (coord. structure)": f"0{random_.randint(1, 5)}{random_.randint(0, 99_999_999):08}",
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Extraction fictive de l’Annuaire Santé, au format véritable.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--department", action="append", default=[])
    arguments = parser.parse_args()
    write(arguments.out, rows=arguments.rows, seed=arguments.seed, departments=arguments.department)


if __name__ == "__main__":
    main()
