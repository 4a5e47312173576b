"""What the results page and its stream print: one painter, so that a card is the same wherever it comes from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.aggregator import registry
from sas.aggregator.engine.outcomes import EditorReport, Kind
from sas.participation.solicitations.queries import last_calls
from sas.search.card_filters import card_passes
from sas.search.conversation import Card, Conversation
from sas.search.criteria import (
    LONGEST_TEXT,
    Criteria,
    InvalidCriteria,
    QueryParameters,
    Sort,
    View,
    clean,
    encode_cursor,
    machine_made,
    origin_of,
    value_of,
)
from sas.search.facets import distances, facets
from sas.search.leads import Leads
from sas.search.lots import Lot
from sas.search.maps import map_context, marker
from sas.search.overbooking import REMEMBERED, in_order, is_left_alone, said_text, to_call
from sas.search.presenting import Wording, card_view, trouble_text
from sas.search.questions import Asked
from sas.search.suggestions import recent
from sas.search.surroundings import surroundings
from sas.search.tables import BAND_LABELS, columns, row_view, views_of
from sas.search.ways_out import hidden_people, ways_out
from sas.search.wording import radius_text

SORTS = {
    Sort.NEUTRAL: "participants, puis distance",
    Sort.EARLIEST: "créneau le plus proche",
    Sort.DISTANCE: "distance",
}
NEUTRAL_IN_AN_AREA = "participants, puis tirage au sort"
"""Nobody is nearer to a commune or a department as a whole: the draw is the same for every regulator for an hour."""


class Painter:
    """Paints one search for one reader. Reads the editors' names once; after that it needs no database."""

    def __init__(self, asked: Asked, user: User) -> None:
        self._asked = asked
        editors = registry.editors()
        self._names: Mapping[str, str] = {key: row.name for key, row in editors.items()}
        self._words = Wording(
            now=asked.lot.now,
            days=asked.lot.days,
            editors=self._names,
            books=frozenset(key for key, row in editors.items() if row.books),
            slot_query=f"{reverse('search:choose')}?{back_query(asked.criteria)}",
            sees_participation=user.may(Permission.SEE_PARTICIPATION),
            leads=leads_of(asked.criteria, user),
        )
        self._card = get_template("search/card.html", using="jinja2")
        self._row = get_template("search/table_row.html", using="jinja2")
        self._state = get_template("search/state.html", using="jinja2")

    def card(self, card: Card) -> SafeString:
        """One card, or one row of the table; the template escapes everything it prints."""
        view = card_view(card, self._words)
        if self._asked.criteria.view is View.TABLE:
            return mark_safe(self._row.render({"row": row_view(card, view, now=self._words.now)}))  # noqa: S308
        on_map = marker(card, view, now=self._words.now) if self._asked.criteria.view is View.MAP else None
        return mark_safe(self._card.render({"card": view, "marker": on_map}))  # noqa: S308

    def cards(self, conversation: Conversation) -> SafeString:
        """Every card shown, in order."""
        return mark_safe("".join(self.card(card) for card in conversation.shown()))  # noqa: S308

    def state(self, conversation: Conversation, finished: bool) -> SafeString:
        """Banner, counts, progress and footer, as out-of-band fragments."""
        return mark_safe(self._state.render(self.state_context(conversation, finished) | {"swap": True}))  # noqa: S308

    def state_context(self, conversation: Conversation, finished: bool) -> dict[str, Any]:
        """What the banner, the counts and the footer say now."""
        criteria, lot = self._asked.criteria, conversation.lot
        cards = conversation.cards()
        reports = conversation.reports()
        around = [card for card in cards if not _stands_apart(card, lot)]
        people = {card.seat.candidate.practitioner_id for card in around}
        offering = {card.seat.candidate.practitioner_id for card in around if card.slots}
        hidden = hidden_people(criteria, cards)
        return {
            "finished": finished,
            "troubles": [
                trouble_text(report, self._names) for report in reports if _in_trouble(report, cards, finished)
            ],
            "waiting": _waiting(conversation, reports, self._names) if not finished else [],
            "asked": bool(reports),
            "people": f"{len(people)}{'+' if lot.is_full else ''}",
            "plural": len(people) > 1,
            "around": _around(conversation),
            "slots": sum(len(card.slots) for card in around),
            "with_slots": len(offering),
            "widened": radius_text(lot.widened_from) if lot.widened_from else None,
            "shown": len(conversation.shown()),
            "hidden": hidden,
            "filtered_out": any(
                card.all_slots and (criteria.filters.on_slots or not card_passes(card, criteria.filters))
                for card in cards
            ),
            "participants_only": criteria.filters.participants_only,
            "facets": (
                *facets(cards, criteria.filters, now=lot.now, sees_participation=self._words.sees_participation),
                *([distances(cards, lot, criteria.radius_km)] if lot.place.kind != "county" else []),
            ),
            "next": _next(criteria, conversation),
            "ways_out": ways_out(criteria, conversation, hidden, solicits=self._words.sees_participation)
            if finished
            else [],
            "structures": lot.what.kind == "structure",
        }


