"""Pages of a sign-in that did not go through: what happened, what to do, a short reference; never what a card says."""

from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from sas.accounts.psc.queries import contacts


class Failure(StrEnum):
    """What went wrong."""

    OFF = "off"
    CANCELLED = "cancelled"
    DOWN = "down"
    STALE = "stale"
    REFUSED = "refused"
    CARD = "card"
    CLOSED = "closed"
    OTHER_CARD = "other_card"
    NO_CARD = "no_card"


@dataclass(frozen=True)
class _Page:
    status: int
    title: str
    sentences: tuple[str, ...]
    again: bool = True
    fallback: bool = False
    contacts: bool = False


PAGES = {
    Failure.OFF: _Page(
        503,
        "Pro Santé Connect n’est pas disponible ici",
        ("Cette plateforme n’est pas reliée à Pro Santé Connect.", "Entrez par un autre moyen si vous en avez un."),
        again=False,
        fallback=True,
    ),
    Failure.CANCELLED: _Page(
        200,
        "Connexion annulée",
        ("Vous avez arrêté la connexion sur la page de Pro Santé Connect. Rien n’a été fait.",),
    ),
    Failure.DOWN: _Page(
        503,
        "Pro Santé Connect ne répond pas",
        ("Le service est en panne ou trop lent. Réessayez dans quelques minutes.",),
        fallback=True,
        contacts=True,
    ),
    Failure.STALE: _Page(
        400,
        "Connexion à recommencer",
        (
            "Cette connexion a déjà servi, elle a plus de dix minutes, ou elle a commencé dans un autre navigateur.",
            "Par sécurité, elle n’est plus acceptée.",
        ),
    ),
    Failure.REFUSED: _Page(
        403,
        "Connexion refusée",
        (
            "La réponse de Pro Santé Connect n’a pas pu être vérifiée : par sécurité, elle est refusée.",
            "Recommencez. Si cela se reproduit, donnez la référence ci-dessous à votre support.",
        ),
        contacts=True,
    ),
    Failure.CARD: _Page(
        403,
        "Carte illisible",
        (
            "Pro Santé Connect n’a pas donné votre nom ou votre identifiant national sous une forme que nous puissions "
            "lire.",
            "Donnez la référence ci-dessous à votre support, ou à l’assistance de Pro Santé Connect.",
        ),
        contacts=True,
    ),
    Failure.CLOSED: _Page(
        403,
        "Compte désactivé",
        (
            "Votre carte est reconnue, mais le compte qu’elle ouvrait est désactivé.",
            "Le gestionnaire de comptes de votre territoire peut le rouvrir : écrivez-lui.",
        ),
        again=False,
        contacts=True,
    ),
    Failure.OTHER_CARD: _Page(
        403,
        "Ce n’est pas la même carte",
        ("La carte présentée n’est pas celle du compte connecté. Recommencez avec la vôtre ; rien n’a été fait.",),
        again=False,
    ),
    Failure.NO_CARD: _Page(
        400,
        "Connexion à recommencer",
        ("Il faut d’abord vous connecter avec votre carte. Une carte reconnue attend un quart d’heure ici.",),
    ),
}


def failed(
    request: HttpRequest, failure: Failure, *, reference: str = "", wanted: str = "/", invited: bool = False
) -> HttpResponse:
    """The page of that failure. `wanted` is where a new try leads in the end; `invited` offers to attach the card."""
    page = PAGES[failure]
    context = {
        "page": page,
        "reference": f"PSC-{reference.upper().replace('_', '-')}" if reference else "",
        "wanted": wanted,
        "invited": invited,
        "contacts": contacts() if page.contacts else [],
        "password_sign_in": settings.SAS_ENTERING.password_sign_in,
    }
    answer = render(request, "accounts/psc/failed.html", context, status=page.status)
    add_never_cache_headers(answer)
    return answer
