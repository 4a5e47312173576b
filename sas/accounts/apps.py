from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who is signed in, and may do what."""

    name = "sas.accounts"
    verbose_name = "comptes"
