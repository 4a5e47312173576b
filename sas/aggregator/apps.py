from django.apps import AppConfig


class AggregatorConfig(AppConfig):
    """Slots read from booking software, all at once, and regulators' accounts told to it."""

    name = "sas.aggregator"
    verbose_name = "agrégateur"

    def ready(self) -> None:
        from sas.accounts.changes import listen
        from sas.aggregator.provisioning import on_change

        listen(on_change)
