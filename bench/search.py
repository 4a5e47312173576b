"""A whole search: what the request costs above the sum of its parts, how many calls it makes, how soon it speaks.

The measuring runs in a process of its own (`bench.search_inside`), on an ephemeral database, with eight editors in yet
another process that answer at once with 100 slots each. The cache is off, so that every search really asks.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from config.embedded_postgres import running


def measures(*, small: bool) -> list[dict[str, Any]]:
    """Rows of `bench.frame.Measure`; `small` runs a few searches only."""
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": directory,
            "SAS_CACHE_SECONDS": "0",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "bench.search_inside", *(["--small"] if small else [])]
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return list(json.loads(run.stdout.splitlines()[-1]))
