from django.apps import AppConfig


class ParticipationConfig(AppConfig):
    """Who takes part in the SAS, and how."""

    name = "sas.participation"
    verbose_name = "participation"

    def ready(self) -> None:
        from sas.accounts.landing.lines import add_home_lines
        from sas.accounts.landing.sections import add_home_section
        from sas.accounts.permissions import Permission
        from sas.participation.declared.answering import home_lines
        from sas.participation.places import home as places
        from sas.participation.settings.home import home_section
        from sas.participation.structures import home as structures

        add_home_lines(Permission.MANAGE_ACCOUNTS, home_lines)
        add_home_section(Permission.OWN_PRACTICE, home_section, order=30)
        add_home_section(Permission.OWN_PRACTICE, places.home_section, order=40)
        add_home_section(Permission.OWN_STRUCTURES, structures.home_section, order=41)
