"""What audit lines keep, in words: fields, values, and what changed between before and after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
        Change(FIELDS.get(name, name), shown(old[name]) if name in old else "", shown(new[name]) if name in new else "")
        for name in names
        if not known or name in FIELDS
    ]


def _fields(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    return value if isinstance(value, Mapping) else {"": value}


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
