"""What every test stands on: a database of the run's own, which `tests.config.settings` starts."""

from typing import Any

import pytest
from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from tests.config import settings as settings_under_test


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and remove the data directory, in the process that made them."""
    settings_under_test.RUN.close()


def forget_jobs(sender: AppConfig, using: str, **_: Any) -> None:
    """Tests that commit have every table emptied after them, but those that Django does not manage: do these too."""
    if sender.label == "procrastinate":
        with connections[using].cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")


post_migrate.connect(forget_jobs)  # which Django also sends when it has emptied the tables
