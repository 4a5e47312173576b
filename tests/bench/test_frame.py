"""The frame prints every ratio, keeps it as JSON, and fails only for a benchmark that crashed."""

import io
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench import frame

ROW: dict[str, Any] = {
    "case": "100 slots",
    "value": 1234.5,
    "unit": "MB/s",
    "floor": 5000.0,
    "floor_name": "parse only",
    "ratio": 0.247,
    "target": 0.2,
    "sense": ">=",
}


def fake_bench(monkeypatch: pytest.MonkeyPatch, name: str, *rows: dict[str, Any]) -> list[bool]:
    sizes: list[bool] = []

    def measures(small: bool) -> list[dict[str, Any]]:
        sizes.append(small)
        return list(rows)

    module = ModuleType(f"bench.{name}")
    module.measures = measures  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"bench.{name}", module)
    return sizes


def test_a_run_prints_one_table_and_keeps_each_bench_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late = {**ROW, "case": "added latency", "value": 12.0, "unit": "ms", "ratio": 3.2, "target": 3.0, "sense": "<="}
    told = {**ROW, "case": "memory", "floor": None, "floor_name": "", "ratio": None, "target": None}
    sizes = fake_bench(monkeypatch, "fake", ROW, late, told)
    out = io.StringIO()
    assert frame.run(["fake"], small=True, out=out, results=tmp_path / "results") == 0
    assert sizes == [True]
    lines = [line.split("  ") for line in out.getvalue().splitlines()]
    judgements = {line[1].strip() or line[2].strip(): line[-1].strip() for line in lines if line[0] == "fake"}
    assert judgements == {"100 slots": "met", "added latency": "NOT MET", "memory": "–"}
    kept = json.loads((tmp_path / "results/fake.json").read_text(encoding="utf-8"))
    assert kept["small"] is True
    assert [measure["met"] for measure in kept["measures"]] == [True, False, None]
    assert kept["measures"][0]["floor_name"] == "parse only"


@pytest.mark.parametrize(
    "rows",
    [[], [{**ROW, "sense": ">"}], [{key: value for key, value in ROW.items() if key != "floor"}]],
    ids=["no row", "unknown sense", "missing key"],
)
def test_a_bench_that_crashes_is_named_and_the_others_still_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, Any]]
) -> None:
    fake_bench(monkeypatch, "broken", *rows)
    fake_bench(monkeypatch, "sound", ROW)
    out = io.StringIO()
    assert frame.run(["broken", "sound"], small=False, out=out, results=tmp_path) == 1
    assert "crashed: broken" in out.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["sound.json"]


@pytest.mark.parametrize(
    ("sense", "ratio", "met"), [(">=", 0.2, True), (">=", 0.19, False), ("<=", 0.2, True), ("<=", 0.21, False)]
)
def test_a_target_that_is_just_reached_is_met(sense: str, ratio: float, met: bool) -> None:
    assert frame.Measure(**{**ROW, "sense": sense, "ratio": ratio}).met is met
