"""Django's settings under test: the product's own, with a database and a data directory that live as long as the run.

pytest-django loads the settings before any conftest, so this module is where a database can still be named. Only the
first process starts one: pytest's workers, and the programs that tests start, inherit its address. Set
``DATABASE_URL`` to run the tests against another PostgreSQL.
"""

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from config.embedded_postgres import running

RUN = ExitStack()
"""What ends with the run; ``tests/conftest.py`` closes it."""

os.environ["SAS_ENVIRONMENT"] = "test"
if "SAS_TEST_DATA_DIR" not in os.environ:
    directory = RUN.enter_context(tempfile.TemporaryDirectory(prefix="sas-tests-"))
    os.environ["SAS_TEST_DATA_DIR"] = os.environ["SAS_DATA_DIR"] = directory
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = RUN.enter_context(running(Path(directory), ephemeral=True))

from config.settings import *  # noqa: E402, F403

# Nothing to accept before a page, unless a test says so: accounts of tests are made and signed in by the hundred.
SAS_TERMS_VERSION = ""

# Tests that commit have every table emptied after them. The audit trail refuses it, but to a connection that says this
# in a database whose name starts with « test_ »: production can do neither (sas/web/migrations/0003).
DATABASES["default"]["OPTIONS"]["options"] = "-c sas.audit_flush=tests"  # noqa: F405

INSTALLED_APPS = ["tests.config", *INSTALLED_APPS]  # noqa: F405 — its `flush` goes before Django's
