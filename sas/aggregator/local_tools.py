"""Local tools of a territory for unscheduled care (platform.md §7, category PDM of the wire): linked out to, with a
place and a specialty. Their bookings come back in the shape of INT_R03, with the token of an editor of their own."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from django.db import transaction

from sas.aggregator.models import Editor, LocalTool
from sas.directory.models import Territory
from sas.web import audit

NAMES = ("lat", "lon", "insee", "specialty")
"""What an address may ask for, between braces."""


class LocalToolRefused(Exception):  # noqa: N818 — an answer to the person, not a fault
    """The tool cannot be registered as asked; the message (French) says why and what to do."""


@dataclass(frozen=True, slots=True)
class Where:
    """What a regulator searches: a point, its commune, a discipline. Empty: not known, the tool gets nothing for it."""

    latitude: float | None = None
    longitude: float | None = None
    insee: str = ""
    specialty: str = ""


@dataclass(frozen=True, slots=True)
class ToolLink:
    """A link to show: the name of the tool, whose it is, where it leads for this search."""

    name: str
    territory: str
    url: str


def local_tools_for(codes: Collection[str], where: Where) -> list[ToolLink]:
    """The tools of these territories, by name, opened on that search. One query."""
    rows = LocalTool.objects.filter(territory__code__in=codes, is_active=True, editor__is_active=True)
    rows = rows.select_related("territory").order_by("name", "pk")
    return [ToolLink(row.name, row.territory.label, filled(row.link, where)) for row in rows]


def filled(link: str, where: Where) -> str:
    """The address with what is searched in place of `{lat}`, `{lon}`, `{insee}` and `{specialty}`; others stay."""
    values = {
        "lat": "" if where.latitude is None else f"{where.latitude:.5f}",
        "lon": "" if where.longitude is None else f"{where.longitude:.5f}",
        "insee": where.insee,
        "specialty": where.specialty,
    }
    for name in NAMES:
        link = link.replace(f"{{{name}}}", quote(values[name], safe=""))
    return link


@transaction.atomic
def register_local_tool(
    *, territory: Territory, name: str, link: str, editor: Editor, is_active: bool = True, by: str, at: datetime
) -> LocalTool:
    """Make the tool that signs its messages as `editor`, or bring it to these values; nothing is written when they are
    already so. Raises `LocalToolRefused`."""
    Editor.objects.select_for_update(of=("self",), no_key=True).get(pk=editor.pk)
    known = LocalTool.objects.filter(editor=editor).first()
    if known is not None and known.territory_id != territory.pk:
        raise LocalToolRefused(
            f"« {editor.name} » est déjà l’éditeur de « {known.name} », outil d’un autre territoire : "
            "enregistrez un éditeur par outil."
        )
    before = _audited(known) if known else None
    tool = known or LocalTool(territory=territory, editor=editor)
    tool.name, tool.link, tool.is_active = " ".join(name.split()), _address(link), is_active
    if before == _audited(tool):
        return tool
    if not tool.name:
        raise LocalToolRefused("Donnez le nom de l’outil, comme les régulateurs le connaissent.")
    tool.save()
    after = _audited(tool)
    audit.record("register_local_tool", by=by, at=at, target=f"outil local {tool.pk}", before=before, after=after)
    return tool


def _address(link: str) -> str:
    """An address of the web whose host is written, not asked for: nobody else chooses where regulators are led."""
    link = link.strip()
    refused = LocalToolRefused(f"« {link} » n’est pas une adresse : donnez-la entière, « https://… ».")
    try:
        parts = urlsplit(link)
    except ValueError:
        raise refused from None
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc or parts.username:
        raise refused
    if any(character.isspace() or not character.isprintable() for character in link):
        raise refused
    return link


def _audited(tool: LocalTool) -> dict[str, object]:
    return {
        "territory": tool.territory.code,
        "editor": tool.editor.key,
        "name": tool.name,
        "link": tool.link,
        "is_active": tool.is_active,
    }
