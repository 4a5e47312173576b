from django.apps import AppConfig


class AggregatorConfig(AppConfig):
    """Slots read from booking software, all at once, and regulators' accounts told to it."""

    name = "sas.aggregator"
    verbose_name = "agrégateur"

    def ready(self) -> None:
        from sas.accounts.administration.sheet import register_section
        from sas.accounts.changes import listen
        from sas.accounts.landing.lines import add_home_lines
        from sas.accounts.operations.panels import register_panel
        from sas.accounts.permissions import Permission
        from sas.aggregator.declared import RegisteredEditors
        from sas.aggregator.provisioning import on_change
        from sas.aggregator.provisioning_home import home_lines, operators_panel
        from sas.aggregator.provisioning_pages import sheet_rows
        from sas.participation.editors import use_editors

        use_editors(RegisteredEditors())
        listen(on_change)
        add_home_lines(Permission.MANAGE_ACCOUNTS, home_lines)
        register_panel(operators_panel)
        register_section("Comptes chez les éditeurs", sheet_rows)
