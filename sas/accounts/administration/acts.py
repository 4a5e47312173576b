"""Acts on an account that take one press after one sentence: what they say, what they do, what they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sas.accounts.administration import services
from sas.accounts.models import User


@dataclass(frozen=True)
class Act:
    """`sentence` is formatted with the name of the person; `do` is a service (`user=`, `by=`, `at=`).
    `asks_why`: a short reason may be typed, and is given to it (`why=`)."""

    title: str
    sentence: str
    button: str
    done: str
    do: Callable[..., Any]
    leads_to_list: bool = False
    asks_why: bool = False

    def said(self, user: User) -> str:
        """The whole sentence that is confirmed."""
        return self.sentence.format(name=str(user), email=user.email or "sans adresse")

    def perform(self, user: User, *, by: User, at: datetime, why: str = "") -> str:
        """Do it; the message to show."""
        self.do(user=user, by=by, at=at, **({"why": why} if self.asks_why else {}))
        return self.done.format(name=str(user))


DEACTIVATE = Act(
    "Désactiver le compte",
    "Désactiver le compte de {name} ({email}) : ses sessions se ferment tout de suite, son accès est retiré chez les "
    "éditeurs, son invitation en cours ne marche plus. La personne est prévenue par courriel. Le compte pourra être "
    "réactivé.",
    "Désactiver ce compte",
    "Le compte de {name} est désactivé.",
    services.deactivate_account,
    asks_why=True,
)
REACTIVATE = Act(
    "Réactiver le compte",
    "Réactiver le compte de {name} ({email}) avec les rôles qu’il avait, sans échéance.",
    "Réactiver ce compte",
    "Le compte de {name} est réactivé.",
    services.reactivate_account,
)
REMOVE = Act(
    "Retirer les rôles de vos territoires",
    "Retirer à {name} ({email}) tous ses rôles sur vos territoires. Le compte garde ceux qu’il a ailleurs ; il ne sera "
    "plus dans votre liste.",
    "Retirer ces rôles",
    "Les rôles de {name} sur vos territoires sont retirés.",
    services.remove_own_roles,
    leads_to_list=True,
)
INVITE = Act(
    "Renvoyer l’invitation",
    "Envoyer un nouveau lien à {email} : le précédent ne marchera plus.",
    "Envoyer l’invitation",
    "Une nouvelle invitation part à l’instant.",
    services.resend_invitation,
)
UNLOCK = Act(
    "Débloquer la connexion",
    "Débloquer la connexion de {name} : les mots de passe sont de nouveau acceptés.",
    "Débloquer la connexion",
    "La connexion de {name} est débloquée.",
    services.unlock_account,
)
