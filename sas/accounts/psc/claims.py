"""What Pro Santé Connect says of a person, read into a `Card`: the one file that knows the names of its claims.

`SubjectNameID` is the national identifier with its prefix (interop.md §3.1); `preferred_username` and `otherIds` repeat
it and must agree. The name of practice of `SubjectRefPro` is another name of the same person, and stands for an absent
one. Pure; never logs what it reads: a refusal carries a reason, not a value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sas.directory.rules import is_card_id

LONGEST_NAME = 100
LONGEST_EMAIL = 254
MOST_NAMES = 10
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_CODE = re.compile(r"[0-9A-Z]{1,10}")
_REGISTERS = {"8": "RPPS", "0": "ADELI"}


class Reason(StrEnum):
    """Why claims are not a card. The value is the short reference that the page shows."""

    NO_SUBJECT = "SUJET-ABSENT"
    NO_ID = "ID-ABSENT"
    MALFORMED_ID = "ID-FORME"
    CONTRADICTORY_ID = "ID-CONTRADICTOIRE"
    NO_NAME = "NOM-ABSENT"
    MALFORMED_NAME = "NOM-FORME"


class ClaimsRefusedError(Exception):
    """These claims do not say who the person is; `reason` says what is wrong, never what was read."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Card:
    """A verified person. `professions` are TRE_G15 codes; `family_names` and `given_names` start with the civil ones,
    then those of practice; `email` is there only if the provider says that it verified it: otherwise it could be that
    of somebody else, and would keep their address from them."""

    subject: str
    national_id: str
    family_names: tuple[str, ...]
    given_names: tuple[str, ...]
    email: str | None = None
    professions: tuple[str, ...] = ()

    @property
    def family_name(self) -> str:
        """The name to show."""
        return self.family_names[0]

    @property
    def given_name(self) -> str:
        """The first name to show."""
        return self.given_names[0]


def read_card(claims: Mapping[str, Any]) -> Card:
    """The card of these claims (userinfo, its `sub` already checked against the id_token). Raises
    `ClaimsRefusedError`."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject.strip():
        raise ClaimsRefusedError(Reason.NO_SUBJECT)
    practices = _practices(claims)
    return Card(
        subject=subject,
        national_id=_national_id(claims),
        family_names=_names(claims.get("family_name"), (each.get("nomDexercice") for each in practices)),
        given_names=_names(claims.get("given_name"), (each.get("prenomDexercice") for each in practices)),
        email=_email(claims.get("email")) if claims.get("email_verified") is True else None,
        professions=_professions(claims, practices),
    )


def _national_id(claims: Mapping[str, Any]) -> str:
    said = claims.get("SubjectNameID")
    if said is None or said == "":
        raise ClaimsRefusedError(Reason.NO_ID)
    national_id = said.strip() if isinstance(said, str) else ""
    if not is_card_id(national_id):
        raise ClaimsRefusedError(Reason.MALFORMED_ID)
    username = claims.get("preferred_username")
    if isinstance(username, str) and is_card_id(username.strip()) and username.strip() != national_id:
        raise ClaimsRefusedError(Reason.CONTRADICTORY_ID)
    rivals = set(_same_register(claims.get("otherIds"), national_id))
    if rivals and not rivals & {national_id, national_id[1:]}:
        raise ClaimsRefusedError(Reason.CONTRADICTORY_ID)
    return national_id


def _same_register(others: Any, national_id: str) -> Iterable[str]:
    """The identifiers of the same register: somebody may hold an RPPS and an ADELI number, but not two of one."""
    register = _REGISTERS.get(national_id[:1])
    for other in others if isinstance(others, list) else ():
        if isinstance(other, dict) and register is not None and other.get("origine") == register:
            value = other.get("identifiant")
            if isinstance(value, str) and value.strip():
                yield value.strip()


def _names(civil: Any, of_practice: Iterable[Any]) -> tuple[str, ...]:
    found = dict.fromkeys(name for said in (civil, *of_practice) if (name := _name(said)))
    if not found:
        raise ClaimsRefusedError(Reason.NO_NAME)
    return tuple(found)[:MOST_NAMES]


def _name(said: Any) -> str:
    if said is None:
        return ""
    if not isinstance(said, str):
        raise ClaimsRefusedError(Reason.MALFORMED_NAME)
    name = " ".join(said.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ClaimsRefusedError(Reason.MALFORMED_NAME)
    return name


def _email(said: Any) -> str | None:
    """The address in lower case; what is not one is as if it were not there: nobody is refused for it."""
    text = said.strip().lower() if isinstance(said, str) else ""
    good = len(text) <= LONGEST_EMAIL and text.isprintable() and _EMAIL.fullmatch(text)
    return text if good else None


def _professions(claims: Mapping[str, Any], practices: list[dict[str, Any]]) -> tuple[str, ...]:
    """Codes of `SubjectRole` (« 10^1.2.250… »), then of each practice; what is not a code is left out."""
    roles = claims.get("SubjectRole")
    roles = roles if isinstance(roles, list) else [roles]
    said = [*(str(role).partition("^")[0] for role in roles), *(str(each.get("codeProfession")) for each in practices)]
    return tuple(dict.fromkeys(code for code in said if _CODE.fullmatch(code)))[:MOST_NAMES]


def _practices(claims: Mapping[str, Any]) -> list[dict[str, Any]]:
    professional = claims.get("SubjectRefPro")
    practices = professional.get("exercices") if isinstance(professional, dict) else None
    return [each for each in practices if isinstance(each, dict)][:MOST_NAMES] if isinstance(practices, list) else []
