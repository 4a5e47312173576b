from django.apps import AppConfig


class LrmConfig(AppConfig):
    """The regulation software of SAMUs, and the Hub Santé between them and us."""

    name = "sas.lrm"
    verbose_name = "logiciels de régulation"
