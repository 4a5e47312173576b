from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Slots typed by hand: the SAS agenda of people and of structures, and their unavailability."""

    name = "sas.agenda"
    verbose_name = "agenda SAS"
