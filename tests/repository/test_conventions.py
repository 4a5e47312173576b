"""The habits of CONTRIBUTING.md that a machine can hold people to. Each message lists every offender at once."""

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

import pytest

from tests.repository.tracked import python, text, under

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_VIEW = 15
LONGEST_SETTINGS = 300
LONGEST_README = 120
LONGEST_DECISION = 60

VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "base", "misc", "managers", "signals"}
HERE = "tests/repository/"

NAMED_ELSEWHERE = {"429.html": "django-allauth renders it after too many attempts"}
"""Templates that no file of ours names."""

STORAGE = {
    "sas/search/static/search/keyboard.js": "whether keyboard shortcuts are on",
    "sas/search/static/search/recent.js": "specialties and communes searched in this tab, until signing out",
}
"""Scripts that keep something in the browser, and what: never an address nor a name (docs/adr/0006)."""

CODE = (".py", ".html", ".js", ".css", ".toml", ".sh", "run")


@dataclass(frozen=True)
class Ban:
    """What may not be written, and where. `caught` and `free` prove that the pattern bites, and bites nothing else."""

    name: str
    pattern: str
    folders: tuple[str, ...]
    suffixes: tuple[str, ...]
    caught: tuple[str, ...]
    free: tuple[str, ...]

    def found(self, content: str) -> Iterator[int]:
        """Lines, counted from 1, where it is written."""
        for match in re.finditer(self.pattern, content):
            yield content.count("\n", 0, match.start()) + 1


BANS = (
    Ban(
        "postponed work",
        r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError\b",
        ("",),
        CODE,
        ("# TODO: later", "raise NotImplementedError"),
        ("# nothing to do", "except NotImplementedError:"),
    ),
    Ban(
        "a test that is not run",
        r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b|unittest\.skip|@skip\b",
        ("tests",),
        (".py",),
        ("@pytest.mark.skipif(True)", 'pytest.importorskip("redis")'),
        ("rows_skipped = 3",),
    ),
    Ban(
        "a naive clock",
        r"\bdatetime\.(now|today)\(\)|\butcnow\(|\butcfromtimestamp\(|\bdate\.today\(",
        ("",),
        (".py",),
        ("datetime.now()", "datetime.utcnow()", "date.today()"),
        ("datetime.now(UTC)", "timezone.now()"),
    ),
    Ban(
        "a written offset",
        r"[+-]0[12]:?00\b|timezone\(\s*timedelta|FixedOffset",
        ("sas", "config"),
        (".py",),
        ('"2026-11-21T10:00:00+01:00"', "timezone(timedelta(hours=1))"),
        ('ZoneInfo("Europe/Paris")', "0600"),
    ),
    Ban(
        "somebody's machine",
        r"(?<![\w.~$}/])/(root|home|work|Users)/[\w.]|(?<![\w.~$}/])/tmp\b",
        ("",),
        (*CODE, ".md", ".json", ".csv", ".lock", ".gitignore", ".importlinter"),
        ('open("/home/ada/x")', "cd /tmp/x", "(/root/.cache)"),
        ("https://sas.example/home/", "sas/work/x", "tmp_path / 'home'"),
    ),
    Ban(
        "an address in a lock file",
        r"://",
        ("",),
        (".lock",),
        ("--index-url https://mirror.example/simple",),
        ("django==5.2 --hash=sha256:00",),
    ),
    Ban(
        "a script, a style or a handler inside a page",
        r"<script(?![^>]*\bnonce=)|<style\b|\sstyle=|\son[a-z]+=|\shx-on\b|hx-vals=.js:|javascript:",
        ("sas",),
        (".html",),
        ("<script>", '<p style="x">', '<a onclick="x">', '<div hx-on:click="x">'),
        ('<script src="x" nonce="y">', '<link rel="stylesheet">', '<option value="on">'),
    ),
    Ban(
        "a file that another host serves",
        r"(src|srcset)=.https?://|<link[^>]+href=.https?://|url\(.?https?://|@import .?https?://",
        ("sas",),
        (".html", ".css", ".js"),
        ('<img src="https://cdn.example/x.png">', "url('https://x')"),
        ('<a href="https://example.org">', "url(data:x)"),
    ),
)


def listed(offenders: Iterable[str]) -> str:
    """Offenders, one a line: empty when there is none, so that a failed comparison shows them."""
    return "\n".join(sorted(offenders))


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_nobody_writes(ban: Ban) -> None:
    found = (
        f"{path}:{line}"
        for path in under(*ban.folders, suffixes=ban.suffixes)
        if not path.startswith(HERE)
        for line in ban.found(text(path))
    )
    assert listed(found) == ""


@pytest.mark.parametrize("ban", BANS, ids=lambda ban: ban.name)
def test_a_ban_catches_what_it_is_there_for_and_nothing_else(ban: Ban) -> None:
    assert [sample for sample in ban.caught if not list(ban.found(sample))] == []
    assert [sample for sample in ban.free if list(ban.found(sample))] == []


