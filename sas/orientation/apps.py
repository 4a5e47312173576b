from django.apps import AppConfig


class OrientationConfig(AppConfig):
    """Where patients were sent, and what became of it."""

    name = "sas.orientation"
    verbose_name = "orientations"

    def ready(self) -> None:
        """The search, beside, says which editor's slot was chosen; the agenda, below, what befell a slot that was
        used: both without knowing who listens. The home page shows who is expected."""
        from sas.accounts.landing.sections import add_home_section  # models are not loaded before
        from sas.accounts.navigation import count_for
        from sas.accounts.permissions import Permission
        from sas.agenda.uses import on_used_slot_changed
        from sas.aggregator.bookings import use_bookings
        from sas.aggregator.fhir_server.metadata import offer
        from sas.orientation.day.queries import to_follow
        from sas.orientation.listening import used_slots_changed
        from sas.orientation.offering import APPOINTMENTS
        from sas.orientation.received.home import own_patients, patients_of_structures
        from sas.orientation.services import open_editor_orientation

        on_used_slot_changed(used_slots_changed)
        use_bookings(open_editor_orientation)
        offer(APPOINTMENTS)
        count_for("orientation_day:list", to_follow)
        add_home_section(Permission.OWN_PRACTICE, own_patients, order=25)
        add_home_section(Permission.OWN_STRUCTURES, patients_of_structures, order=26)
