"""How django-allauth behaves here: nobody makes their own account, and messages do not pile up."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Accounts are made by account managers (platform.md §2.2); sign-in is silent, the page itself tells."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "Adresse ou mot de passe incorrect. Vérifiez-les ; après plusieurs essais, attendez cinq minutes."
        )
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No flash message: « connexion réussie » is what the next page already shows."""