def test_no_python_file_is_longer_than_a_few_screens() -> None:
    lengths = {path: text(path).count("\n") for path in python("")}
    assert listed(f"{path}: {n} lines" for path, n in lengths.items() if n > LONGEST_FILE) == ""


def test_no_function_is_longer_than_a_screen() -> None:
    """Its statements: the signature and the docstring do not count, people should not save on them."""
    offenders = [
        f"{path}:{function.lineno} {function.name}: {lines} lines"
        for path in python("")
        for function, lines in measured(text(path))
        if lines > LONGEST_FUNCTION
    ]
    assert listed(offenders) == ""


def test_the_measure_of_a_function_leaves_signature_and_docstring_out() -> None:
    source = 'def f(\n    a,\n    b,\n):\n    """Says.\n\n    More.\n    """\n    a += 1\n\n    return a + b\n'
    assert [lines for _, lines in measured(source)] == [3]


@cache
def measured(source: str) -> tuple[tuple[ast.FunctionDef | ast.AsyncFunctionDef, int], ...]:
    """Every function of a file and how many lines its statements take."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
            found.append((node, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0))
    return tuple(found)


def test_views_read_call_and_render() -> None:
    offenders = [
        f"{path}:{function.lineno} {function.name}: {lines} lines"
        for path in python("sas")
        if PurePosixPath(path).name == "views.py"
        for function, lines in measured(text(path))
        if lines > LONGEST_VIEW
    ]
    assert listed(offenders) == ""


def test_no_module_is_named_after_nothing() -> None:
    vague = (path for path in under("", suffixes=(".py",)) if VAGUE & {PurePosixPath(path).stem, *folders_of(path)})
    assert listed(vague) == ""


def folders_of(path: str) -> tuple[str, ...]:
    """The packages a file is in."""
    return PurePosixPath(path).parts[:-1]


def test_settings_fit_in_one_reading() -> None:
    assert text("config/settings.py").count("\n") <= LONGEST_SETTINGS


def test_the_readme_fits_in_one_reading() -> None:
    assert text("README.md").count("\n") <= LONGEST_README


def test_every_template_is_used() -> None:
    sources = {path: text(path) for path in under("sas", "config", "demo", suffixes=(".py", ".html"))}
    unused = []
    for path in sources:
        name = template_name(path)
        if name is None or name in NAMED_ELSEWHERE:
            continue
        called = {name, re.sub(r"^mail/(\w+)\.html$", r"\1", name)}  # an e-mail is called by its kind
        if not any(
            f'"{word}"' in source or f"'{word}'" in source
            for other, source in sources.items()
            if other != path
            for word in called
        ):
            unused.append(path)
    assert listed(unused) == ""


def test_no_exception_is_kept_for_a_template_that_is_gone() -> None:
    names = {template_name(path) for path in under("sas", "demo", suffixes=(".html",))}
    assert set(NAMED_ELSEWHERE) <= names


def template_name(path: str) -> str | None:
    """How the engines call a file: what follows `templates/` or `jinja2/`; none for any other file."""
    match = re.search(r"/(?:templates|jinja2)/(.+)$", path)
    return match[1] if match else None


def test_both_template_engines_never_share_a_name() -> None:
    names = [name for path in under("sas", "demo") if (name := template_name(path))]
    assert listed(name for name in set(names) if names.count(name) > 1) == ""


def test_scripts_keep_nothing_in_the_browser_but_what_is_said_here() -> None:
    pattern = re.compile(r"\b(localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open)\b")
    found = {path for path in under("sas", suffixes=(".js",)) if pattern.search(text(path))}
    assert found == set(STORAGE)


def test_every_decision_is_dated_short_and_in_the_index() -> None:
    index = text("docs/adr/README.md")
    decisions = [path for path in under("docs/adr", suffixes=(".md",)) if not path.endswith("README.md")]
    assert decisions
    wrong = []
    for path in decisions:
        name = PurePosixPath(path).name
        lines = text(path).splitlines()
        shaped = lines[0].startswith(f"# {name[:4]}. ") and re.match(r"Date: \d{4}-\d\d-\d\d\. Status: \w+", lines[2])
        if not shaped or len(lines) > LONGEST_DECISION or f"({name})" not in index:
            wrong.append(f"{path}: title, date and status, {len(lines)} lines, index")
    assert listed(wrong) == ""


def test_decisions_are_numbered_without_a_double() -> None:
    numbers = [PurePosixPath(path).name[:4] for path in under("docs/adr", suffixes=(".md",)) if "README" not in path]
    assert numbers == sorted(set(numbers))


def test_terms_of_the_glossary_are_in_order_and_said_once() -> None:
    words, _, _ = text("docs/glossary.md").partition("\n## ")
    terms = re.findall(r"^\| (?!terme \|)(?!---)([^|]+?) \|", words, flags=re.MULTILINE)
    keys = [alphabetical(term) for term in terms]
    assert len(keys) > 50
    assert keys == sorted(set(keys))


def alphabetical(term: str) -> str:
    """A term as a dictionary sorts it: neither case nor accents count."""
    letters = unicodedata.normalize("NFKD", term.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
