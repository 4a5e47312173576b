"""How the sandbox's FHIR side answers: JSON packed when asked, and refusals as OperationOutcome (interop.md §1.0)."""

import re
import zlib

import msgspec
from aiohttp import hdrs, web

from editor_kit.sandbox import resources
from editor_kit.sandbox.resources import Issue
from sas.fhir.systems import FHIR_JSON

CONTENT_TYPE = f"{FHIR_JSON};charset=UTF-8"
_WORTH_COMPRESSING = 1000
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)", re.IGNORECASE)
_LOGIN_PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>Connexion</title></head>
<body><h1>Connexion</h1><form method="post"><label>Identifiant <input name="login"></label>
<label>Mot de passe <input name="password" type="password"></label><button>Se connecter</button></form></body></html>
"""


def fhir(request: web.Request, body: bytes, content_type: str | None = None) -> web.Response:
    """A resource, compressed for who accepts it."""
    headers = {hdrs.CONTENT_TYPE: content_type or CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store"}
    if len(body) > _WORTH_COMPRESSING and _GZIP.search(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        # Level 1: bundles repeat themselves so much that more effort gains little and costs twice the time.
        packer = zlib.compressobj(1, wbits=31)
        body = packer.compress(body) + packer.flush()
        headers[hdrs.CONTENT_ENCODING] = "gzip"
        headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    return web.Response(body=body, headers=headers)


def refusal(status: int, *issues: Issue, headers: dict[str, str] | None = None) -> web.Response:
    """A refusal with its reasons, and headers of its own if any."""
    body = msgspec.json.encode(resources.operation_outcome(*issues))
    return web.Response(status=status, body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE, **(headers or {})})


def simulated_failure() -> web.Response:
    """The behaviour `error`."""
    return refusal(500, Issue("exception", "Panne simulée par le bac à sable."))


def login_page() -> web.Response:
    """The behaviour `html`: what a proxy or a closed session puts in place of an answer."""
    return web.Response(text=_LOGIN_PAGE, content_type="text/html")


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=503)  # never leaves: nothing is listening any more
