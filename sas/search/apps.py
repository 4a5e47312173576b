from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The regulator's question, answered with cards."""

    name = "sas.search"
    verbose_name = "recherche"
