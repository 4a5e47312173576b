from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The regulator's question, answered with cards."""

    name = "sas.search"
    verbose_name = "recherche"

    def ready(self) -> None:
        from sas.accounts.landing.sections import add_home_section
        from sas.accounts.permissions import Permission
        from sas.aggregator.fhir_server.metadata import offer
        from sas.participation.worklist.sightings import use_sightings
        from sas.search.fhir_slots.offering import SCHEDULES, SLOTS
        from sas.search.preview.home import what_regulators_see, who_saw
        from sas.search.seen.sightings import seen_since

        add_home_section(Permission.OWN_PRACTICE, what_regulators_see, order=10)
        add_home_section(Permission.OWN_PRACTICE, who_saw, order=60)
        use_sightings(seen_since)
        offer(SLOTS)
        offer(SCHEDULES)
