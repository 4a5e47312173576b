"""The HTML of the provider: French, accessible, self-contained, everything escaped."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from demo.pro_sante_connect.oauth import Client
from demo.pro_sante_connect.people import Claims, full_name, profession_of

MOST_SHOWN = 50
SEARCH_FROM = 10
"""As many people are read at a glance; a search comes with more."""

_STYLE = """
body{font:1.05rem/1.5 system-ui,sans-serif;color:#161616;background:#fff}
body{max-width:46rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
.avis{border-left:.3rem solid #b34000;padding:.5rem 1rem;background:#fff4f3}
ul{list-style:none;padding:0}li{margin:0 0 .5rem}
label{display:block;font-weight:bold}
input{font:inherit;padding:.5rem;border:1px solid #3a3a3a;width:100%;max-width:24rem;box-sizing:border-box}
button{font:inherit;padding:.6rem 1.2rem;margin:.5rem 0;cursor:pointer}
button{color:#fff;background:#000091;border:2px solid #000091}
li button{width:100%;margin:0;text-align:left;color:#161616;background:#f5f5fe}
.second{color:#000091;background:#fff}
button span{display:block}
a{color:#000091}a:focus,button:focus,input:focus{outline:3px solid #0a76f6;outline-offset:2px}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADING = "Bac à sable Pro Santé Connect"
_NOTICE = (
    '<p class="avis">Ceci n’est pas Pro Santé Connect : les personnes sont inventées, '
    "aucune carte ni aucun mot de passe n’est demandé.</p>"
)


def content_security_policy(client: Client) -> str:
    """Nothing but our style and our forms; browsers apply `form-action` to the redirect that follows a form too."""
    forms = " ".join(["'self'", *client.origins()])
    return (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {forms}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def sign_in(
    *, action: str, question: str, client: Client, found: Sequence[tuple[str, Claims]], total: int, words: str
) -> str:
    """« Qui êtes-vous ? »: one button a person. `found` of the `total` people match `words`."""
    key = f'<input type="hidden" name="demande" value="{escape(question)}">'
    parts = [
        f"<h1>{HEADING}</h1>",
        _NOTICE,
        f"<p>Le service « {escape(client.client_id)} » demande qui vous êtes. Choisissez une personne.</p>",
    ]
    if total > SEARCH_FROM:
        parts.append(
            f'<form method="get" action="{escape(action)}" role="search">{key}'
            '<label for="recherche">Nom, identifiant national ou profession</label>'
            f'<input type="search" id="recherche" name="recherche" value="{escape(words)}" autocomplete="off"> '
            '<button class="second">Rechercher</button></form>'
        )
        parts.append(f'<p role="status">{_counted(len(found))}</p>')
    parts.append(f'<form method="post" action="{escape(action)}">{key}')
    if found:
        items = "".join(f"<li>{_choice(national_id, claims)}</li>" for national_id, claims in found[:MOST_SHOWN])
        parts.append(f"<h2>Se connecter en tant que</h2><ul>{items}</ul>")
    parts.append('<button class="second" name="annuler" value="1">Annuler</button></form>')
    return _document("Se connecter", parts)


def sign_out(*, action: str, question: str, name: str) -> str:
    """« Voulez-vous vous déconnecter ? », when the service proved nothing."""
    who = f"Vous êtes connecté ici en tant que {escape(name)}." if name else "Personne n’est connecté ici."
    form = (
        f'<form method="post" action="{escape(action)}"><input type="hidden" name="demande" value="{escape(question)}">'
        "<button>Se déconnecter</button></form>"
    )
    return _document("Se déconnecter", [f"<h1>{HEADING}</h1>", _NOTICE, f"<p>{who}</p>", form])


def signed_out() -> str:
    """The end, when the service gave no address to go back to."""
    return _document("Déconnexion faite", [f"<h1>{HEADING}</h1>", '<p role="status">Vous êtes déconnecté.</p>'])


def refusal(reason: str) -> str:
    """A request that leads nowhere: why, and what to do."""
    parts = [
        f"<h1>{HEADING}</h1>",
        f'<p class="avis" role="alert">{escape(reason)}</p>',
        "<p>Revenez au service d’où vous venez et recommencez.</p>",
    ]
    return _document("Erreur — Connexion impossible", parts)


def _choice(national_id: str, claims: Claims) -> str:
    details = " — ".join(part for part in (profession_of(claims), national_id) if part)
    return (
        f'<button name="identite" value="{escape(national_id)}">'
        f"<strong>{escape(full_name(claims))}</strong> <span>{escape(details)}</span></button>"
    )


def _counted(found: int) -> str:
    if found == 0:
        return "Personne ne correspond : essayez un autre nom."
    if found == 1:
        return "1 personne."
    if found > MOST_SHOWN:
        return f"{found} personnes ; les {MOST_SHOWN} premières sont montrées : précisez la recherche."
    return f"{found} personnes."


def _document(title: str, parts: Sequence[str]) -> str:
    body = "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {HEADING}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
