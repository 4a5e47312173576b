"""One slot was chosen: is it still free? The editor is asked again, about this person alone, past every cache."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from sas.aggregator import registry
from sas.aggregator.queries import askable_editors
from sas.directory import queries as directory_queries
from sas.fhir.links import is_bookable
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria, InvalidCriteria, QueryParameters, read_criteria, value_of
from sas.search.lots import single_lot
from sas.search.presenting import CardView, Wording, card_view, phone_text, silence_text

RECHECK_DEADLINE_S = 4.0
"""The regulator waits in front of the screen: beyond this, say that the editor is silent and give the phone."""

SHAPES = {
    "fiche": r"[0-9]{1,18}",
    "editeur": r"[a-z0-9-]{1,60}",
    "creneau": r"[0-9a-f-]{10,40}",
    "debut": r"[0-9]{1,11}",
}


@dataclass
class NotFree(Exception):  # noqa: N818 — an answer to the person, not a fault
    """Why the booking page was not opened, and what to do instead. `card` shows the next slots, when there are any."""

    title: str
    detail: str
    status: int = 409
    card: CardView | None = None
    name: str = ""
    phone: str | None = None
    phone_link: str | None = None
    again: str | None = None
    back: str = ""


def chosen_slot(parameters: QueryParameters, *, now: datetime) -> str:
    """The booking page of the slot, without `origin`. Raises `NotFree`."""
    try:
        criteria = read_criteria(parameters, now=int(now.timestamp()))
    except InvalidCriteria:
        criteria = Criteria(text="", loc="")
    back = criteria.query()
    location, editor, slot, start = _read(parameters, back)
    rows = directory_queries.by_location_ids([location])
    if not rows or editor not in askable_editors():
        raise NotFree(
            "Ce créneau n’existe plus",
            "Le professionnel ou l’éditeur n’est plus référencé : relancez la recherche.",
            status=410,
            back=back,
        )
    lot = single_lot(rows[0], editor=editor, now=now)
    conversation = Conversation(lot, criteria)
    question = conversation.question
    if start < now.timestamp():
        raise _past(conversation, back)
    answer = registry.recheck(
        editor,
        rows[0].national_id,
        start=question.start,
        end=question.end,
        deadline=min(RECHECK_DEADLINE_S, settings.SAS_EDITOR_TIMEOUT),
    )
    conversation.hear(answer)
    (card,) = conversation.cards()
    for offered in card.all_slots:
        if offered.id == slot and offered.url and is_bookable(offered.url):
            return offered.url
    raise _refusal(card, criteria, conversation, back, parameters)


def _read(parameters: QueryParameters, back: str) -> tuple[int, str, str, int]:
    values = {name: value_of(parameters, name) for name in ("fiche", "editeur", "creneau", "debut")}
    shapes = {
        "fiche": r"[0-9]{1,18}",
        "editeur": r"[a-z0-9-]{1,60}",
        "creneau": r"[0-9a-f-]{10,40}",
        "debut": r"[0-9]{1,11}",
    }
    if not all(re.fullmatch(shape, values[name]) for name, shape in shapes.items()):
        detail = "Ce lien vers un créneau est incomplet : revenez aux résultats et choisissez de nouveau."
        raise NotFree("Lien incomplet", detail, status=400, back=back)
    return int(values["fiche"]), values["editeur"], values["creneau"], int(values["debut"])


def _past(conversation: Conversation, back: str) -> NotFree:
    row = conversation.lot.seats[0].candidate
    detail = "L’heure de ce créneau est passée : relancez la recherche pour voir les suivants."
    return _with_phone(NotFree("Créneau passé", detail, status=410, back=back), row)


def _refusal(
    card: Card, criteria: Criteria, conversation: Conversation, back: str, parameters: QueryParameters
) -> NotFree:
    editors = {row.key: row.name for row in askable_editors().values()}
    row = card.seat.candidate
    if card.silences:
        who = silence_text(card.silences[0], editors)
        detail = f"{who} : impossible de savoir si ce créneau est encore libre. Appelez le cabinet, ou réessayez."
        names = ("fiche", "editeur", "creneau", "debut")
        again = criteria.query(**{name: value_of(parameters, name) for name in names})
        return _with_phone(NotFree("Créneau non vérifié", detail, status=503, again=again, back=back), row)
    words = Wording(
        now=conversation.lot.now,
        days=conversation.lot.days,
        editors=editors,
        books=frozenset(key for key, editor in askable_editors().items() if editor.books),
        discipline="",
        slot_query=f"/sas/recherche/creneau?{back}",
    )
    view = card_view(card, words) if card.slots else None
    detail = "Il vient d’être pris ou retiré."
    detail += (
        " Voici les créneaux encore libres de ce professionnel." if view else " Ce professionnel n’en a plus d’autre."
    )
    return _with_phone(NotFree("Ce créneau n’est plus libre", detail, card=view, back=back), row)


def _with_phone(refusal: NotFree, row: directory_queries.Candidate) -> NotFree:
    refusal.name = " ".join(part for part in (row.given_name, row.family_name) if part)
    refusal.phone = phone_text(row.phone) if row.phone else None
    refusal.phone_link = f"tel:{row.phone}" if row.phone else None
    return refusal
