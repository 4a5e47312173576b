"""What every test stands on: a database of the run's own, which `tests.config.settings` starts."""

import hypothesis
import pytest

from tests.config import settings as settings_under_test

# A busy machine is no fault of an example: nothing here judges a time.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and remove the data directory, in the process that made them."""
    settings_under_test.RUN.close()
