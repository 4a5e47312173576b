"""Who may act on whom: never above one's own rank, never outside one's own territories (platform.md §1).

Pure functions of facts; each answers with a reason in French, or nothing when it is allowed.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules need to know of an account: its rank, and the territories (codes) of its roles.

    `everywhere`: it administers the whole country. `territories` of somebody who is administered: those of all their
    roles; of somebody who administers: those they administer. `nowhere`: somebody who is administered also holds, in
    their own right, a role on no territory.
    """

    rank: int
    territories: frozenset[str]
    everywhere: bool = False
    nowhere: bool = False


def why_not_see(actor: Standing, target: Standing) -> str | None:
    """Why `actor` may not open the sheet of `target`; nobody without a common territory may."""
    if actor.everywhere or actor.territories & target.territories:
        return None
    return "Ce compte n’est pas de vos territoires."


def why_not_change(actor: Standing, target: Standing) -> str | None:
    """Why `actor` may not change who `target` is (name, e-mail, card): all its territories must be the actor's."""
    if reason := why_not_see(actor, target):
        return reason
    if target.rank > actor.rank:
        return "Ce compte a un rang supérieur au vôtre : adressez-vous à un administrateur national."
    if actor.everywhere:
        return None
    if others := sorted(target.territories - actor.territories):
        return (
            f"Ce compte a aussi des rôles sur {', '.join(others)} : vous pouvez retirer ceux de vos territoires, "
            "pas le modifier ni le désactiver."
        )
    if target.nowhere:  # else a role given on one's own territory would give a hold on whoever has none
        return (
            "Ce compte a aussi un rôle qui n’est d’aucun territoire : vous pouvez retirer ceux de vos territoires, pas "
            "le modifier ni le désactiver. Adressez-vous à un administrateur national."
        )
    return None


def why_not_grant(actor: Standing, *, rank: int, needs_territory: bool, territories: Collection[str]) -> str | None:
    """Why `actor` may not give (or take back) a role of that rank on those territories (none: on no territory)."""
    if rank > actor.rank:
        return "Ce rôle est d’un rang supérieur au vôtre."
    if needs_territory and not territories:
        return "Ce rôle se donne sur un territoire au moins."
    if actor.everywhere:
        return None
    if not territories:
        return "Choisissez au moins un de vos territoires."
    if others := sorted(set(territories) - actor.territories):
        return f"Vous n’administrez pas {', '.join(others)}."
    return None