def back_query(criteria: Criteria) -> str:
    """The search that a panel leads back to: the same page, from its beginning."""
    return criteria.query(complet=None, suite=None)


def leads_of(criteria: Criteria, user: User) -> Leads:
    """Where the acts of a card lead this reader, who may send patients: whoever searches does (platform.md §1)."""
    return Leads.of(back_query(criteria), solicits=user.may(Permission.SOLICIT))


def empty_form() -> dict[str, Any]:
    """The page before any question."""
    return {"criteria": Criteria(text="", loc=""), "title": "Recherche", "wide": False}


def refused(parameters: QueryParameters, error: InvalidCriteria) -> dict[str, Any]:
    """The form again, with what was typed, and the sentence that says what to do."""
    typed = {name: clean(value_of(parameters, name))[:LONGEST_TEXT] for name in ("text", "loc")}
    typed |= {"what_code": machine_made(parameters, "quoi"), "origin": origin_of(parameters)}
    typed["doctor"] = clean(value_of(parameters, "mt"))[:LONGEST_TEXT]
    typed["doctor_code"] = machine_made(parameters, "mtid")
    # The chosen place stays chosen, unless it is the place that was not understood.
    typed["place_token"] = machine_made(parameters, "lieu") if error.field != "loc" else ""
    kept = Criteria(
        typed["text"],
        typed["loc"],
        what_code=typed["what_code"],
        doctor=typed["doctor"],
        doctor_code=typed["doctor_code"],
        origin=typed["origin"],
    )
    choices = [(label, kept.query(lieu=token)) for label, token in error.choices]
    return {"criteria": typed, "error": error, "choices": choices, "title": "Recherche", "wide": False}


def refused_state(message: str) -> str:
    """The same for a page already on screen."""
    return str(get_template("search/refused.html", using="jinja2").render({"message": message}))


def results(asked: Asked, conversation: Conversation, user: User) -> dict[str, Any]:
    """Everything the results page prints; a stream follows it unless the complete page was asked for."""
    painter, criteria = Painter(asked, user), asked.criteria
    live = not criteria.complete
    criteria_with_seed = criteria.query(graine=str(asked.lot.seed))
    state = painter.state_context(conversation, finished=not live)
    return {
        "criteria": criteria,
        "typed_what": criteria.text or asked.what.label,
        "typed_where": criteria.loc or asked.place.label,
        "place": asked.place,
        "what": asked.what,
        "title": f"{asked.what.label}, {asked.place.label}",
        "cards": painter.cards(conversation),
        "banner": _painted("search/banner.html", state),
        "footer": _painted("search/footer.html", state),
        "facets": state["facets"],
        "live": live,
        "wide": True,
        "stream": f"{reverse('search:stream')}?{criteria_with_seed}",
        "complete": f"{reverse('search:results')}?{criteria.query(graine=str(asked.lot.seed), complet='1')}",
        "sorts": _sorts(asked),
        "view": criteria.view,
        "recent": recent(asked.what, asked.place),
        "views": views_of(asked),
        "columns": columns(asked),
        "bands": BAND_LABELS,
        "map": map_context(criteria, conversation.lot) if criteria.view is View.MAP else None,
        "seed": asked.lot.seed,
        "local": surroundings(asked),
        "doctor_remark": asked.doctor.remark,
        "doctor_choices": [(who, criteria.query(mtid=code, suite=None)) for who, code in asked.doctor.choices],
    }


