"""What a sign-in with a card costs above what it cannot do without.

Floor of a sign-in: the provider's two answers (token, userinfo) over one bare connection, and the bare verification of
the id_token's signature. The provider is the demonstration's, in a process of its own; ours runs in another
(`bench.accounts_inside`), on an ephemeral database. Permissions and pages: `bench.accounts_permissions`.
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
    """Rows of `bench.frame.Measure`; `small` signs in a few times only."""
    with tempfile.TemporaryDirectory() as directory, running(Path(directory), ephemeral=True) as url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "SAS_ENVIRONMENT": "test",
            "SAS_DATA_DIR": directory,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, "-m", "bench.accounts_inside", *(["--small"] if small else [])]
        run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return list(json.loads(run.stdout.splitlines()[-1]))
