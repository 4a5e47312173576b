from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from sas.aggregator.models import Editor, EditorLink

pytestmark = pytest.mark.django_db
URL = "https://agenda.invalid/fhir"


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def test_add_editor_prints_its_token_the_first_time_only() -> None:
    first, _ = run("add_editor", "--name", "Agenda Brume", "--base-url", URL, "--flow", "ps", "--flow", "cpts")
    again, _ = run("add_editor", "--name", "Agenda Brume", "--base-url", URL)
    assert "sas_editor_" in first
    assert "sas_editor_" not in again
    assert Editor.objects.get().flows == ["cpts", "ps"]


def test_add_editor_says_when_the_editor_is_not_asked_yet() -> None:
    out, _ = run("add_editor", "--name", "Agenda Brume", "--base-url", URL, "--stage", "agreed")
    assert "pas interrogé" in out


def test_add_editor_refuses_a_wrong_address() -> None:
    with pytest.raises(CommandError, match="Adresse d’éditeur inutilisable"):
        run("add_editor", "--name", "Agenda Brume", "--base-url", "agenda.invalid")


def test_link_editor_links_the_good_lines_and_fails_for_the_others(
    tmp_path: Path, editor_at: Callable[..., Editor]
) -> None:
    editor_at("Agenda Brume")
    file = tmp_path / "ids.txt"
    file.write_bytes(b"810001234567\n\xff\xfe nonsense\n0599900077\n")
    out, err = StringIO(), StringIO()
    with pytest.raises(CommandError, match="1 identifiant") as failure:
        call_command("link_editor", editor="Agenda Brume", ids=[file], id=["810001234568"], stdout=out, stderr=err)
    assert failure.value.returncode == 1
    assert "ligne 2" in err.getvalue()
    assert EditorLink.objects.count() == 3


def test_link_editor_without_ids_is_a_usage_error(editor_at: Callable[..., Editor]) -> None:
    editor_at("Agenda Brume")
    with pytest.raises(CommandError) as failure:
        run("link_editor", "--editor", "Agenda Brume")
    assert failure.value.returncode == 2


def test_link_editor_with_a_missing_file_links_nothing(tmp_path: Path, editor_at: Callable[..., Editor]) -> None:
    editor_at("Agenda Brume")
    with pytest.raises(CommandError, match="Impossible de lire"):
        run("link_editor", "--editor", "Agenda Brume", "--ids", str(tmp_path / "absent"))
    assert not EditorLink.objects.exists()
