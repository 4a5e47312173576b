from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Slots typed by hand: the SAS agenda of people and of structures, and their unavailability."""

    name = "sas.agenda"
    verbose_name = "agenda SAS"

    def ready(self) -> None:
        """Participation, below, asks for hours without knowing who counts them."""
        from sas.agenda.meter import hours_by_week  # models are not loaded before
        from sas.participation.hours import use_hours

        use_hours(hours_by_week)
