"""What the Content-Security-Policy forbids is not even written in a template."""

import re
from pathlib import Path

import pytest

from config.environment import REPOSITORY

FORBIDDEN = {
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "an event attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "code in an htmx attribute": re.compile(
        r"hx-on\b|hx-on:|(?:hx-vals|hx-headers|hx-vars)\s*=\s*[\"']\s*js:|javascript:"
    ),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "a script without a nonce": re.compile(r"<script(?![^>]*\snonce=)[^>]*>", re.IGNORECASE),
}
TEMPLATES = sorted(
    [*(REPOSITORY / "sas").glob("*/templates/**/*.html"), *(REPOSITORY / "sas").glob("*/jinja2/**/*.html")]
)
SCRIPTS = sorted((REPOSITORY / "sas").glob("*/static/**/*.js"))
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def test_the_templates_are_found() -> None:
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_a_template_writes_nothing_that_the_policy_forbids(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_evaluates_text_nor_writes_it_as_html(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function|document\.write|insertAdjacentHTML", text)
