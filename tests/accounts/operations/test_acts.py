"""Every act that the product records, and every task, has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

from procrastinate.contrib.django import app

from sas.accounts.operations.acts import ACTS, act_choices, act_label, sentence_of
from sas.accounts.operations.job_states import TASK_LABELS

SOURCE = Path(__file__).resolve().parents[3] / "sas"
RECORDERS = {"record", "_record"}


def recorded() -> Iterator[tuple[str, str]]:
    """(act, file) of each call of `audit.record`, or of a `_record` that passes its act on."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (act := literal_act(node)):
                yield act, path.relative_to(SOURCE).as_posix()


def literal_act(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    keywords = {keyword.arg for keyword in call.keywords}
    first = call.args[0] if call.args else None
    speaks_of_who = name == "_record" or {"by", "at"} <= keywords or None in keywords
    if name in RECORDERS and speaks_of_who and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return ""


def test_every_act_that_is_recorded_has_its_sentence() -> None:
    found = dict(recorded())
    assert {"sign_in", "change_territory", "export_audit", "tell_editor"} <= set(found)
    assert {act: where for act, where in found.items() if act not in ACTS} == {}


def test_an_act_without_words_is_said_without_technical_words_to_people_and_named_to_administrators() -> None:
    assert sentence_of("act_of_2031") == "Autre opération"
    assert act_label("act_of_2031") == "act_of_2031"


def test_choices_are_in_the_order_of_their_words() -> None:
    words = [label for _, label in act_choices()]
    assert words == sorted(words, key=str.casefold)
    assert len(set(words)) == len(words)


def test_every_task_has_its_sentence() -> None:
    app.perform_import_paths()
    ours = {name for name in app.tasks if name.startswith("sas.")}
    assert ours
    assert sorted(ours - set(TASK_LABELS)) == []
