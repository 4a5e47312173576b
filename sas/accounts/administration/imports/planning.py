"""What an import would do, line by line: create, update, nothing, or why not. Reads only, in a few queries."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Prefetch
from django.db.models.functions import Lower

from sas.accounts.access import standing_of_actor, standing_of_grants
from sas.accounts.administration.granting import Grant, key_of, why_not_give
from sas.accounts.administration.imports.parsing import Line
from sas.accounts.administration.structures import attachable, structure_key
from sas.accounts.models import RoleGrant, StructureAttachment, User
from sas.accounts.names import why_not_same_person
from sas.accounts.permissions import Role
from sas.accounts.rules import Standing, why_not_change
from sas.directory.models import Structure, Territory


class Fate(StrEnum):
    """What becomes of a line."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        return {"create": "à créer", "update": "à modifier", "unchanged": "sans changement", "refused": "écartée"}[self]


@dataclass(frozen=True)
class Planned:
    """One line and its fate. `columns`: what is written on the account; `changes` says it all in words."""

    line: Line
    fate: Fate
    user: User | None = None
    grants: frozenset[Grant] = frozenset()
    columns: dict[str, object] = field(default_factory=dict)
    structures: tuple[Structure, ...] = ()
    changes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """Every line, in order, with the territories that they name."""

    lines: list[Planned]
    territories: dict[str, Territory]

    def count(self, fate: Fate) -> int:
        """How many lines have this fate."""
        return sum(planned.fate is fate for planned in self.lines)

    @property
    def to_write(self) -> int:
        """How many accounts applying it would create or change."""
        return self.count(Fate.CREATE) + self.count(Fate.UPDATE)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """Each fate in words, with its number of lines."""
        return [(fate.label, self.count(fate)) for fate in Fate]

    @property
    def digest(self) -> str:
        """What was promised: two plans that would write the same have the same digest, and no other."""
        said = [
            (
                planned.line.number,
                planned.fate,
                planned.user.pk if planned.user else None,
                sorted(map(key_of, planned.grants)),
                sorted((name, str(value)) for name, value in planned.columns.items()),
                sorted(structure.pk for structure in planned.structures),
                planned.errors,
            )
            for planned in self.lines
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True)
class _Known:
    """What the lines of a file name, read at once."""

    actor: User
    standing: Standing
    at: datetime
    users: dict[str, User]
    holders: dict[str, User]
    territories: dict[str, Territory]
    structures: dict[str, Structure]


def plan(lines: Sequence[Line], *, actor: User, at: datetime) -> Plan:
    """What `actor` would do by applying these lines now: the same number of queries whatever their number."""
    known = _known(lines, actor, at)
    judged = [_judged(line, known) for line in lines]
    return Plan(_without_shared_ids(judged), known.territories)


def _known(lines: Sequence[Line], actor: User, at: datetime) -> _Known:
    grants = Prefetch("grants", queryset=RoleGrant.objects.select_related("territory"))
    attached = Prefetch("attachments", queryset=StructureAttachment.objects.only("user_id", "structure_id"))
    users = User.objects.annotate(lowered=Lower("email")).prefetch_related(grants, attached)
    emails = [line.email for line in lines]
    ids = [line.national_id for line in lines if line.national_id]
    codes = {code for line in lines for code in line.territories}
    keys = {structure_key(text) for line in lines for text in line.structures} - {""}
    return _Known(
        actor=actor,
        standing=standing_of_actor(actor),
        at=at,
        users={user.email.lower(): user for user in users.filter(lowered__in=emails) if user.email},
        holders={u.national_id: u for u in User.objects.filter(national_id__in=ids, is_active=True) if u.national_id},
        territories={t.code: t for t in Territory.objects.filter(code__in=codes)},
        structures={s.national_id: s for s in attachable(actor).filter(national_id__in=keys)} if keys else {},
    )


def _judged(line: Line, known: _Known) -> Planned:
    user = known.users.get(line.email)
    errors = [*line.errors, *_wrong_facts(line, user, known)]
    grants = frozenset(
        (role, code) for role in line.roles for code in (line.territories or ("",)) if code or not line.errors
    )
    errors += dict.fromkeys(
        f"{role.label} : {reason}"
        for role, code in sorted(grants)
        if (reason := why_not_give(known.standing, (role, code)))
    )
    if user is not None:
        errors += _wrong_account(user, line, known)
    if errors:
        return Planned(line, Fate.REFUSED, user, errors=tuple(errors))
    structures = tuple(known.structures[structure_key(text)] for text in line.structures)
    if user is None:
        return _creation(line, grants, structures)
    return _update(line, user, grants, structures)


