from django.apps import AppConfig


class AgendaConfig(AppConfig):
    """Slots typed by hand: the SAS agenda of people and of structures, and their unavailability."""

    name = "sas.agenda"
    verbose_name = "agenda SAS"

    def ready(self) -> None:
        """Participation, below, asks for hours without knowing who counts them; the home page shows the next days."""
        from sas.accounts.landing.sections import add_home_section  # models are not loaded before
        from sas.accounts.permissions import Permission
        from sas.agenda.calendar.sections import agendas_of_structures, own_days
        from sas.agenda.meter import hours_by_week, hours_of_structures
        from sas.agenda.queries import is_paused
        from sas.participation.hours import use_hours, use_structure_hours
        from sas.participation.pauses import use_pauses

        use_hours(hours_by_week)
        use_structure_hours(hours_of_structures)
        use_pauses(is_paused)
        add_home_section(Permission.OWN_PRACTICE, own_days, order=20)
        add_home_section(Permission.OWN_STRUCTURES, agendas_of_structures, order=21)
