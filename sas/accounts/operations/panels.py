"""The first page of operators, in panels. A package above `accounts` adds its own from its `AppConfig.ready()`:

    from sas.accounts.operations.panels import Panel, PanelRow, register_panel

    def accounts_at_editors() -> Panel:
        return Panel("Comptes chez les éditeurs", [PanelRow("En erreur", "3", "error", "Relancez-les.")], "/…")

    register_panel(accounts_at_editors)

The callable only reads (the page is a GET), in a constant number of queries; it is given nothing and asks the clock
itself if it needs it. An empty list of rows hides the panel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PanelRow:
    """« En échec : 3 ». `tone` colours the value's badge: `success`, `info`, `warning`, `error`, or empty for plain
    text. `todo`: what to do about it, a French sentence; a row that has one is repeated at the top of the page."""

    label: str
    value: str
    tone: str = ""
    todo: str = ""


@dataclass(frozen=True)
class Panel:
    """Rows under a title; `link` leads to where they are seen or repaired, if anywhere."""

    title: str
    rows: Sequence[PanelRow]
    link: str = ""

    @property
    def troubles(self) -> list[PanelRow]:
        """The rows that ask for something."""
        return [row for row in self.rows if row.todo]


PanelMaker = Callable[[], Panel]

_MAKERS: dict[str, PanelMaker] = {}


def register_panel(make: PanelMaker) -> None:
    """Show this panel from now on; the same function again replaces it."""
    _MAKERS[f"{make.__module__}.{make.__qualname__}"] = make


def registered_panels() -> list[Panel]:
    """Panels of other packages that have something to show, in order of registration."""
    return [panel for panel in (make() for make in _MAKERS.values()) if panel.rows]
