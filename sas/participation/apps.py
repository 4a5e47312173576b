from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """Who takes part in the SAS, and how."""

    name = "sas.participation"
    verbose_name = "participation"
