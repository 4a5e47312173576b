"""Every benchmark still works, in a small size and in a process of its own. Times are never judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import frame
from config.environment import REPOSITORY


@pytest.mark.parametrize("name", frame.available())
def test_a_benchmark_runs_in_its_small_size(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench", name, "--small", "--results", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))["measures"]


def test_an_unknown_benchmark_is_a_usage_error_that_lists_the_known_ones() -> None:
    command = [sys.executable, "-m", "bench", "nothing-like-this"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert all(name in done.stderr for name in frame.available())
