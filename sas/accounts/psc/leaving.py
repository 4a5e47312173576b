"""Sending the browser to Pro Santé Connect, and back from it for good.

By a page that leads there at once, not by a redirect: our policy lets forms lead to this site only
(`form-action 'self'`), browsers apply it to redirects as well, and the provider's addresses are its own, known by
discovery. The address that carries a proof is a header of the answer: it is in no page.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from sas.accounts.psc.provider import Provider, connected, post_logout_uri
from sas.accounts.psc.remembered import held


def provider() -> Provider | None:
    """Pro Santé Connect as the settings say; nothing when it is off."""
    return connected(reverse("accounts_psc:callback"))


def logout_url(request: HttpRequest) -> str | None:
    """Where to end the person's session at Pro Santé Connect: for a session that a card opened, else nothing.

    To be called before the session is flushed. Asks nothing of the provider: its address was kept at the sign-in, so
    that one that is down holds nobody.
    """
    opened, known = held(request.session), provider()
    if opened is None or known is None or not opened.end_session:
        return None
    return known.sign_out_url(end_session=opened.end_session, id_token=opened.id_token, back=post_logout_uri())


def leave(request: HttpRequest, url: str, *, title: str, sentence: str, link: str = "") -> HttpResponse:
    """The page that leads to `url` at once; `link` is what its button opens instead, when `url` holds a proof."""
    answer = render(request, "accounts/psc/leaving.html", {"title": title, "sentence": sentence, "link": link or url})
    answer["Refresh"] = f"0; url={url}"
    add_never_cache_headers(answer)
    return answer


def leave_signed_out(request: HttpRequest, url: str) -> HttpResponse:
    """After the session here was ended: lead to `url` (of `logout_url`), where that of the provider ends too."""
    return leave(
        request,
        url,
        title="Vous êtes déconnecté",
        sentence="Votre session ici est fermée. Celle de Pro Santé Connect va l’être aussi.",
        link=post_logout_uri(),
    )


def on_the_right_host(request: HttpRequest) -> bool:
    """Whether the browser is where Pro Santé Connect will bring it back: another name has other cookies."""
    return request.get_host().lower() == urlsplit(settings.SAS_BASE_URL).netloc.lower()
