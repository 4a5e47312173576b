"""The page that a territory's local tool would open, with what the platform says of the search (PDM)."""

from html import escape

from aiohttp import web

from editor_kit.sandbox.html_pages import document, page

routes = web.RouteTableDef()

_ASKED = (("insee", "Commune (code INSEE)"), ("specialty", "Spécialité"), ("lat", "Latitude"), ("lon", "Longitude"))


@routes.get("/outil-local")
async def show_local_tool(request: web.Request) -> web.Response:
    """What was received; the sandbox stops there."""
    rows = "".join(
        f"<dt>{escape(label)}</dt><dd>{escape(_printable(request.query.get(name, ''))) or 'non dite'}</dd>"
        for name, label in _ASKED
    )
    said = (
        "Un outil local (fictif) s’ouvrirait ici sur cette recherche. Il enverrait ensuite l’orientation à la "
        "plateforme, par le même message qu’un éditeur (INT_R03), avec son propre jeton."
    )
    parts = ["<h1>Outil local de soins non programmés</h1>", f'<p class="avis sas">{said}</p>', f"<dl>{rows}</dl>"]
    return page(document("Outil local", parts), 200)


def _printable(text: str) -> str:
    return text.strip()[:80].encode("utf-8", "replace").decode()
