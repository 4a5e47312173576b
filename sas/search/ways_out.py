"""What to do next from a page of results, in the order of the doctrine (platform.md §6). Pure."""

from dataclasses import replace

from django.urls import reverse

from sas.directory.gazetteer import gazetteer
from sas.search.conversation import Card, Conversation
from sas.search.criteria import Criteria, Filters, Modality, View
from sas.search.lots import Lot
from sas.search.overbooking import to_call
from sas.search.ranking import Rank
from sas.search.wording import radius_text


def hidden_people(criteria: Criteria, cards: list[Card]) -> int:
    """How many people « tous » would add: heard, without a slot, not participating."""
    if criteria.show_rest or criteria.filters.on_slots or criteria.filters.participants_only:
        return 0
    return len({card.seat.candidate.practitioner_id for card in cards if card.rank is Rank.REST})


def ways_out(criteria: Criteria, conversation: Conversation, hidden: int, *, solicits: bool) -> list[tuple[str, str]]:
    """(label, link): fewer filters, « en sus » for who `solicits`, wider, téléconsultation, the whole department,
    everybody."""
    lot, page = conversation.lot, reverse("search:results")
    ways: list[tuple[str, str]] = []
    if criteria.filters != Filters():
        bare = replace(criteria, filters=Filters(), cursor=None)
        ways.append(("Retirer les filtres", f"{page}?{bare.query()}"))
    if solicits and (calls := to_call(conversation)):
        ways.append((f"En sus ({len(calls)})", f"{page}?{criteria.query(vue=View.OVERBOOKING, suite=None)}"))
    if lot.place.kind != "county" and lot.radius_km < lot.maximum_km:
        wider = min(lot.maximum_km, lot.radius_km * 2)
        query = criteria.query(rayon=f"{wider:g}", suite=None, graine=None)
        ways.append((f"Élargir à {radius_text(wider)}", f"{page}?{query}"))
    ways += _department_ways(criteria, lot, page)
    if hidden:
        people = f"{hidden} professionnel{'s' if hidden > 1 else ''} sans créneau publié"
        ways.append((f"Afficher aussi {people}", f"{page}?{criteria.query(tous='1')}"))
    return ways


def _department_ways(criteria: Criteria, lot: Lot, page: str) -> list[tuple[str, str]]:
    """The department around a place: a téléconsultation needs no travel, and a journey may be better than nothing."""
    department = gazetteer().department(lot.place.department)
    if lot.place.kind == "county" or department is None or not lot.what.code:
        return []
    whole = replace(criteria, loc=department.label, place_token="", radius_km=None, seed=None, cursor=None)
    remote = replace(whole, filters=Filters(modalities=frozenset({Modality.VR})))
    return [
        (f"Téléconsultation dans le département {department.label}", f"{page}?{remote.query()}"),
        (f"Tout le département {department.label}", f"{page}?{whole.query()}"),
    ]
