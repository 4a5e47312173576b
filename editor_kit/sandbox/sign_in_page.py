"""The HTML of the sign-in to the agenda: one field, its errors tied to it, everything escaped."""

from html import escape
from typing import NamedTuple

from editor_kit.sandbox.html_pages import document

_ASK_THE_PLATFORM = (
    "Connectez-vous d’abord à la plateforme SAS : elle annonce votre compte à cet éditeur à chaque connexion. "
    "Si le refus persiste, adressez-vous au gestionnaire de comptes de votre territoire."
)


class Refusal(NamedTuple):
    """Why somebody is not let in, in a few words, and what to do."""

    reason: str
    remedy: str


EMPTY = Refusal("L’adresse de courriel manque.", "Saisissez celle de votre compte, par exemple prenom.nom@exemple.fr.")
UNKNOWN = Refusal("Aucun compte régulateur n’a cette adresse chez cet éditeur.", _ASK_THE_PLATFORM)
DISABLED = Refusal("Ce compte régulateur est désactivé chez cet éditeur.", _ASK_THE_PLATFORM)
OVER = Refusal("Votre connexion a pris fin : rien n’a été réservé.", "Connectez-vous pour revenir au créneau.")
_TITLE = "Connexion à l’agenda"


class Visitor(NamedTuple):
    """Who is signed in: the account's server id, its name, and the token that its forms must carry."""

    account: str
    name: str
    form_token: str


def sign_in(leads_to: str, *, typed: str = "", refusal: Refusal | None = None) -> str:
    """The form; `leads_to` is the agenda to open afterwards, `refusal` what was wrong with the previous attempt."""
    described = "aide-courriel" + (" erreur-courriel" if refusal else "")
    invalid = ' aria-invalid="true"' if refusal else ""
    return document(
        f"Erreur — {_TITLE}" if refusal else _TITLE,
        [
            f"<h1>{_TITLE}</h1>",
            _summary(refusal),
            "<p>Cet agenda est ouvert depuis le SAS : il demande le compte régulateur que la plateforme a créé "
            "chez cet éditeur. Dans ce bac à sable, aucun mot de passe n’est demandé.</p>",
            '<form method="post" action="/connexion" novalidate>',
            '<label for="courriel">Adresse de courriel du compte</label>',
            '<p class="aide" id="aide-courriel">Celle de votre compte sur la plateforme SAS.</p>',
            f'<p class="erreur" id="erreur-courriel">{escape(" ".join(refusal))}</p>' if refusal else "",
            f'<input id="courriel" name="courriel" type="email" autocomplete="email" required maxlength="254"'
            f' aria-describedby="{described}"{invalid} value="{escape(typed)}">',
            f'<input type="hidden" name="suite" value="{escape(leads_to)}">',
            "<p><button>Se connecter</button></p></form>",
        ],
    )


def signed_in(name: str) -> str:
    """Signed in, without an agenda to open."""
    said = f"Vous êtes connecté avec le compte de {escape(name)}. Ouvrez un agenda depuis la plateforme SAS."
    return document("Connexion établie", ["<h1>Connexion établie</h1>", f'<p class="avis sas">{said}</p>'])


def foreign_form() -> str:
    """The page of a form that this sandbox did not show."""
    said = (
        "Ce formulaire ne vient pas de cette page, ou il est trop ancien : rien n’a été fait. "
        "Revenez à l’agenda et recommencez."
    )
    return document("Envoi refusé", ["<h1>Envoi refusé</h1>", f'<p class="avis" role="alert">{said}</p>'])


def identity(who: Visitor) -> str:
    """Who is signed in, and the way out."""
    return (
        f"<p>Connecté : <strong>{escape(who.name)}</strong></p>"
        f'<form method="post" action="/deconnexion">{token_field(who)}'
        '<button class="second">Se déconnecter</button></form>'
    )


def token_field(who: Visitor) -> str:
    """The hidden field that proves where a form comes from."""
    return f'<input type="hidden" name="jeton" value="{escape(who.form_token)}">'


def _summary(refusal: Refusal | None) -> str:
    if refusal is None:
        return ""
    return f'<div class="avis" role="alert"><p><a href="#courriel">{escape(refusal.reason)}</a></p></div>'
