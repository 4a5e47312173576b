"""An editor's message (INT_R03) through the real server, above the same rows written by hand.

`POST /fhir/Appointment` by four clients on kept connections to granian (one worker, its threads), each message new:
read, judged, matched, recorded, audited. Floor: the statements that write of such a message, sent by four bare psycopg
connections, one transaction a message. All on an ephemeral database, the inside in `bench.fhir_server_inside`.
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
    """Rows of `bench.frame.Measure`; `small` sends a few messages only."""
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": directory,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "bench.fhir_server_inside", *(["--small"] if small else [])]
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return list(json.loads(run.stdout.splitlines()[-1]))
