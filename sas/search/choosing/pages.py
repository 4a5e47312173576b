"""The panel of an editor's slot in words: who, where, when, the number to call, one act."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.directory.rules import phone_text
from sas.directory.vocabulary import label
from sas.search.chosen import Chosen
from sas.search.leads import Leads
from sas.search.presenting import MODALITIES, TYPES, address_text, name_text
from sas.search.wording import age_text, day_text, time_text, way_text


@dataclass(frozen=True)
class Panel:
    """What the panel prints. `address`: its own, with the slot and the search. `follow`: where the orientation is read
    once the booking page was opened. `en_sus`: where what was agreed by phone is noted, for who may."""

    title: str
    what: str
    when: str
    modalities: str
    kinds: str
    place: str
    place_name: str
    information: str
    phone: str
    phone_link: str
    call_first: bool
    called: bool
    editor: str
    checked: str
    by_phone: str
    key: UUID
    address: str
    call_address: str
    follow: str
    en_sus: str
    territories: tuple[tuple[int, str], ...]
    back: str


def panel(chosen: Chosen, user: User, *, key: UUID, address: str, now: datetime, called: bool = False) -> Panel:
    """For this reader, now."""
    seat, slot = chosen.card.seat, chosen.slot
    row = seat.candidate
    way = way_text(seat.way)
    told = user.may(Permission.SEE_PARTICIPATION)
    asked_at = slot.checked_at
    return Panel(
        title=name_text(seat),
        what=", ".join([label(row.specialty), *([f"participe {way}".strip()] if told and row.participates else [])]),
        when=when_text(chosen, now),
        modalities=" ou ".join(MODALITIES[one][1] for one in slot.modalities if one in MODALITIES),
        kinds=", ".join([*(TYPES[kind] for kind in slot.types if kind in TYPES), *slot.reasons]),
        place=address_text(seat),
        place_name=row.name,
        information=(row.information or "") if told else "",
        phone=phone_text(row.phone) if row.phone else "",
        phone_link=f"tel:{row.phone}" if row.phone else "",
        call_first=seat.rules is not None and seat.rules.call_first(slot.types),
        called=called,
        editor=chosen.editor.name,
        checked=age_text((now - asked_at).total_seconds()) if asked_at else "",
        by_phone=chosen.by_phone,
        key=key,
        address=address,
        call_address=f"{reverse('search:call_made')}?{address.partition('?')[2]}",
        follow=reverse("orientation_panels:by_key", args=[key]),
        en_sus=_en_sus(chosen) if user.may(Permission.SOLICIT) and row.participates else "",
        territories=territories_of(user),
        back=f"{reverse('search:results')}?{chosen.back}",
    )


def when_text(chosen: Chosen, now: datetime) -> str:
    """« aujourd’hui 14 h 40 », by the clock of the place."""
    start = chosen.slot.start
    day = day_text(start.date(), now.astimezone(start.tzinfo).date())
    if chosen.slot.booking == "WALKIN":
        return f"{day} de {time_text(start)} à {time_text(chosen.slot.end)}, sans rendez-vous"
    return f"{day} {time_text(start)}"


def territories_of(user: User) -> tuple[tuple[int, str], ...]:
    """The SAS between which the reader has to say which one they act for; none when there is no choice."""
    held = {grant.territory_id: str(grant.territory) for grant in user.held if grant.territory_id and grant.is_open}
    return tuple((pk, name) for pk, name in held.items() if pk) if len(held) > 1 else ()


def _en_sus(chosen: Chosen) -> str:
    """Where the time agreed by phone is recorded; they do show a slot: the one that was chosen."""
    slot = chosen.slot
    leads = Leads.of(chosen.back, solicits=True)
    modality = slot.modalities[0] if len(slot.modalities) == 1 else ""
    agreed = {"debut": slot.start.isoformat(), "fin": slot.end.isoformat(), "modalite": modality}
    return leads.to_call(chosen.card.seat.key, shown=True, **{name: value for name, value in agreed.items() if value})
