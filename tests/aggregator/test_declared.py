from datetime import UTC, datetime

import pytest

from sas.aggregator.models import Editor, EditorLink
from sas.aggregator.services import link_people, register_editor
from sas.participation.editors import editors
from sas.web.models import AuditLine

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
PERSON = "810000000001"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _registered() -> None:
    for name, stage in (("Alpha", "booking"), ("Brume", "slots"), ("Canopée", "planned"), ("Déluge", "testing")):
        register_editor(name=name, base_url=f"https://{stage}.invalid/fhir", stage=stage, by="test", at=AT)


def declare(*keys: str) -> None:
    editors().declare(national_id=PERSON, keys=keys, by="compte 1", at=AT)


def used() -> list[tuple[str, str]]:
    return [(one.key, one.source) for one in editors().used_by([PERSON]).get(PERSON, ())]


def test_choices_are_active_editors_by_name_with_their_stage() -> None:
    Editor.objects.filter(key="deluge").update(is_active=False)
    Editor.objects.filter(key="brume").update(flows=["sos"])
    told = [(one.key, one.stage_label, one.gives_slots, one.books) for one in editors().choices()]
    assert told == [("alpha", "réservation de bout en bout", True, True), ("canopee", "envisagé", False, False)]


def test_what_is_declared_is_linked_and_another_declaration_replaces_it() -> None:
    declare("alpha", "canopee")
    assert used() == [("alpha", "declared"), ("canopee", "declared")]
    declare("brume")
    assert used() == [("brume", "declared")]
    assert AuditLine.objects.filter(act="declare_editors").count() == 2


def test_what_was_learnt_otherwise_stays() -> None:
    link_people(editor=Editor.objects.get(key="alpha"), ids=[PERSON], source="seen", by="test", at=AT)
    declare("alpha", "brume")
    declare()
    assert used() == [("alpha", "seen")]


def test_the_same_again_and_unknown_keys_write_nothing() -> None:
    declare("alpha")
    declare("alpha", "inconnu")
    assert AuditLine.objects.filter(act="declare_editors").count() == EditorLink.objects.count() == 1


def test_a_structure_that_editors_cannot_know_is_linked_to_none() -> None:
    editors().declare(national_id="1590000001", keys=["alpha"], by="compte 1", at=AT)
    assert not EditorLink.objects.exists()


def test_who_uses_what_is_read_in_one_query(django_assert_num_queries: object) -> None:
    declare("alpha")
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = editors().used_by([PERSON, "810000000002"])
    assert set(found) == {PERSON}
