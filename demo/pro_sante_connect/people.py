"""The people who can sign in, with the claims that Pro Santé Connect gives of them."""

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Claims = dict[str, Any]

SUBJECT_PREFIX = "f:5f2b6f0e-2a53-4c58-9d0a-6d7a6c1b7e11"
"""`sub` is `f:<uuid of the store of identities>:<SubjectNameID>`."""

PROFESSIONS = {
    "10": "Médecin",
    "21": "Pharmacien",
    "40": "Chirurgien-dentiste",
    "50": "Sage-femme",
    "60": "Infirmier",
    "70": "Masseur-kinésithérapeute",
    "80": "Pédicure-podologue",
}
"""Labels of the sign-in page, by code of TRE_G15-ProfessionSante; another code is shown as it is."""


class PeopleError(ValueError):
    """People that cannot be used; the message (French) says who and why."""


class People:
    """Who can sign in, by national id. May be changed from another thread: readers see before or after."""

    def __init__(self, people: Iterable[Claims]) -> None:
        by_id: dict[str, Claims] = {}
        for rank, claims in enumerate(people, 1):
            national_id = _checked(claims, f"Personne n° {rank}")
            if national_id in by_id:
                raise PeopleError(f"Personne n° {rank} : l’identifiant {national_id} est déjà donné.")
            by_id[national_id] = claims
        self._by_id = by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, national_id: str) -> Claims | None:
        """The claims of a person, `sub` included; None for nobody."""
        claims = self._by_id.get(national_id)
        return claims and {"sub": subject_of(national_id), **claims}

    def other_than(self, national_id: str) -> Claims:
        """Somebody else, invented when there is nobody."""
        for other in self._by_id:
            if other != national_id:
                return self.get(other) or {}
        stranger = "899999999999" if national_id != "899999999999" else "899999999998"
        return {"sub": subject_of(stranger), **person(stranger, "AUTRE", "Personne")}

    def add(self, claims: Claims) -> None:
        """One more person, or another version of the same. Raises PeopleError."""
        self._by_id = {**self._by_id, _checked(claims, "Personne"): claims}

    def remove(self, national_id: str) -> None:
        """Nobody of this id can sign in any more. Raises KeyError for nobody."""
        left = dict(self._by_id)
        del left[national_id]
        self._by_id = left

    def change(self, national_id: str, **claims: Any) -> Claims:
        """Other claims for the person who signs in under this id; None takes one away. Raises KeyError for nobody."""
        merged = {**self._by_id[national_id], **claims}
        kept = {name: value for name, value in merged.items() if value is not None}
        self._by_id = {**self._by_id, national_id: kept}
        return kept

    def search(self, words: str) -> list[tuple[str, Claims]]:
        """(national id, claims) of those whose name or id holds every word, without regard to case and accents."""
        wanted = _folded(words).split()
        found = []
        for national_id, claims in self._by_id.items():
            text = _folded(f"{national_id} {full_name(claims)} {profession_of(claims)}")
            if all(word in text for word in wanted):
                found.append((national_id, claims))
        return found


def person(
    national_id: str,
    family_name: str,
    given_name: str,
    *,
    profession: str = "10",
    category: str = "C",
    expertise: str | None = None,
    organization: str | None = None,
    mode: str = "L",
    sector: str = "SA07",
    civility: str = "M",
    email: str | None = None,
    **claims: Any,
) -> Claims:
    """The claims of somebody believable; `claims` replace any of them, by their own names.

    `national_id` comes with its prefix (8 + RPPS, 0 + ADELI). `expertise` (savoir-faire) is general practice for a
    physician, none for the others. The real service does not always give an e-mail: none unless asked.
    """
    if expertise is None:
        expertise = "SM54" if profession == "10" else ""
    organization = organization or f"CABINET {family_name}"
    practice = {
        "codeProfession": profession,
        "codeCategorieProfessionnelle": category,
        "codeCiviliteDexercice": "DR" if profession == "10" else civility,
        "nomDexercice": family_name,
        "prenomDexercice": given_name,
        "codeTypeSavoirFaire": "S" if expertise else "",
        "codeSavoirFaire": expertise,
        "activities": [{"codeModeExercice": mode, "codeSecteurDactivite": sector, "raisonSocialeSite": organization}],
    }
    made = {
        "SubjectNameID": national_id,
        "family_name": family_name,
        "given_name": given_name,
        "preferred_username": national_id,
        "SubjectRole": [f"{profession}^1.2.250.1.213.1.1.5.5"],
        "SubjectOrganization": organization,
        "SubjectRefPro": {"codeCivilite": civility, "exercices": [practice]},
        "otherIds": [{"identifiant": national_id, "origine": _register_of(national_id), "qualite": 1}],
        "Secteur_Activite": f"{sector}^1.2.250.1.71.4.2.4",
        "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "FAUX",
        "UITVersion": "1.0",
        "Palier_Authentification": "APPPRIP3^1.2.250.1.213.1.5.1.1.1",
        "PSI_Locale": "1.2.250.1.213.1.3.1.1",
    }
    address = {"email": email, "email_verified": False} if email else {}
    return {**made, **address, **claims}


def read_people(path: Path) -> list[Claims]:
    """The people of a JSON file: a list of claims. Raises PeopleError when it is not one, OSError when unreadable."""
    try:
        people = json.loads(path.read_bytes())
    except ValueError as error:
        raise PeopleError(f"{path} n’est pas un fichier JSON lisible : {error}.") from error
    if not isinstance(people, list):
        raise PeopleError(f"{path} doit contenir une liste de personnes.")
    return people


def subject_of(national_id: str) -> str:
    """The `sub` of a person."""
    return f"{SUBJECT_PREFIX}:{national_id}"


def full_name(claims: Claims) -> str:
    """The name of the sign-in page."""
    return f"{claims.get('given_name', '')} {claims.get('family_name', '')}".strip() or "Sans nom"


def profession_of(claims: Claims) -> str:
    """The profession of the sign-in page, from the first role; empty when there is none."""
    roles = claims.get("SubjectRole")
    code = str(roles[0]).partition("^")[0] if isinstance(roles, list) and roles else ""
    return PROFESSIONS.get(code, code and f"Profession {code}")


def _register_of(national_id: str) -> str:
    return {"0": "ADELI", "8": "RPPS"}.get(national_id[:1], "AUTRE")


def _checked(claims: Any, who: str) -> str:
    if not isinstance(claims, dict):
        raise PeopleError(f"{who} : un objet est attendu.")
    national_id = claims.get("SubjectNameID")
    if not isinstance(national_id, str) or not national_id.strip() or not national_id.isprintable():
        raise PeopleError(f"{who} : « SubjectNameID » manque ou n’est pas un texte.")
    return national_id


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
