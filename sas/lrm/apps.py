from django.apps import AppConfig


class LrmConfig(AppConfig):
    """The regulation software of SAMUs, and the Hub Santé between them and us."""

    name = "sas.lrm"
    verbose_name = "logiciels de régulation"

    def ready(self) -> None:
        from sas.accounts.operations.panels import register_panel
        from sas.lrm.hub.panel import operators_panel

        register_panel(operators_panel)
