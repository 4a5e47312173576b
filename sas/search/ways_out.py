"""What to do next from a page of results, in the order of the doctrine (platform.md §6). Pure."""

from dataclasses import replace
from typing import NamedTuple

from django.urls import reverse

from sas.directory.gazetteer import gazetteer
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria, Filters, Modality, View
from sas.search.lots import Lot
from sas.search.neighbours import neighbour_of
from sas.search.overbooking import to_call
from sas.search.ranking import Rank
from sas.search.wording import radius_text


def hidden_people(criteria: Criteria, cards: list[Card]) -> int:
    """How many people « tous » would add: heard, without a slot, not participating."""
    if criteria.show_rest or criteria.filters.on_slots or criteria.filters.participants_only:
        return 0
    return len({card.seat.candidate.practitioner_id for card in cards if card.rank is Rank.REST})


class WayOut(NamedTuple):
    """One step further: `key` on the keyboard, or none."""

    label: str
    link: str
    key: str = ""


def ways_out(criteria: Criteria, conversation: Conversation, hidden: int, *, solicits: bool) -> list[WayOut]:
    """Fewer filters, « en sus » for who `solicits`, wider, téléconsultation, the neighbouring territory, the whole
    department, everybody."""
    lot, page = conversation.lot, reverse("search:results")
    ways: list[WayOut] = []
    if criteria.filters != Filters():
        bare = replace(criteria, filters=Filters(), cursor=None)
        ways.append(WayOut("Retirer les filtres", f"{page}?{bare.query()}", "x"))
    if solicits and (calls := to_call(conversation)):
        query = criteria.query(vue=View.OVERBOOKING, suite=None)
        ways.append(WayOut(f"En sus ({len(calls)})", f"{page}?{query}", "s"))
    if lot.place.kind != "county" and lot.radius_km < lot.maximum_km:
        wider = min(lot.maximum_km, lot.radius_km * 2)
        query = criteria.query(rayon=f"{wider:g}", suite=None, graine=None)
        ways.append(WayOut(f"Élargir à {radius_text(wider)}", f"{page}?{query}", "e"))
    ways += _department_ways(criteria, lot, page)
    if hidden:
        people = f"{hidden} professionnel{'s' if hidden > 1 else ''} sans créneau publié"
        ways.append(WayOut(f"Afficher aussi {people}", f"{page}?{criteria.query(tous='1')}"))
    return ways


def _department_ways(criteria: Criteria, lot: Lot, page: str) -> list[WayOut]:
    """The departments of a place and beside it: a téléconsultation needs no travel, and a journey may be better than
    nothing."""
    place, ways = lot.place, []
    own = gazetteer().department(place.department)
    beside = neighbour_of(place.department, place.latitude, place.longitude)
    if own is None or not lot.what.code:
        return []
    shown = View.LIST if criteria.view is View.OVERBOOKING else criteria.view
    anywhere = replace(criteria, place_token="", radius_km=None, seed=None, cursor=None)
    if place.kind != "county":
        only = Filters(modalities=frozenset({Modality.VR}))
        remote = replace(anywhere, loc=own.label, filters=only, view=shown)
        ways.append(WayOut(f"Téléconsultation dans le département {own.label}", f"{page}?{remote.query()}", "v"))
    if beside is not None:
        there = replace(anywhere, loc=beside.label)
        ways.append(WayOut(f"Territoire voisin : {beside.label}", f"{page}?{there.query()}", "r"))
    if place.kind != "county":
        whole = replace(anywhere, loc=own.label)
        ways.append(WayOut(f"Tout le département {own.label}", f"{page}?{whole.query()}", "d"))
    return ways
