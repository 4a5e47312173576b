"""The directory: who practises where."""

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    """Registers the system check of the PostgreSQL extensions the directory rests on."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "sas.directory"
    label = "directory"
    verbose_name = "annuaire"

    def ready(self) -> None:
        """Import the checks for their registration."""
        from sas.directory import checks  # noqa: F401 — imported for its side effect
