"""What one's own account page shows."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sas.accounts.models import SignIn, TermsAcceptance, User
from sas.accounts.own.factors.queries import Factor, codes_left, factors_of
from sas.accounts.permissions import Permission, Role
from sas.accounts.sessions import OpenSession, sessions_of
from sas.accounts.territories.queries import PlaceSas, places_of

LATEST = 10
REFUSALS = {
    "wrong_password": "mot de passe incorrect",
    "wrong_code": "code incorrect",
    "locked": "compte bloqué un quart d’heure après dix essais",
    "no_password": "compte sans droit au mot de passe",
    "closed": "compte désactivé",
    "expired": "compte arrivé à échéance",
    "used_code": "code de secours déjà utilisé ou remplacé",
    "code_of_another_day": "code de secours d’un autre jour",
    "unlocked": "débloqué par un gestionnaire de comptes",
    "password_reset": "nouveau mot de passe choisi par le lien reçu",
}
"""What the keys of `SignIn.refusal` written by this package mean to people."""


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role, and where: labels of territories, none for « nowhere in particular »."""

    label: str
    territories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PastSignIn:
    """One line of own sign-ins; `refusal` in words, empty when it opened a session."""

    at: datetime
    method: str
    refusal: str
    address: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One's own account; `places` is `None` for whoever does not receive patients."""

    roles: tuple[HeldRole, ...]
    factors: list[Factor]
    codes_left: int
    sessions: list[OpenSession]
    sign_ins: list[PastSignIn]
    terms_version: str
    terms_at: datetime | None
    places: list[PlaceSas] | None


def sheet_of(user: User, *, now: datetime) -> Sheet:
    """Everything that the page shows; six queries (nine for an effector), whatever the number of roles."""
    version = settings.SAS_TERMS_VERSION
    return Sheet(
        roles=roles_in_words(user),
        factors=factors_of(user),
        codes_left=codes_left(user),
        sessions=sessions_of(user, current_key=None, now=now),
        sign_ins=latest_sign_ins(user),
        terms_version=version,
        terms_at=TermsAcceptance.objects.filter(user=user, version=version).values_list("at", flat=True).first(),
        places=places_of(user, now) if user.may(Permission.OWN_PRACTICE) else None,
    )


def roles_in_words(user: User) -> tuple[HeldRole, ...]:
    """Roles of an account, each with its territories."""
    where: dict[Role, list[str]] = {}
    for grant in user.held:
        names = where.setdefault(Role(grant.role), [])
        if grant.territory:
            names.append(str(grant.territory))
    return tuple(HeldRole(role.label, tuple(names)) for role, names in sorted(where.items()))


def latest_sign_ins(user: User, count: int = LATEST) -> list[PastSignIn]:
    """The latest attempts on this account, newest first."""
    rows = SignIn.objects.filter(user=user).order_by("-at", "-pk")[:count]
    return [
        PastSignIn(row.at, row.get_method_display(), refusal_in_words(row.refusal), row.address or "") for row in rows
    ]


def refusal_in_words(refusal: str) -> str:
    """What a key of `SignIn.refusal` means; itself when another package wrote it."""
    return REFUSALS.get(refusal, refusal)
