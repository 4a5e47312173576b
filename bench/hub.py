"""Hub Santé: what relaying a message costs above publishing it.

Floor: bare aio-pika, the same number in flight, persistent messages of the same size, publisher confirms, on the same
RabbitMQ. Ours locks rows, writes envelopes, publishes, marks and commits. They take turns. The broker is Debian's, on
ports of its own (`tests.fakes.rabbitmq`); ours runs in another process (`bench.hub_inside`), on an ephemeral database.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from config.embedded_postgres import running
from tests.fakes.rabbitmq import SAS, RabbitMq


def measures(*, small: bool) -> list[dict[str, Any]]:
    """Rows of `bench.frame.Measure`; `small` relays a few messages only."""
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        broker = RabbitMq(Path(directory))
        try:
            broker.start()
            environment = os.environ | {
                "DATABASE_URL": url,
                "SAS_ENVIRONMENT": "test",
                "SAS_DATA_DIR": directory,
                "HUB_ENABLED": "yes",
                "HUB_URL": broker.url(SAS),
                "HUB_CLIENT_ID": SAS,
                "DJANGO_SETTINGS_MODULE": "config.settings",
            }
            command = [sys.executable, "-m", "bench.hub_inside", *(["--small"] if small else [])]
            run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
        finally:
            broker.close()
    return list(json.loads(run.stdout.splitlines()[-1]))