def overbooking(asked: Asked, conversation: Conversation, user: User) -> dict[str, Any]:
    """Whom to call « en sus », what colleagues were told, and the way back to the results in the same order."""
    state = Painter(asked, user).state_context(conversation, finished=True)
    now, calls = asked.lot.now, to_call(conversation)
    last = last_calls(
        practitioner_ids=[pk for kind, pk in (call.whom for call in calls) if kind == "practitioner"],
        structure_ids=[pk for kind, pk in (call.whom for call in calls) if kind == "structure"],
        since=now - REMEMBERED,
    )
    leads = leads_of(replace(asked.criteria, seed=asked.lot.seed), user)
    back = asked.criteria.query(vue=None, graine=str(asked.lot.seed))
    return {
        "title": f"En sus : {asked.what.label}, {asked.place.label}",
        "what": asked.what,
        "place": asked.place,
        "around": state["around"],
        "troubles": state["troubles"],
        "calls": [
            {
                "to": call,
                "said": said_text(call, last.get(call.whom), now),
                "alone": is_left_alone(call, last.get(call.whom), now),
                "link": leads.to_call(call.key, call.shown),
            }
            for call in in_order(calls, last, now)
        ],
        "ways_out": ways_out(asked.criteria, conversation, 0, solicits=False),
        "back": f"{reverse('search:results')}?{back}",
    }


def _sorts(asked: Asked) -> list[tuple[str, str, bool]]:
    is_area = asked.place.kind != "address"
    labels = SORTS | ({Sort.NEUTRAL: NEUTRAL_IN_AN_AREA} if is_area else {})
    return [(label, value, asked.criteria.sort is value) for value, label in labels.items()]


def _painted(template: str, state: Mapping[str, Any]) -> SafeString:
    return mark_safe(get_template(template, using="jinja2").render({**state, "swap": False}))  # noqa: S308


def _in_trouble(report: EditorReport, cards: list[Card], finished: bool) -> bool:
    if not report.unheard:
        return False
    if report.kind in (Kind.REFUSED, Kind.UNREADABLE, Kind.PAUSED):
        return True
    said = {silence.editor for card in cards for silence in card.silences}
    return finished or report.editor in said


def _stands_apart(card: Card, lot: Lot) -> bool:
    """The patient's own doctor, shown wherever they are and whatever they practise, is not one of those found there."""
    row, place = card.seat.candidate, lot.place
    if not card.seat.preferred:
        return False
    if lot.what.code not in ("", row.specialty):
        return True
    return row.department != place.department if place.kind == "county" else card.seat.distance_m > lot.radius_km * 1000


def _waiting(conversation: Conversation, reports: tuple[EditorReport, ...], names: Mapping[str, str]) -> list[str]:
    silent = {silence.editor for card in conversation.cards() for silence in card.silences}
    return [names.get(r.editor, r.editor) for r in reports if r.unheard and r.editor not in silent]


def _around(conversation: Conversation) -> str:
    place = conversation.lot.place
    if place.kind == "county":
        return f"dans le département {place.label}"
    return f"à moins de {radius_text(conversation.lot.radius_km)} de {place.label}"


def _next(criteria: Criteria, conversation: Conversation) -> str | None:
    cursor = conversation.lot.next_cursor
    if cursor is None:
        return None
    query = criteria.query(suite=encode_cursor(cursor), graine=str(conversation.lot.seed))
    return f"{reverse('search:results')}?{query}"
