from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from sas.aggregator.models import Editor, EditorLink
from sas.aggregator.services import EditorRefused, editor_named, link_people, linkable_id, register_editor
from sas.web.models import AuditLine

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
URL = "https://agenda.invalid/fhir"

pytestmark = pytest.mark.django_db


def register(name: str = "Agenda Déluge", base_url: str = URL, **values: object) -> tuple[Editor, str | None]:
    return register_editor(name=name, base_url=base_url, by="test", at=AT, **values)  # type: ignore[arg-type]


def test_a_new_editor_gets_a_key_a_token_shown_once_and_an_audit_line() -> None:
    editor, token = register()
    assert (editor.key, editor.flows, editor.stage) == ("agenda-deluge", ["ps"], "booking")
    assert token
    assert token not in str(AuditLine.objects.values_list("after", flat=True))
    assert AuditLine.objects.get().target == "éditeur agenda-deluge"


def test_registering_the_same_again_writes_nothing() -> None:
    register(stage="testing")
    editor, token = register()
    assert token is None
    assert editor.stage == "testing"  # what is not given does not change
    assert AuditLine.objects.count() == 1


def test_an_update_keeps_the_key_and_says_before_and_after() -> None:
    register()
    editor, token = register(base_url="https://ailleurs.invalid/fhir/", timeout=3.5)
    assert token is None
    assert (editor.key, editor.base_url, editor.timeout) == ("agenda-deluge", "https://ailleurs.invalid/fhir", 3.5)
    line = AuditLine.objects.latest("pk")
    assert line.before is not None
    assert line.after is not None
    assert (line.before["timeout"], line.after["timeout"]) == (7.0, 3.5)


def test_a_change_of_stage_is_dated() -> None:
    register()
    later = AT + timedelta(days=10)
    editor, _ = register_editor(name="Agenda Déluge", base_url=URL, stage="slots", by="test", at=later)
    assert editor.stage_since == date(2026, 3, 30)


def test_a_renewed_token_replaces_the_other() -> None:
    before, first = register()
    after, second = register(renew_token=True)
    assert second
    assert second != first
    assert before.token_sha256 != after.token_sha256


def test_two_names_that_read_alike_get_two_keys() -> None:
    assert [register(name)[0].key for name in ("Agenda Élan", "Agenda Elan", "Agenda-Elan")] == [
        "agenda-elan",
        "agenda-elan-2",
        "agenda-elan-3",
    ]


@pytest.mark.parametrize(
    "values",
    [
        {"timeout": 7.1},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"stage": "soon"},
        {"flows": ["ps", "fax"]},
        {"max_concurrency": 0},
        {"max_concurrency": 65},
        {"name": " "},
        {"base_url": "ftp://agenda.invalid"},
        {"base_url": "https://"},
        {"base_url": "https://agenda.invalid/fhir?x=1"},
        {"base_url": "https://me:secret@agenda.invalid/fhir"},
        {"base_url": "https://agenda.invalid:port/fhir"},
        {"base_url": "https://agenda.invalid/a b"},
    ],
)
def test_impossible_values_are_refused_with_a_message(values: dict[str, object]) -> None:
    with pytest.raises(EditorRefused, match=r".+"):
        register(**values)  # type: ignore[arg-type]
    assert not Editor.objects.exists()
    assert not AuditLine.objects.exists()


def test_the_database_itself_refuses_more_than_seven_seconds(editor_at: Callable[..., Editor]) -> None:
    editor = editor_at("Agenda Alpha")
    with pytest.raises(IntegrityError, match="editor_timeout_within_the_guide"), transaction.atomic():
        Editor.objects.filter(pk=editor.pk).update(timeout=8)


@pytest.mark.parametrize(
    ("written", "national_id"),
    [
        ("810001234567", "810001234567"),
        ("10001234567", "810001234567"),
        (" 8 100 012 345 67 ", "810001234567"),
        ("0599900077", "0599900077"),
        ("599900077", "0599900077"),
        ("312345678900012", "312345678900012"),
        ("12345678900012", "312345678900012"),
        ("1590000001", None),
        ("", None),
        ("dupont", None),
        ("8100012345", None),
        ("'; drop table--", None),
        ("8\x001000123456", None),
    ],
)
def test_an_id_is_read_with_or_without_its_prefix(written: str, national_id: str | None) -> None:
    assert linkable_id(written) == national_id


def test_links_are_made_once_and_wrong_lines_are_named(editor_at: Callable[..., Editor]) -> None:
    editor = editor_at("Agenda Alpha")
    lines = ["\ufeff810001234567\n", "\n", "# commentaire\n", "dupont\n", "10001234567\r\n", "810001234568"]
    report = link_people(editor=editor, ids=lines, by="test", at=AT)
    assert (report.read, report.made, report.already) == (4, 2, 1)
    assert [(wrong.line, wrong.text) for wrong in report.refused] == [(4, "dupont")]
    again = link_people(editor=editor, ids=lines, source="seen", by="test", at=AT)
    assert (again.made, again.already) == (0, 3)
    assert set(EditorLink.objects.values_list("source", flat=True)) == {"command"}
    assert AuditLine.objects.filter(act="link_people").count() == 1


def test_more_ids_than_one_lot_are_all_linked(editor_at: Callable[..., Editor]) -> None:
    editor = editor_at("Agenda Alpha")
    report = link_people(editor=editor, ids=(f"81{n:010d}" for n in range(45_000)), by="test", at=AT)
    assert report.made == EditorLink.objects.count() == 45_000


def test_an_unknown_editor_is_refused_with_the_names_that_exist(editor_at: Callable[..., Editor]) -> None:
    alpha = editor_at("Agenda Alpha")
    assert editor_named("Agenda  Alpha") == editor_named("agenda-alpha") == alpha
    with pytest.raises(EditorRefused, match="« Agenda Alpha »"):
        editor_named("Agenda Beta")
