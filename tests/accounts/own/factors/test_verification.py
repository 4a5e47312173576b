"""What a passkey is asked, whichever the ceremony."""

from allauth.core import context
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from sas.accounts.models import User
from sas.accounts.own.factors.passkeys import authentication_options


def test_every_ceremony_asks_who_holds_the_key(account: User) -> None:
    """The challenge of a second step, or of a confirmation, waits where the sign-in by passkey alone takes its own: a
    stolen key must not answer it without its PIN."""
    request = RequestFactory().get("/connexion/second-facteur/", headers={"host": "localhost"})
    request.session = SessionStore()
    with context.request_context(request):
        for somebody in (account, None):
            assert authentication_options(somebody)["publicKey"]["userVerification"] == "required"
        assert request.session["mfa.webauthn.state"]["user_verification"] == "required"
