"""The identifier of a card, as account managers type it on a page or in a file."""

from collections.abc import Collection

from sas.accounts.permissions import Role
from sas.accounts.services import MALFORMED_ID
from sas.directory.rules import is_card_id, is_national_id

FOR_EFFECTORS = (
    "Un effecteur entre avec une carte à son nom : 8 suivi du RPPS, ou 0 suivi de l’ADELI. Celle d’un établissement "
    "convient aux autres rôles."
)


def typed_id(text: str) -> str:
    """What was typed, without blanks. Letters become capitals, but in the internal number that an establishment gives:
    it is kept as the card says it."""
    bare = "".join(text.split())
    return bare if "/" in bare else bare.upper()


def why_not_id(value: str, roles: Collection[Role]) -> str | None:
    """Why an account of these roles may not bear this identifier (French), or nothing (interop.md §2.9, §3.1).

    Regulators who are in no national register have the card of their establishment; the directory knows effectors by
    their national identifier and by no other.
    """
    if is_national_id(value):
        return None
    if not is_card_id(value):
        return MALFORMED_ID
    return FOR_EFFECTORS if set(roles) == {Role.EFFECTOR} else None
