"""From what was typed to what can be searched: the discipline, the place, then the first lot."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from django.conf import settings

from sas.directory.ban import Ban
from sas.directory.gazetteer import gazetteer
from sas.directory.geocoding import NotFound, Place, locate
from sas.directory.vocabulary import GENERAL_PRACTICE, Discipline, discipline, resolve_what, suggest_what
from sas.search.criteria import Criteria, InvalidCriteria, QueryParameters, View, read_criteria
from sas.search.lots import Lot, first_lot, with_doctor
from sas.search.names import chosen_name, named_lot
from sas.search.preferred import NOBODY, Doctor, preferred_doctor


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was understood, its first lot, and the patient's own doctor when it names one."""

    criteria: Criteria
    what: Discipline
    place: Place
    lot: Lot
    doctor: Doctor = NOBODY


def understood(parameters: QueryParameters, *, now: datetime, sees_participation: bool = True) -> Asked:
    """Read, resolve, find the candidates. Raises `InvalidCriteria` with what to do.

    Without `sees_participation`, the filter on participants and the list « en sus » are set aside: they would tell who
    participates.
    """
    criteria = read_criteria(parameters, now=int(now.timestamp()))
    if not sees_participation:
        view = View.LIST if criteria.view is View.OVERBOOKING else criteria.view
        filters = replace(criteria.filters, participants_only=False, ways=frozenset())
        criteria = replace(criteria, filters=filters, view=view)
    if criteria.is_empty:
        raise InvalidCriteria("Indiquez au moins un lieu : une adresse, une commune ou un département.", field="loc")
    what = what_of(criteria)
    place = place_of(criteria)
    doctor = preferred_doctor(criteria, place)
    if doctor.rows:  # the links of the page say who it is, so that nobody looks for the name again
        criteria = replace(criteria, doctor=criteria.doctor or doctor.name, doctor_code=doctor.code)
    asked = _asked(criteria, what, place, now)
    lot = with_doctor(asked.lot, doctor.rows, shown=criteria.cursor is None)
    return replace(asked, lot=lot, doctor=doctor)


def _asked(criteria: Criteria, what: Discipline | None, place: Place, now: datetime) -> Asked:
    """A discipline, or somebody's name, around that place."""
    if what is not None:
        # Of a kind of structures, few publish slots: their cards are shown for their place, phone and hours.
        criteria = replace(criteria, show_rest=criteria.show_rest or what.kind == "structure")
        return Asked(criteria, what, place, first_lot(criteria, what=what, place=place, now=now))
    lot = named_lot(criteria, place=place, now=now)
    if not lot.seats and criteria.filters.participants_only:
        message = f"Aucun participant au SAS de ce nom autour de ce lieu : « {criteria.text} » ; "
        raise InvalidCriteria(f"{message}relancez la recherche pour voir aussi les autres.", field="text", status=422)
    if not lot.seats:
        raise InvalidCriteria(_nobody(criteria.text), field="text", status=422)
    # Who was asked for by name is shown even without a slot.
    return Asked(replace(criteria, show_rest=True), lot.what, place, lot)


def what_of(criteria: Criteria) -> Discipline | None:
    """The discipline chosen in the list, else the one the text means; general practice when nothing is typed.

    `None`: somebody was chosen by name, or the text is no discipline, so it may be a name.
    """
    if chosen_name(criteria.what_code):
        return None
    found = discipline(criteria.what_code) if criteria.what_code else None
    if found is None and not criteria.text:
        found = discipline(GENERAL_PRACTICE)
    return found or resolve_what(criteria.text)


def _nobody(text: str) -> str:
    """Neither a discipline nor a name: what may have been meant, or what to do."""
    if near := suggest_what(text, 3):
        meant = ", ".join(suggestion.label for suggestion in near)
        return f"Spécialité ou profession inconnue : « {text} ». Vouliez-vous dire : {meant} ?"
    detail = "choisissez une spécialité dans la liste, ou vérifiez le nom et le lieu."
    return f"Ni spécialité, ni professionnel, ni structure de ce nom autour de ce lieu : « {text} » ; {detail}"


def place_of(criteria: Criteria) -> Place:
    """The place chosen in the list (its coordinates travel with it), else the one the text means."""
    place = Place.from_token(criteria.place_token) if criteria.place_token else None
    if place is None and not criteria.loc:
        message = "Indiquez un lieu : une adresse, une commune, un code postal ou un département."
        raise InvalidCriteria(message, field="loc")
    found = place or locate(criteria.loc, ban=address_service(), gazetteer=gazetteer())
    if isinstance(found, NotFound):
        raise unknown_place(found)
    return found


def unknown_place(found: NotFound) -> InvalidCriteria:
    """Why nothing can be searched from there, with the places that may be meant."""
    choices = [(f"{near.label} — {near.detail}", Place.from_suggestion(near).token()) for near in found.suggestions]
    return InvalidCriteria(found.reason, field="loc", status=422, choices=choices)


@cache
def address_service() -> Ban | None:
    """The national address API, when a URL is set; one client per process, for its cache and its breaker."""
    return Ban(settings.SAS_GEOCODER_URL) if settings.SAS_GEOCODER_URL else None
