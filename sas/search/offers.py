"""What editors offer, as slots of cards at the places that the directory knows; and what of it may be shown. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from zoneinfo import ZoneInfo

from sas.aggregator.engine.outcomes import Answer
from sas.fhir.offered import OfferedPlace, OfferedSlot
from sas.participation.queries import VisibilityNow
from sas.participation.sharing.rules import shared
from sas.search.matching import KnownPlace, place_of
from sas.search.ranking import SHOWN_TYPES, CardSlot

ByPlace = Mapping[str | None, Sequence[CardSlot]]
"""One person's slots by place key; `None`: a place the directory does not know."""

by_start = attrgetter("at", "id")


def visible(editors: Iterable[ByPlace], visibility: VisibilityNow, *, now: datetime) -> ByPlace:
    """Of everything that editors offer of one person, what that person lets regulators see: the only door.

    A slot told twice (D31) counts once, as the one that can be booked.
    """
    if visibility.opted_out:
        return {}
    found: dict[str | None, dict[str, CardSlot]] = {}
    from_now = now.timestamp()
    for places in editors:
        for place, slots in places.items():
            here = found.setdefault(place, {})
            for slot in slots:
                if slot.at >= from_now and (slot.url or slot.id not in here):
                    here[slot.id] = slot
    everything = {place: sorted(slots.values(), key=by_start) for place, slots in found.items()}
    if visibility.limits.is_empty and not visibility.hidden:
        return everything
    return shared(everything, visibility.limits, hidden=visibility.hidden, now=now)


def by_place(
    offered: Sequence[OfferedSlot],
    places: Sequence[KnownPlace],
    answer: Answer,
    matched: dict[tuple[str, OfferedPlace | None], str | None],
) -> dict[str | None, list[CardSlot]]:
    """One person's slots from one editor, at the places the directory knows; hidden types left out (D06).

    `matched` remembers which place a description means: every slot repeats it, and so does every editor.
    """
    found: dict[str | None, list[CardSlot]] = {}
    described: dict[int, tuple[list[CardSlot], ZoneInfo | None, str]] = {}
    for slot in offered:
        if not _is_shown(slot.types):
            continue
        at = described.get(id(slot.place))
        if at is None:
            about = (slot.practitioner, slot.place)
            if about not in matched:
                matched[about] = place_of(slot.place, places)
            key = matched[about]
            zone = next((ZoneInfo(place.timezone) for place in places if place.key == key), None)
            agenda = _agenda(answer.editor, slot.practitioner, key or "")
            at = described[id(slot.place)] = (found.setdefault(key, []), zone, agenda)
        at[0].append(_card_slot(slot, answer, at[1], at[2]))
    return found


def _card_slot(slot: OfferedSlot, answer: Answer, zone: ZoneInfo | None, agenda: str) -> CardSlot:
    """One slot in the clock of its place, and its name: one that survives the editor answering again.

    `<who and where>-<start>-<minutes>-<how>`, in hexadecimal, minutes since 1970; never the editor's own id.
    """
    at = int(slot.start.timestamp())
    start = slot.start.astimezone(zone) if zone else slot.start
    end = slot.end.astimezone(zone) if zone else slot.end
    minutes = (end - start).seconds // 60
    # In the order of the fields, and no f-string: this is made of every slot of a search, thousands of times.
    return CardSlot(
        "%s-%x-%x-%x" % (agenda, at // 60, minutes, _how(slot.booking, slot.modalities)),  # noqa: UP031
        start,
        end,
        slot.modalities,
        slot.types,
        slot.booking,
        slot.reasons,
        "editor",
        answer.editor,
        slot.url,
        answer.checked_at,
        at,
    )


_HOW = {"WALKIN": 1, "AMB": 2, "HH": 4, "VR": 8}


# Cached: this runs for each of the thousands of slots of a search, with a handful of different arguments.
@lru_cache(maxsize=256)
def _how(booking: str, modalities: tuple[str, ...]) -> int:
    return _HOW.get(booking, 0) | sum(_HOW.get(modality, 0) for modality in set(modalities))


@lru_cache(maxsize=256)
def _is_shown(types: tuple[str, ...]) -> bool:
    return not SHOWN_TYPES.isdisjoint(types)


@lru_cache(maxsize=4096)
def _agenda(editor: str, person: str, place: str) -> str:
    return hashlib.blake2s(f"{editor}|{person}|{place}".encode(), digest_size=6).hexdigest()
