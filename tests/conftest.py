"""What every test stands on: a database of the run's own, which `tests.config.settings` starts."""

import pytest

from tests.config import settings as settings_under_test


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and remove the data directory, in the process that made them."""
    settings_under_test.RUN.close()
