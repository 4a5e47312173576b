"""When entering waits, when a session ends, what a second factor is for. Pure functions of facts and a date."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

WRONG_BEFORE_LOCK = 10
WRONG_WITHIN = timedelta(hours=1)
LOCK = timedelta(minutes=15)
"""Ten wrong passwords in a row within an hour lock an account for a quarter of an hour (issue on accounts)."""

WRONG = frozenset({"wrong_password", "wrong_code"})
UNLOCKED = frozenset({"unlocked", "password_reset"})
"""Keys of `SignIn.refusal` which count towards a lock, and which end it."""

PASSWORD_LENGTH = (12, 128)
HOW_TO_CHOOSE = (
    "Au moins 12 caractères, 128 au plus. Une phrase de plusieurs mots que vous seul connaissez vaut mieux qu’un mot "
    "court avec des chiffres et des signes. Les mots de passe courants, ou proches de votre nom ou de votre adresse, "
    "sont refusés."
)
"""Length rather than composition (CNIL, recommendation of 21 July 2022; ANSSI, guide of October 2021)."""


FEWEST_SIGNS = 5
WORDS = [
    "azertyuiop",
    "qsdfghjklm",
    "azerty",
    "qwerty",
    "motdepasse",
    "mdp",
    "password",
    "passe",
    "secret",
    "bonjour",
    "bienvenue",
    "soleil",
    "jetaime",
    "doudou",
    "loulou",
    "chouchou",
    "marseille",
    "paris",
    "france",
    "medecin",
    "docteur",
    "infirmier",
    "infirmiere",
    "samu",
    "sante",
    "regulation",
    "regulateur",
    "hopital",
    "urgence",
    "urgences",
    "admin",
    "administrateur",
    "demo",
    "test",
    "sas",
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
    "printemps",
    "ete",
    "automne",
    "hiver",
]
"""Of a list in French, where Django's own is in English: words that people here put alone, doubled or with a year."""

_ONLY_WORDS = re.compile(f"(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})*")


def why_too_common(password: str) -> str | None:
    """Why a long password is one that somebody would try first; `None` when it is not."""
    if len(set(password.lower())) < FEWEST_SIGNS:
        return "Ce mot de passe répète les mêmes signes : choisissez une phrase de plusieurs mots."
    letters = re.sub(r"[\W\d_]", "", password.lower().translate(str.maketrans("éèêàâîôûç", "eeeaaiouc")))
    if _ONLY_WORDS.fullmatch(letters):
        return "Ce mot de passe est trop courant : choisissez une phrase de plusieurs mots."
    return None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt with a password: when, and the key of its refusal (empty: it opened a session)."""

    at: datetime
    refusal: str


def locked_until(attempts: Iterable[Attempt], at: datetime) -> datetime | None:
    """Until when passwords are refused, right or wrong; `None` when they are not.

    `attempts` of one account, in any order, over the last hour and a quarter at least. What is refused during a lock
    neither lengthens it nor counts for the next one. An unlocking, a reset or an entry starts again from zero.
    """
    wrong: list[datetime] = []
    lock: datetime | None = None
    for attempt in sorted(attempts, key=lambda attempt: attempt.at):
        if not attempt.refusal or attempt.refusal in UNLOCKED:
            wrong, lock = [], None
        elif attempt.refusal in WRONG and (lock is None or attempt.at >= lock):
            wrong = [earlier for earlier in wrong if attempt.at - earlier < WRONG_WITHIN] + [attempt.at]
            if len(wrong) >= WRONG_BEFORE_LOCK:
                wrong, lock = [], attempt.at + LOCK
    return lock if lock is not None and lock > at else None


def why_over(
    *, entered_at: datetime, seen_at: datetime, now: datetime, idle: timedelta, limit: timedelta
) -> str | None:
    """Why a session ends now, as a key of `ENDINGS`; `None` when it goes on (platform.md §2.4)."""
    if now - entered_at >= limit:
        return "duree"
    if now - seen_at >= idle:
        return "inactivite"
    return None


def why_not_remove_factor(*, last: bool, required: bool) -> str | None:
    """Why a second factor must stay: the last one, where passwords need one."""
    if last and required:
        return "C’est votre seul second facteur, et il est obligatoire ici : ajoutez-en un autre avant de le retirer."
    return None
