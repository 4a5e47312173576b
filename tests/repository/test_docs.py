"""What the documents name exists: links, anchors, files, commands, modules, settings. A lie there is a defect."""

import importlib.util
import re
import unicodedata
from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import normpath

import pytest
from django.core.management import get_commands

from config.environment import DEFAULTS
from tests.repository.tracked import exists, paths, text, under

DOCUMENTS = sorted(under("", suffixes=(".md",)))

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MADE_AT_RUN_TIME = ("bench/results/",)

OWN_COMMANDS = {name for name, owner in get_commands().items() if str(owner).startswith(("sas.", "demo"))}


def spans(document: str) -> Iterator[str]:
    """Code of a document: what stands between backticks, and the lines of its blocks."""
    content = text(document)
    for block in FENCE.findall(content):
        yield from block.splitlines()
    yield from SPAN.findall(FENCE.sub("", content))


def anchors(document: str) -> set[str]:
    """The anchors a forge makes of the titles of a document."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", text(document)), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", title).lower()).replace(" ", "-") for title in titles}


def test_there_are_documents() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/glossary.md"} <= set(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    broken = []
    for link in LINK.findall(FENCE.sub("", text(document))):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = normpath(str(PurePosixPath(document).parent / target)) if target else document
        if not exists(path) or (anchor and path.endswith(".md") and anchor not in anchors(path)):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    folders = {path.partition("/")[0] for path in paths() if "/" in path}
    named = {
        word.rstrip(".,;:)")
        for span in spans(document)
        for word in re.findall(r"[\w./<>*…-]+", span)
        if word.partition("/")[0] in folders and "/" in word
    }
    made_up = re.compile(r"[<>*…]")
    gone = [
        word
        for word in named
        if not made_up.search(word) and not word.startswith(MADE_AT_RUN_TIME) and not exists(word)
    ]
    assert sorted(gone) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_that_are_named_exist(document: str) -> None:
    known = set(re.findall(r"^  ([a-z]+)(?: \||\))", text("run"), flags=re.MULTILINE))
    managed = set(get_commands())
    unknown = []
    for span in spans(document):
        unknown += [word for word in re.findall(r"\./run ([a-z]+)", span) if word not in known]
        unknown += [word for word in re.findall(r"\./run manage ([a-z_]+)", span) if word not in managed]
        unknown += [name for name in re.findall(r"python3? -m ([a-z_.]+)", span) if not runs(name)]
    assert unknown == []


def runs(module: str) -> bool:
    """Whether `python -m module` finds something."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("document", DOCUMENTS)
def test_settings_that_are_named_exist(document: str) -> None:
    settings = text("config/settings.py")
    named = {name for span in spans(document) for name in re.findall(r"\bSAS_[A-Z_]+\b", span)}
    assert sorted(name for name in named if name not in DEFAULTS and not re.search(rf"\b{name}\b", settings)) == []


def test_every_command_of_ours_is_in_the_interfaces() -> None:
    described = text("docs/interfaces.md")
    assert sorted(name for name in OWN_COMMANDS if f"`{name} " not in described) == []


def test_every_command_of_run_is_in_its_help() -> None:
    script = text("run")
    known = set(re.findall(r"^  ([a-z]+)(?: \||\))", script, flags=re.MULTILINE))
    usage = script.partition("TEXT\n")[0] + script.partition("<<'TEXT'\n")[2].partition("\nTEXT")[0]
    assert known
    assert sorted(name for name in known if not re.search(rf"^  {name}\b", usage, flags=re.MULTILINE)) == []


def test_every_public_path_is_in_the_interfaces() -> None:
    described = text("docs/interfaces.md")
    routes = re.findall(r'path\("([^"]+)", (?!include)', text("sas/search/urls.py") + text("config/urls.py"))
    assert routes
    missing = [route for route in routes if f"/{route}" not in described and not route.startswith("compte-desactive")]
    assert missing == []


def test_every_parameter_of_the_search_is_told_to_integrators() -> None:
    described = text("docs/api.md")
    read = set(re.findall(r'parameters(?:, |\.getlist\()"([a-z]+)"', text("sas/search/criteria.py")))
    assert {"text", "loc", "suite"} <= read
    page_only = {"complet", "vue"}
    assert sorted(name for name in read - page_only if f"| `{name}` |" not in described) == []
