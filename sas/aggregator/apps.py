from django.apps import AppConfig


class AggregatorConfig(AppConfig):
    """Slots read from booking software, all at once."""

    name = "sas.aggregator"
    verbose_name = "agrégateur"
