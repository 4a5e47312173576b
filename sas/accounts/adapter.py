"""How django-allauth behaves here: nobody makes their own account, and messages do not pile up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Accounts are made by account managers (platform.md §2.2); sign-in is silent, the page itself tells."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No flash message: « connexion réussie » is what the next page already shows."""
