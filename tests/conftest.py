"""What every test stands on: a database of the run's own, which `tests.config.settings` starts."""

import os

import pytest
from django.conf import settings

from config.environment import read_environment
from tests.config import settings as settings_under_test

if settings_under_test.__name__ != settings.SETTINGS_MODULE:
    # Django was told to use the product's settings, and read them before there was a database.
    settings.DATABASES["default"].update(read_environment(os.environ).database_settings)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and remove the data directory, in the process that made them."""
    settings_under_test.RUN.close()
