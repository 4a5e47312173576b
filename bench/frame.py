"""How every benchmark is run, shown and kept: one table, one JSON file each, and a judgement of ratios only.

A benchmark is a module ``bench.<name>`` with ``measures(small: bool) -> list[dict]``. Each measure is a row with the
keys of `Measure`. It is deterministic by seed, bounded, and talks to the loopback address only. ``small`` asks for a
size that proves the benchmark still works, in seconds. A target that is missed is printed, and is not a failure: times
depend on the machine. A benchmark that crashes is.
"""

import importlib
import importlib.util
import json
import platform
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

RESULTS = Path(__file__).with_name("results")
COLUMNS = ("bench", "case", "value", "floor", "ratio", "target", "")
NAMES = (
    *("decode", "fanout", "directory", "suggest", "search", "accounts", "page", "booking", "cache", "agenda"),
    *("fhir_server", "hub", "load"),
)
"""The benchmarks of the performance targets, in the order of the table; those that exist yet are run."""


@dataclass(frozen=True)
class Measure:
    """One line of the table.

    ``value`` is in ``unit``, ``floor`` is what ``floor_name`` reached in the same run and unit, and ``ratio`` is what
    the target judges: ``sense`` is ``">="`` (more is better) or ``"<="``. A measure without a target is only reported.
    """

    case: str
    value: float
    unit: str
    floor: float | None
    floor_name: str
    ratio: float | None
    target: float | None
    sense: str

    def __post_init__(self) -> None:
        if self.sense not in (">=", "<="):
            raise ValueError(f"{self.case}: the sense is « {self.sense} », not « >= » or « <= »")

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; nothing when there is none."""
        if self.target is None or self.ratio is None:
            return None
        return self.ratio >= self.target if self.sense == ">=" else self.ratio <= self.target


def available() -> list[str]:
    """The names of the benchmarks that exist."""
    return [name for name in NAMES if importlib.util.find_spec(f"bench.{name}")]


def run(names: Sequence[str], *, small: bool, out: TextIO, results: Path = RESULTS) -> int:
    """Run the benchmarks one after the other, print the table, write the results; 1 when one of them crashed."""
    rows: list[tuple[str, ...]] = []
    crashed: list[str] = []
    for name in names:
        print(f"{name}…", file=out, flush=True)
        try:
            measures = measured(importlib.import_module(f"bench.{name}").measures(small=small))
        except Exception:  # noqa: BLE001  (the other benchmarks still run, and the exit status says it)
            crashed.append(name)
            print(traceback.format_exc(), file=out)
            continue
        rows += [cells(name, measure) for measure in measures]
        keep(name, measures, small=small, results=results)
    print(table(rows), file=out)
    if crashed:
        print(f"crashed: {', '.join(crashed)}", file=out)
    return 1 if crashed else 0


def measured(rows: Iterable[Mapping[str, Any]]) -> list[Measure]:
    """Check the rows of a benchmark: all the keys and no other, and at least one row."""
    measures = [Measure(**row) for row in rows]
    if not measures:
        raise ValueError("a benchmark that measured nothing proves nothing")
    return measures


def keep(name: str, measures: Sequence[Measure], *, small: bool, results: Path) -> None:
    """Write ``<name>.json``: the measures, their judgement, and what they were measured on."""
    results.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform(), "small": small}
    content = {**machine, "measures": [{**asdict(measure), "met": measure.met} for measure in measures]}
    text = json.dumps(content, ensure_ascii=False, indent=2)
    (results / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def cells(name: str, measure: Measure) -> tuple[str, ...]:
    """The texts of one line of the table."""
    floor = "" if measure.floor is None else f"{figure(measure.floor)} {measure.floor_name}"
    ratio = "" if measure.ratio is None else f"{measure.ratio:.2f}×"
    target = "" if measure.target is None else f"{measure.sense} {measure.target:g}×"
    judgement = {True: "met", False: "NOT MET", None: "–"}[measure.met]
    return (name, measure.case, f"{figure(measure.value)} {measure.unit}", floor, ratio, target, judgement)


def figure(value: float) -> str:
    """Three significant figures, without an exponent."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """Aligned columns under their titles."""
    lines = [COLUMNS, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )
