"""The frame of the sandbox's pages for people: French, self-contained, with a policy that lets nothing else in."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from aiohttp import hdrs, web

_STYLE = """
body{font:1.05rem/1.5 system-ui,sans-serif;color:#161616;background:#fff}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
.avis{border-left:.3rem solid #b34000;padding:.5rem 1rem;background:#fff4f3}
.sas{border-left-color:#18753c;background:#e8f7ed}
dt{font-weight:bold}dd{margin:0 0 .5rem}
label{display:block;font-weight:bold}
.aide{margin:0 0 .3rem}.erreur{margin:.3rem 0;color:#ce0500;font-weight:bold}
input{font:inherit;padding:.5rem;width:100%;max-width:28rem;box-sizing:border-box;border:2px solid #3a3a3a}
select{font:inherit;padding:.5rem;max-width:100%;border:2px solid #3a3a3a;background:#fff}
input[aria-invalid]{border-color:#ce0500}
button{font:inherit;padding:.6rem 1.2rem;color:#fff;background:#000091;border:0;cursor:pointer}
.second{color:#000091;background:#fff;border:1px solid #000091;padding:.2rem .8rem}
form{margin:1rem 0}
a{color:#000091}a:focus,button:focus,input:focus,select:focus,.avis:focus{outline:3px solid #0a76f6;outline-offset:2px}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    hdrs.CACHE_CONTROL: "no-store",
    # Not `no-referrer`: with it a browser would send its own forms as coming from nowhere (`Origin: null`).
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def page(html: str, status: int) -> web.Response:
    """A page, not to be kept by anybody."""
    return web.Response(status=status, text=html, content_type="text/html", headers=_HEADERS)


def see_other(location: str) -> web.Response:
    """Go and read another page; `location` is an address of this sandbox, percent-encoded."""
    return web.Response(status=303, headers={hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "no-store"})


def document(title: str, parts: Sequence[str]) -> str:
    """A whole document; `parts` are HTML already, with the only h1 first."""
    body = "\n".join(parts)
    return f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} – Éditeur fictif</title>
<style>{_STYLE}</style>
</head>
<body>
<header><p><strong>Éditeur fictif</strong> (bac à sable) : aucune donnée réelle, aucune donnée de patient.</p></header>
<main>
{body}
</main>
</body>
</html>
"""
