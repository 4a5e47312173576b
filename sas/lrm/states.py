"""What a message becomes when the Hub or the LRM answers, by numeric code (interop.md §4.6). Pure.

Codes decide, never their names: the guide and the code of the Hub do not agree on those, and new ones appear.
"""

from dataclasses import dataclass

from sas.lrm.envelopes import CREATE

MOST_RESENDS = 3
"""A message that expires is sent again under a new id, three times: three days of a recipient who reads nothing."""

EXPIRED_CODES = frozenset({400, 500})
CONFLICT = 409

WAITING, PUBLISHED, ACKNOWLEDGED = "waiting", "published", "acknowledged"
REFUSED, EXPIRED, ABANDONED = "refused", "expired", "abandoned"

_FORM = "défaut de la plateforme, à signaler à son éditeur"
_CONFIGURATION = "configuration"

REASONS = {
    100: f"message refusé par le Hub : il n’était pas marqué persistant ({_FORM})",
    101: f"message refusé par le Hub : type de contenu ({_FORM})",
    102: f"contenu refusé : le Hub n’a pas su le lire ({_FORM})",
    200: f"{_CONFIGURATION} : HUB_CLIENT_ID n’est pas le nom que le Hub connaît à ce certificat",
    300: f"contenu refusé : il ne suit pas le modèle du Hub ({_FORM})",
    301: f"{_CONFIGURATION} : l’espace (vhost) de HUB_URL n’est pas de la version du modèle SAS",
    409: "le LRM dit qu’il connaît déjà cette orientation, et n’a pas pris sa mise à jour",
    501: "destinataire inconnu du Hub : vérifiez l’identifiant de ce LRM (add_lrm --hub-client-id)",
    600: "le Hub n’a pas su convertir le message pour ce LRM",
    700: "erreur interne du LRM",
    701: "le LRM dit qu’il a déjà ce dossier",
    702: "le LRM dit que ce message ne vient pas à son tour",
    703: "le LRM ne connaît pas la plateforme : son exploitant doit l’ajouter",
    704: "le LRM demande des données que le message n’a pas",
}
EXPIRED_FOR_GOOD = "le LRM ne lit pas ses messages : renvoyée plusieurs fois, expirée chaque fois"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message when an answer comes. `resends`: how many messages it replaces, one by another.

    `superseded`: a later snapshot of the same orientation exists. `replaced`: it was already sent again.
    """

    state: str
    method: str = CREATE
    resends: int = 0
    superseded: bool = False
    replaced: bool = False
    had_conflict: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """What it becomes. `resend`: « same » content under a new id, « update » with that method, or « » for no more."""

    state: str
    needs_hand: bool = False
    trouble: str = ""
    resend: str = ""


def after_ack(standing: Standing) -> Next | None:
    """Received by the LRM, wherever we thought it stood; None when this changes nothing.

    An error that came before weighs more: an LRM may acknowledge what it then refuses, in any order.
    """
    return None if standing.state in (ACKNOWLEDGED, REFUSED) else Next(ACKNOWLEDGED)


def after_error(standing: Standing, code: int | None) -> Next | None:
    """Refused, or expired and sent again; None when this changes nothing."""
    if standing.state in (REFUSED, EXPIRED, ABANDONED):
        return None  # the first error said it, or somebody decided
    if code in EXPIRED_CODES:
        return None if standing.state == ACKNOWLEDGED else _expired(standing)
    if code == CONFLICT and standing.method == CREATE and not standing.had_conflict:
        return Next(REFUSED, resend="" if standing.superseded or standing.replaced else "update")
    if standing.superseded:
        return Next(REFUSED, trouble=reason_of(code))  # the next snapshot says everything again
    return Next(REFUSED, needs_hand=True, trouble=reason_of(code))


def _expired(standing: Standing) -> Next:
    if standing.superseded or standing.replaced:
        return Next(EXPIRED)
    if standing.resends >= MOST_RESENDS:
        return Next(EXPIRED, needs_hand=True, trouble=EXPIRED_FOR_GOOD)
    return Next(EXPIRED, resend="same")


def reason_of(code: int | None) -> str:
    """Why it was refused, in French, and what to do when the code tells."""
    if code is None:
        return "refusée par le LRM, qui ne dit pas pourquoi"
    return REASONS.get(code, f"refusée avec un code inconnu ({code})")
