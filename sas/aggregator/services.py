"""Writes on editors and links: each is one named operation, one transaction, one audit line."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.text import slugify

from sas.aggregator.engine.editors import LONGEST_TIMEOUT
from sas.aggregator.models import Editor, EditorLink
from sas.fhir.identifiers import is_practitioner_id, is_structure_id, practitioner_id, structure_id
from sas.web import audit

LOT = 20_000
"""Links written by one statement: bounds memory, and keeps 100,000 ids within a second or two."""

AUDITED = ("base_url", "flows", "client_dn", "system", "timeout", "stage", "max_concurrency", "is_active")
"""What may be given for an editor and is audited, in the order of `register_editor`."""


class EditorRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The editor or link cannot be written as asked; the message (French) says why and what to do."""


@dataclass(frozen=True)
class RefusedId:
    """A line of a file of ids that cannot be one; `line` counts from 1."""

    line: int
    text: str


@dataclass(frozen=True)
class LinkReport:
    """What came of `link_people`: ids read, links made, links that were there already, lines refused."""

    read: int = 0
    made: int = 0
    already: int = 0
    refused: tuple[RefusedId, ...] = field(default=())


@transaction.atomic
def register_editor(
    *,
    name: str,
    base_url: str,
    flows: Sequence[str] | None = None,
    client_dn: str | None = None,
    system: str | None = None,
    timeout: float | None = None,
    stage: str | None = None,
    max_concurrency: int | None = None,
    is_active: bool | None = None,
    renew_token: bool = False,
    by: str,
    at: datetime,
) -> tuple[Editor, str | None]:
    """Make the editor, or bring the one of that name to these values; None leaves a value as it is.

    Returns the editor and its API token in clear, once: at creation or when `renew_token`, else None. A new editor
    takes the practitioners' flow, 7 s, and is asked at once (`booking`) unless another stage is given. Idempotent:
    when nothing changes, nothing is written.
    """
    name = " ".join(name.split())
    known = Editor.objects.select_for_update(of=("self",), no_key=True).filter(name=name).first()
    editor = known or _new_editor(name, at)
    before = _audited(editor) if known else None
    if stage is not None and stage != editor.stage:
        editor.stage_since = timezone.localdate(at)
    given = (_address(base_url), sorted(set(flows or ())) or None, client_dn, system, timeout, stage, max_concurrency)
    for column, value in zip(AUDITED, (*given, is_active), strict=True):
        if value is not None:
            setattr(editor, column, value)
    token = f"sas_editor_{secrets.token_urlsafe(32)}" if known is None or renew_token else None
    if token:
        editor.token_sha256 = hashlib.sha256(token.encode()).hexdigest()
    elif before == _audited(editor):
        return editor, None
    _save(editor)
    after = {**_audited(editor), "token_renewed": bool(token)}
    audit.record("register_editor", by=by, at=at, target=f"éditeur {editor.key}", before=before, after=after)
    return editor, token


def _new_editor(name: str, at: datetime) -> Editor:
    return Editor(
        key=_free_key(name),
        name=name,
        flows=[Editor.Flow.PS],
        client_dn="",
        system="",
        timeout=LONGEST_TIMEOUT,
        max_concurrency=8,
        stage=Editor.Stage.BOOKING,
        stage_since=timezone.localdate(at),
        is_active=True,
        created_at=at,
    )


def _save(editor: Editor) -> None:
    try:
        editor.full_clean()
    except ValidationError as error:
        raise EditorRefused(" ".join(error.messages)) from None
    editor.save()


@transaction.atomic
def link_people(
    *, editor: Editor, ids: Iterable[str], source: str = EditorLink.Source.COMMAND, by: str, at: datetime
) -> LinkReport:
    """Say that these people (or SIRET of SOS places) use `editor`: one id per line, with or without its prefix.

    Blank lines and lines that start with `#` are skipped. A line that is no national id is refused alone and reported;
    links already known keep their date and source.
    """
    read, made, refused = 0, 0, []
    lines = enumerate(ids, start=1)
    while lot := list(islice(lines, LOT)):
        wanted = set()
        for number, text in lot:
            text = text.strip().lstrip("\ufeff")
            if not text or text.startswith("#"):
                continue
            read += 1
            if national_id := linkable_id(text):
                wanted.add(national_id)
            else:
                refused.append(RefusedId(number, text[:60]))
        made += _insert(editor, sorted(wanted), source, at)
    report = LinkReport(read, made, read - made - len(refused), tuple(refused))
    if made:
        after = {"made": made, "already": report.already, "refused": len(refused), "source": str(source)}
        audit.record("link_people", by=by, at=at, target=f"éditeur {editor.key}", after=after)
    return report


def editor_named(name: str) -> Editor:
    """The editor of that name or key. Raises `EditorRefused` with the names that exist."""
    known = {editor.name: editor for editor in Editor.objects.order_by("name")}
    by_key = {editor.key: editor for editor in known.values()}
    found = known.get(" ".join(name.split())) or by_key.get(name)
    if found is None:
        names = ", ".join(f"« {known_name} »" for known_name in known) or "aucun"
        raise EditorRefused(f"Éditeur inconnu : « {name} ». Éditeurs enregistrés : {names}. Voir add_editor.")
    return found


def linkable_id(text: str) -> str | None:
    """The prefixed national id that `text` writes (`8…`, `0…`, or `3` + SIRET), or None."""
    person = practitioner_id(text).value
    if is_practitioner_id(person):
        return person
    structure = structure_id(text).value
    return structure if is_structure_id(structure) and re.fullmatch(r"3[0-9]{14}", structure) else None


def _insert(editor: Editor, national_ids: list[str], source: str, at: datetime) -> int:
    if not national_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO aggregator_editorlink (editor_id, national_id, source, created_at)"
            " SELECT %s, unnest(%s::text[]), %s, %s ON CONFLICT (editor_id, national_id) DO NOTHING",
            [editor.pk, national_ids, str(source), at],
        )
        return int(cursor.rowcount)


def _address(base_url: str) -> str:
    hint = (
        f"Adresse d’éditeur inutilisable : « {base_url} ». Attendu : https://hôte[:port]/chemin, sans « ? » ni « # »."
    )
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username or any(c.isspace() for c in base_url):
        raise EditorRefused(hint)
    return base_url.rstrip("/")


def _free_key(name: str) -> str:
    stem = slugify(name)[:50] or "editeur"
    taken = set(Editor.objects.filter(key__startswith=stem).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def _audited(editor: Editor) -> dict[str, object]:
    return {column: getattr(editor, column) for column in AUDITED}
