"""Kinds of structures that a regulator looks for: what FINESS calls them, and the words people use.

`data/structure_kinds.csv`, the most asked for first. `activity` is what `Structure.sought` compares; FINESS categories
lead to it. « Urgences » has no category of its own: a hospital has the service, or a source says that it is one.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent / "data"
PREFIX = "S:"
"""Before an activity where disciplines and structures share one field: « S:pharmacy »."""


class StructureKind(NamedTuple):
    """One kind to look for. `kind` is that of `Structure.Kind`; `categories` are FINESS codes."""

    activity: str
    kind: str
    label: str
    synonyms: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def code(self) -> str:
        """As a discipline's code: « S:pharmacy »."""
        return PREFIX + self.activity


@cache
def structure_kinds() -> Mapping[str, StructureKind]:
    """By activity, the most asked for first."""
    with (DATA / "structure_kinds.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["activity"]: StructureKind(
                row["activity"],
                row["kind"],
                row["label"],
                tuple(filter(None, row["synonyms"].split("|"))),
                tuple(row["categories"].split()),
            )
            for row in csv.DictReader(lines, delimiter=";")
        }


@cache
def kinds_by_category() -> Mapping[str, StructureKind]:
    """FINESS category code → kind. A category that is not here is not looked for: it can be found by its name."""
    return {category: kind for kind in structure_kinds().values() for category in kind.categories}


def structure_kind(code: str) -> StructureKind | None:
    """By activity, with or without its prefix: « S:pharmacy », « pharmacy »."""
    return structure_kinds().get(code.removeprefix(PREFIX))
