"""The preview in words: the regulator's own card, then every slot with what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from sas.aggregator import registry
from sas.directory.models import Practitioner
from sas.fhir.links import is_bookable
from sas.participation.sharing.rules import Limits, Reason
from sas.participation.sharing.services import SLOT
from sas.participation.sharing.words import LEFT_OUT
from sas.participation.subjects import Subject
from sas.search.away import back_at
from sas.search.presenting import MODALITIES, CardView, DayView, SlotView, Wording, card_view, day_text, time_text
from sas.search.preview.seeing import Offered, PlaceSeen, Seen, seen_now

AWAY = "indisponibilité ou pause"


@dataclass(frozen=True)
class Line:
    """One slot. `why`: why regulators do not see it, empty when they do. `may_hide`, `may_show`: what a button does."""

    id: str
    when: str
    details: str
    source: str
    why: str
    may_hide: bool
    may_show: bool


@dataclass(frozen=True)
class PlaceView:
    """One place: its name, what is to be known first, the card, the slots."""

    name: str
    note: str
    card: SafeString
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Preview:
    """Everything the page and the fragment print."""

    subject: Subject
    summary: str
    difference: str
    places: tuple[PlaceView, ...]
    silences: tuple[str, ...]
    acts: tuple[str, ...]
    is_draft: bool
    opted_out: bool


def preview_of(subject: Subject, practitioner: Practitioner, *, now: datetime, draft: Limits | None = None) -> Preview:
    """What regulators see of this person now, or would with the limits of `draft`. Waits for editors."""
    seen = seen_now(practitioner, now=now, draft=draft)
    editors = registry.editors()
    names = {key: row.name for key, row in editors.items()}
    words = Wording(
        now=now,
        days=settings.SAS_SEARCH_DAYS,
        editors=names,
        books=frozenset(key for key, row in editors.items() if row.books),
        slot_query="",
    )
    silent = {s.editor for place in seen.places for s in place.card.silences}
    return Preview(
        subject=subject,
        summary=_summary(seen),
        difference=_difference(seen),
        places=tuple(_place(place, words, names, now) for place in seen.places),
        silences=tuple(sorted(names.get(editor, editor) for editor in silent)),
        acts=tuple(seen.acts),
        is_draft=draft is not None,
        opted_out=seen.opted_out,
    )


def _summary(seen: Seen) -> str:
    if not seen.places:
        return "Aucun lieu d’exercice n’est connu de l’annuaire : la régulation ne voit rien."
    if not seen.total:
        return f"Aucun créneau connu sur les {settings.SAS_SEARCH_DAYS} prochains jours."
    verb = "verrait" if seen.draft is not None else "voit"
    whole = "votre seul créneau" if seen.total == 1 else f"vos {seen.total} créneaux"
    those = whole if seen.count == seen.total else f"{seen.count} de vos {seen.total} créneaux"
    return f"La régulation {verb} {those} des {settings.SAS_SEARCH_DAYS} prochains jours."


def _difference(seen: Seen) -> str:
    if seen.draft is None or seen.opted_out:
        return ""
    change = seen.count - seen.before
    if not change:
        return "Rien ne change dans ce qui est visible aujourd’hui."
    many = "x" if abs(change) > 1 else ""
    return f"{abs(change)} créneau{many} de {'plus' if change > 0 else 'moins'} que maintenant, si vous enregistrez."


def _place(place: PlaceSeen, words: Wording, names: Mapping[str, str], now: datetime) -> PlaceView:
    row = place.card.seat.candidate
    # Neither has a meaning without a patient: from where, and why before another.
    view = replace(_with_own_links(card_view(place.card, words), place), distance="", why="")
    card = get_template("search/card.html", using="jinja2").render({"card": view})
    lines = tuple(_line(one, row.timezone, names, now) for one in place.slots)
    name = ", ".join(filter(None, (row.name, row.line, row.city)))
    return PlaceView(name, _note(place, now), mark_safe(card), lines)  # noqa: S308 — the template escapes


def _with_own_links(view: CardView, place: PlaceSeen) -> CardView:
    """The doctor may not search: times lead to their editor's page, as the regulator's do after a last check."""
    urls = {one.slot.id: one.slot.url for one in place.slots}

    def own(slot: SlotView) -> SlotView:
        url = urls.get(slot.id) if slot.link else None
        return replace(slot, link=url if url and is_bookable(url) else None, outside=True)

    days = tuple(DayView(day.label, tuple(map(own, day.first)), tuple(map(own, day.more))) for day in view.days)
    return replace(view, days=days)


def _note(place: PlaceSeen, now: datetime) -> str:
    if place.card.away:
        until = back_at(place.card.seat.away, now.timestamp())
        if until is None or until == float("inf"):
            return "Indisponible : ce lieu n’apparaît pas dans les résultats."
        back = datetime.fromtimestamp(until, ZoneInfo(place.card.seat.candidate.timezone))
        return f"Indisponible jusqu’au {back:%d/%m} à {time_text(back)} : ce lieu n’apparaît pas dans les résultats."
    if not place.listed:
        return "Sans créneau visible ni participation : la carte n’apparaît que si la régulation demande tout le monde."
    if place.card.seat.via == "cpts":
        return "Dans le secteur de votre CPTS, sa carte vous représente, avec vos créneaux parmi ceux de ses membres."
    return ""


def _line(one: Offered, zone: str, names: Mapping[str, str], now: datetime) -> Line:
    slot = one.slot
    from_editor = slot.source == "editor" and SLOT.fullmatch(slot.id) is not None
    today = now.astimezone(ZoneInfo(zone)).date()
    modalities = [MODALITIES[m][1] for m in slot.modalities if m in MODALITIES]
    why = "" if one.seen else LEFT_OUT[one.reason] if one.reason else AWAY
    return Line(
        id=slot.id,
        when=f"{day_text(slot.start.date(), today)} {time_text(slot.start)}",
        details=", ".join([*modalities, *slot.types, *slot.reasons]),
        source=names.get(slot.editor or "", "agenda SAS"),
        why=why,
        may_hide=from_editor and one.reason is not Reason.HIDDEN,
        may_show=one.reason is Reason.HIDDEN,
    )
