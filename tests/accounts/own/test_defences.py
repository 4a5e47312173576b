"""What holds for every page of entering and of one's own account."""

import pytest
from django.test import Client

from sas.accounts.models import User
from tests.accounts.conftest import PASSWORD
from tests.accounts.signing import signed_in_client

POSTS = [
    "/connexion/",
    "/connexion/second-facteur/",
    "/connexion/abandonner/",
    "/connexion/cle/",
    "/connexion/secours/",
    "/connexion/confirmer/",
    "/mot-de-passe-oublie/",
    "/mot-de-passe-oublie/MQ/abc-def/",
    "/deconnexion/",
    "/conditions/",
    "/conditions/refuser/",
    "/compte/sessions/terminer/",
    "/compte/sessions/terminer-les-autres/",
    "/compte/mot-de-passe/",
    "/compte/adresse/",
    "/compte/adresse/plus-tard/",
    "/compte/securite/application/",
    "/compte/securite/cle/",
    "/compte/securite/renommer/",
    "/compte/securite/retirer/",
    "/compte/securite/codes/",
    "/compte/securite/plus-tard/",
]
PAGES = [path for path in POSTS if path not in {"/deconnexion/", "/connexion/", "/mot-de-passe-oublie/MQ/abc-def/"}]


@pytest.mark.parametrize("path", POSTS)
def test_no_post_passes_without_its_token(account: User, path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in_client(account).cookies
    answer = strict.post(path, {"password": PASSWORD, "login": "rita@example.org", "accepted": "on"})
    assert (answer.status_code, "Formulaire expiré" in answer.content.decode()) == (403, True)
    assert strict.get("/compte/").status_code == 200


@pytest.mark.parametrize("path", ["/compte/", "/compte/sessions/", "/compte/securite/", *PAGES])
def test_every_page_is_unframed_uncached_and_free_of_inline_script(account: User, path: str) -> None:
    answer = signed_in_client(account).get(path)
    assert answer["X-Frame-Options"] == "DENY"
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    if answer.status_code == 200:
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("path", [path for path in POSTS if path.startswith(("/compte/", "/conditions/"))])
def test_nobody_unknown_posts_there(client: Client, db: None, path: str) -> None:
    assert client.post(path)["Location"].startswith("/connexion/?next=")


def test_cookies_leave_over_https_only_where_the_site_is_https() -> None:
    from config import settings as module

    assert module.SESSION_COOKIE_SECURE == module.CSRF_COOKIE_SECURE == module.SECURE
