"""What it costs to take a place of the SAS agenda: 200 attempts at 20 places, then 1,000 slots that nobody shares.

Floor: trivial round trips (`SELECT 1`) on as many connections at the same time, by the same driver, which prepares what
it repeats. « Bare » is the statement that takes a place, alone and on the same connections
(`sas.agenda.uses.TAKE_BESIDE_HOLDS`): the target is on it. « Whole » is `orient_to_slot`, on Django's connections:
refusals, the directory's words, event, audit, message to the LRM; its floor is as many trivial round trips as it sends
statements. Every round counts the places: one too many, or too few, is a crash of the benchmark.
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
    """Rows of `bench.frame.Measure`; `small` does 2 rounds instead of 100, and 40 slots instead of
    1,000. Whole orientations do a tenth of the rounds."""
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": directory,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "bench.booking_inside", *(["--small"] if small else [])]
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=1_800)
    return list(json.loads(run.stdout.splitlines()[-1]))
