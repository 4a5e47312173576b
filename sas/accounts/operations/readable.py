"""What audit lines keep, in words: fields, values, and what changed between before and after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sas.accounts.models import SignIn
from sas.accounts.permissions import Role

LONGEST = 200

FIELDS = {
    "account": "Compte",
    "accounts": "Comptes",
    "act": "Acte",
    "acts": "Actes",
    "address": "Adresse",
    "attempts": "Essais",
    "code": "Code no",
    "count": "Nombre",
    "email": "Adresse électronique",
    "editor": "Éditeur",
    "text": "Texte cherché",
    "ended": "Sessions fermées",
    "ends_on": "Jusqu’au",
    "expires_on": "Échéance",
    "factor": "Second facteur",
    "factors": "Seconds facteurs",
    "family_name": "Nom",
    "given_name": "Prénom",
    "grants": "Rôles",
    "invitation": "Invitation no",
    "kind": "Genre",
    "label": "Libellé",
    "mail": "Courriel no",
    "may_use_password": "Peut entrer sans carte",
    "method": "Moyen",
    "national_id": "Identifiant national",
    "phone": "Téléphone",
    "profession": "Profession",
    "proof": "Preuve",
    "reason": "Motif",
    "revoked": "Codes remplacés",
    "role": "Rôle",
    "roles": "Rôles",
    "since": "Du",
    "starts_on": "À partir du",
    "state": "État",
    "status": "Code de la réponse",
    "structure": "Structure",
    "structures": "Structures",
    "target": "Objet",
    "task": "Tâche",
    "territories": "Territoires",
    "territory": "Territoire",
    "until": "Avant le",
    "version": "Version",
    "warning": "Avertissement",
    "who": "Qui",
}
"""Fields that have a name in French; the others are shown as they are."""

_ROLES = {role.value: role.label for role in Role}
_PROOFS = {value: str(label) for value, label in SignIn.Method.choices} | {"code": "code de l’application"}
WORDS: dict[str, dict[str, str]] = {
    "act": {"create": "création", "update": "modification", "withdraw": "retrait"},
    "method": _PROOFS,
    "proof": _PROOFS,
    "role": _ROLES,
    "roles": _ROLES,
    "state": {
        "in_error": "en erreur",
        "in_order": "en règle",
        "open": "ouvert",
        "planned": "en préparation",
        "suspended": "suspendu",
        "to_create": "à créer",
        "to_update": "à modifier",
        "to_withdraw": "à retirer",
        "withdrawn": "retiré",
    },
}
"""Values that have words in French, by field; the others are shown as they are. `raw` keeps what was written."""


@dataclass(frozen=True)
class Change:
    """A field; `before` or `after` is empty when that side does not speak of it."""

    label: str
    before: str
    after: str


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, known: bool = False) -> list[Change]:
    """One line a field, in the order of the line; with `known`, only fields that have a French name."""
    old, new = _fields(before), _fields(after)
    names = [*old, *(name for name in new if name not in old)]
    return [
        Change(
            FIELDS.get(name, name),
            shown(_worded(name, old[name])) if name in old else "",
            shown(_worded(name, new[name])) if name in new else "",
        )
        for name in names
        if not known or name in FIELDS
    ]


def _fields(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else {"": value}


def _worded(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_worded(name, each) for each in value]
    if not isinstance(value, str):
        return value
    if name == "grants":  # `regulator@SAS-59`
        role, _, territory = value.partition("@")
        return f"{_ROLES.get(role, role)} ({territory})" if territory else _ROLES.get(role, role)
    return WORDS.get(name, {}).get(value, value)


def shown(value: Any) -> str:
    """A value on one line, of `LONGEST` characters at most."""
    text = _text(value)
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text


def _text(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "rien"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ", ".join(map(str, value))
    return raw(value)


def raw(value: Any) -> str:
    """The value as it is kept."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
