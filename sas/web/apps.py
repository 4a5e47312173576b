from django.apps import AppConfig


class WebConfig(AppConfig):
    """The shell every page stands in."""

    name = "sas.web"
    verbose_name = "socle"
