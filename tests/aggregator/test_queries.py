from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sas.aggregator.models import Editor
from sas.aggregator.queries import askable_editors, links_of
from sas.aggregator.services import link_people

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ANNE, BRUNO, CARLA = "810000000001", "810000000002", "810000000003"

pytestmark = pytest.mark.django_db


def test_people_are_given_with_the_editors_to_ask_in_one_query(
    editor_at: Callable[..., Editor], django_assert_num_queries: Any
) -> None:
    link_people(editor=editor_at("Zeta"), ids=[ANNE, BRUNO], by="test", at=AT)
    link_people(editor=editor_at("Alpha", stage="slots"), ids=[ANNE], by="test", at=AT)
    link_people(editor=editor_at("Essai", stage="testing"), ids=[ANNE, CARLA], by="test", at=AT)
    link_people(editor=editor_at("Parti", is_active=False), ids=[ANNE], by="test", at=AT)
    with django_assert_num_queries(1):
        assert links_of([ANNE, BRUNO, CARLA]) == {ANNE: ("alpha", "zeta"), BRUNO: ("zeta",)}


def test_nobody_has_no_links() -> None:
    assert links_of([]) == {}


def test_only_editors_that_show_slots_are_askable(editor_at: Callable[..., Editor]) -> None:
    for stage in Editor.Stage.values:
        editor_at(f"Agenda {stage}", stage=stage)
    editor_at("Agenda parti", is_active=False)
    rows = askable_editors()
    assert {key: row.books for key, row in rows.items()} == {"agenda-booking": True, "agenda-slots": False}
