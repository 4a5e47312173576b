"""What was done to an account, in words: the lines of the audit trail about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sas.accounts.administration.drafts import LABELS
from sas.accounts.administration.granting import in_words
from sas.accounts.models import User
from sas.web.audit_queries import AuditFilter, audit_page

ACTS = {
    "create_account": "compte créé",
    "edit_account": "compte modifié",
    "add_roles": "rôles ajoutés",
    "remove_roles": "rôles retirés",
    "close_account": "compte fermé",
    "reopen_account": "compte réactivé",
    "invite_account": "invitation envoyée",
    "use_invitation": "invitation utilisée",
    "set_national_id": "identifiant national changé",
    "attach_structure": "structure rattachée",
    "detach_structure": "structure détachée",
    "unlock_sign_in": "connexion débloquée",
    "warn_dormant_account": "averti que le compte ne sert pas",
    "sign_in": "entrée",
    "post_mail": "courriel demandé",
    "send_mail": "courriel envoyé",
    "accept_terms": "conditions acceptées",
    "set_first_password": "premier mot de passe choisi",
    "change_password": "mot de passe changé",
    "reset_password": "mot de passe choisi de nouveau",
    "give_contact_address": "adresse donnée",
}
"""Acts in French; an act of another package is shown as the trail writes it."""

HIDDEN = frozenset({"post_mail", "send_mail", "sign_in"})
"""What other parts of the sheet show already."""

REASONS = {reason.value: reason.label for reason in User.ClosedFor}
WORDS = LABELS | {"national_id": "identifiant national", "structure": "structure", "structures": "structures"}
_ACCOUNT = re.compile(r"compte (\d{1,18})")


@dataclass(frozen=True)
class HistoryLine:
    """Who did what to the account; `detail` says what changed, if it is kept."""

    at: datetime
    who: str
    act: str
    detail: str


def history_of_account(user: User, *, most: int) -> list[HistoryLine]:
    """The last acts on this account, newest first, in two queries."""
    found = audit_page(AuditFilter(target=user.audit_label), size=most * 3).rows
    rows = [row for row in found if row.act not in HIDDEN][:most]
    numbers = {int(match[1]) for row in rows if (match := _ACCOUNT.fullmatch(row.who))}
    names = {f"compte {person.pk}": str(person) for person in User.objects.filter(pk__in=numbers)}
    return [
        HistoryLine(row.at, names.get(row.who, row.who), ACTS.get(row.act, row.act), detail(row.before, row.after))
        for row in rows
    ]


def detail(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What changed, in words; empty when nothing readable was kept."""
    old, new = before or {}, after or {}
    said = [_change(name, old.get(name), new.get(name)) for name in WORDS if name in old or name in new]
    if new.get("added"):
        said.append(f"+ {_value(new['added'])}")
    if old.get("removed"):
        said.append(f"− {_value(old['removed'])}")
    if "reason" in new:
        said.append(REASONS.get(new["reason"], str(new["reason"])))
    if new.get("why"):
        said.append(f"« {new['why']} »")
    return " ; ".join(part for part in said if part)


def _change(name: str, old: Any, new: Any) -> str:
    if old in (None, "", []) and new in (None, "", []):
        return ""
    if old in (None, "", []):
        return f"{WORDS[name]} : {_value(new)}"
    return f"{WORDS[name]} : {_value(old)} → {_value(new)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(in_words(str(each)) for each in value) or "rien"
    return str(value) if value not in (None, "") else "rien"
