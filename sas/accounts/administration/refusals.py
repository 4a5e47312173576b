"""Why a sign-in failed, in sentences: the keys of `SignIn.refusal`, what they mean, what to do about it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from sas.accounts.models import SignIn, User

LAST = 10


@dataclass(frozen=True)
class Explained:
    """One attempt. `what` and `todo` are sentences; both are empty for an entry."""

    at: datetime
    method: str
    refused: bool
    what: str
    todo: str


SENTENCES: dict[str, tuple[str, str]] = {
    "wrong_password": ("Mot de passe faux.", "La personne peut en choisir un autre par « Mot de passe oublié »."),
    "wrong_code": (
        "Code du second facteur faux.",
        "Vérifier l’heure du téléphone ; au besoin, un code de récupération.",
    ),
    "locked": ("Trop d’essais : connexion bloquée un quart d’heure.", "Attendre, ou débloquer ci-dessus."),
    "closed": ("Compte désactivé.", "Réactiver le compte si la personne doit encore entrer."),
    "expired": ("Compte arrivé à échéance.", "Repousser l’échéance dans « Modifier »."),
    "password_closed": (
        "Entrée sans carte fermée.",
        "Cocher « peut entrer sans carte », ou entrer par Pro Santé Connect.",
    ),
    "no_password": (
        "Entrée sans carte non permise à ce compte.",
        "Cocher « peut entrer sans carte » dans « Modifier ».",
    ),
    "unlocked": ("Connexion débloquée par un gestionnaire.", "Rien à faire."),
    "password_reset": ("Mot de passe changé par courriel.", "Rien à faire."),
    "unknown_card": ("Carte inconnue de la plateforme.", "Envoyer une invitation : elle rattache la carte au compte."),
    "reconciliation_unknown": (
        "Aucune invitation à ce nom et à cette adresse.",
        "Vérifier l’adresse et le nom du compte, puis renvoyer l’invitation.",
    ),
    "reconciliation_names": (
        "Le nom de la carte n’est pas celui du compte.",
        "Corriger le nom dans « Modifier », comme il est écrit sur la carte.",
    ),
    "reconciliation_taken": (
        "Le compte a déjà une autre carte.",
        "Si la personne a changé d’identifiant, retirer l’ancien dans « Identifiant national ».",
    ),
    "reconciliation_expired": ("L’invitation n’était plus valable.", "Renvoyer l’invitation."),
    "confirm_other_card": ("Une autre carte a été présentée pour confirmer.", "Confirmer avec la carte du compte."),
    "break_glass": (
        "Code de secours faux, utilisé ou périmé.",
        "Demander un nouveau code à un administrateur national.",
    ),
}
"""In French, for account managers."""

OTHERWISE = "Connexion refusée."
TO_DO_OTHERWISE = "Réessayer ; si cela dure, donner ce motif à l’exploitation."


def last_sign_ins(user: User) -> list[Explained]:
    """The last attempts of this account, and those with its card that opened none; newest first, one query."""
    mine = Q(user=user)
    if user.national_id:
        mine |= Q(user=None, national_id=user.national_id)
    return [explained(attempt) for attempt in SignIn.objects.filter(mine).order_by("-at", "-pk")[:LAST]]


def explained(attempt: SignIn) -> Explained:
    """One attempt, in sentences; an unknown key is shown as it is, for whoever operates."""
    what, todo = SENTENCES.get(attempt.refusal, (f"{OTHERWISE} Motif : {attempt.refusal}.", TO_DO_OTHERWISE))
    method = SignIn.Method(attempt.method).label if attempt.method in SignIn.Method.values else attempt.method
    if not attempt.refusal:
        what = todo = ""
    return Explained(attempt.at, method, bool(attempt.refusal), what, todo)
