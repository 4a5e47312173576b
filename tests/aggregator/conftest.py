from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sas.aggregator.models import Editor
from sas.aggregator.services import register_editor

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def editor_at() -> Callable[..., Editor]:
    """Registers an editor: `editor_at("Agenda Alpha", base_url, **values)`."""

    def register(name: str, base_url: str = "https://agenda.invalid/fhir", **values: Any) -> Editor:
        editor, _ = register_editor(name=name, base_url=base_url, by="test", at=AT, **values)
        return editor

    return register