def _wrong_facts(line: Line, user: User | None, known: _Known) -> list[str]:
    found = []
    try:
        if not line.errors:
            validate_email(line.email)
    except ValidationError:
        found.append("Adresse électronique mal formée.")
    if unknown := [code for code in line.territories if code not in known.territories]:
        found.append(f"Territoire inconnu : {', '.join(unknown)}.")
    if missing := [text for text in line.structures if structure_key(text) not in known.structures]:
        found.append(f"Structure inconnue dans vos territoires : {', '.join(missing)}.")
    if line.structures and Role.STRUCTURE_MANAGER not in line.roles:
        found.append("Des structures sans le rôle « Gestionnaire de structure ».")
    holder = known.holders.get(line.national_id)
    if holder is not None and holder.pk != (user.pk if user else None):
        found.append("Cet identifiant national appartient à un autre compte actif.")
    if line.expires_on is not None and line.expires_on < known.at.date():
        found.append("L’échéance est passée.")
    return found


def _wrong_account(user: User, line: Line, known: _Known) -> list[str]:
    if user.pk == known.actor.pk:
        return ["C’est votre propre compte : nul ne le change soi-même."]
    if not user.is_active:
        return ["Ce compte est désactivé : réactivez-le d’abord."]
    names = (line.family_name, line.given_name)
    if other := why_not_same_person(given=names, held=(user.family_name, user.given_name)):
        return [other]
    standing = standing_of_grants(user.grants.all())
    if not known.standing.everywhere and not standing.territories & known.standing.territories:
        return ["Un compte existe déjà ailleurs avec cette adresse : ajoutez-lui vos rôles par « Créer un compte »."]
    reason = why_not_change(known.standing, standing)
    return [reason] if reason else []


def _columns(line: Line) -> dict[str, object]:
    given: dict[str, object] = {
        "family_name": line.family_name,
        "given_name": line.given_name,
        "profession": line.profession,
        "national_id": line.national_id,
        "may_use_password": line.without_card,
        "expires_on": line.expires_on,
    }
    return {name: value for name, value in given.items() if value not in ("", None)}


def _creation(line: Line, grants: frozenset[Grant], structures: tuple[Structure, ...]) -> Planned:
    said = ", ".join(f"{role.label}{f' ({code})' if code else ''}" for role, code in sorted(grants))
    return Planned(line, Fate.CREATE, None, grants, _columns(line), structures, (said,))


def _update(line: Line, user: User, grants: frozenset[Grant], structures: tuple[Structure, ...]) -> Planned:
    """What is empty in the file stays; roles are added, never taken back."""
    held = {(Role(grant.role), grant.territory.code if grant.territory else "") for grant in user.grants.all()}
    attached = {attachment.structure_id for attachment in user.attachments.all()}
    columns = {name: value for name, value in _columns(line).items() if getattr(user, name) != value}
    added = frozenset(grants - held)
    new = tuple(structure for structure in structures if structure.pk not in attached)
    words = [f"{name} : {getattr(user, name) or '—'} → {value}" for name, value in columns.items()]
    words += [f"+ {role.label}{f' ({code})' if code else ''}" for role, code in sorted(added)]
    words += [f"+ {structure.name}" for structure in new]
    fate = Fate.UPDATE if words else Fate.UNCHANGED
    return Planned(line, fate, user, added, columns, new, tuple(words))


def _without_shared_ids(judged: list[Planned]) -> list[Planned]:
    """A national id is one person's: the second line that bears it is refused."""
    first: dict[str, int] = {}
    kept = []
    for planned in judged:
        line = planned.line
        earlier = first.setdefault(line.national_id, line.number) if line.national_id else line.number
        if earlier != line.number and planned.fate is not Fate.REFUSED:
            same = f"Même identifiant national que la ligne {earlier}."
            planned = Planned(line, Fate.REFUSED, planned.user, errors=(same,))
        kept.append(planned)
    return kept
