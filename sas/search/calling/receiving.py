"""A call becomes the parameters of an ordinary search, with what the person must be told. Reads only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from sas.directory.gazetteer import gazetteer
from sas.directory.geocoding import NotFound, Place, locate, locate_address
from sas.directory.vocabulary import GENERAL_PRACTICE, Discipline, discipline, disciplines, from_urn, resolve_what
from sas.lrm.counting import UNKNOWN_ORIGIN
from sas.lrm.queries import lrm_of_origin
from sas.search.criteria import InvalidCriteria, origin_of, value_of
from sas.search.lrm_call import Call, Format, Note, is_call, read_call
from sas.search.questions import Asked, address_service, understood, unknown_place

TYPED = ("text", "loc", "quoi", "lieu")
"""What only our own pages send: with one of them, the address is that of a search that a call began."""
KEPT = ("complet", "vue", "graine")

NO_DOCTOR = "L’appel ne donne pas de médecin traitant."
UNREADABLE_DOCTOR = "Médecin traitant non identifié : le numéro reçu est illisible. Écrivez le nom du professionnel."
NUMBER_ALONE = "Numéro de rue reçu sans nom de rue : il n’est pas pris en compte."
NO_PLACE = "L’appel ne donne pas de commune connue : indiquez une adresse, une commune ou un code postal."


@dataclass
class Received:
    """What the results page is asked. `parameters` as a person would have sent them; `call` when an LRM did.

    `refused`: no active software bears that origin, which `origin` repeats. `error`: the place is to be completed.
    `outcome` is told by whoever answers. `complete`: the query of the same call as a page that nothing follows.
    """

    parameters: QueryDict
    call: Call | None = None
    refused: bool = False
    error: InvalidCriteria | None = None
    origin: str = ""
    counted_as: str = UNKNOWN_ORIGIN
    outcome: str = "place_to_complete"
    remarks: list[str] = field(default_factory=list)
    complete: str = ""

    def question(self, *, now: datetime, sees_participation: bool) -> Asked:
        """The search that is asked; notes what became of the call. Raises `InvalidCriteria`."""
        if self.error is not None:
            raise self.error
        asked = understood(self.parameters, now=now, sees_participation=sees_participation)
        self.outcome = "search_with_doctor" if asked.doctor.rows else "search"
        return asked

    def told(self) -> dict[str, Any]:
        """What the results page says besides: without a script, the complete page says it again."""
        again = {"complete": f"{reverse('search:results')}?{self.complete}"} if self.complete else {}
        return {"remarks": self.remarks, **again}


def received(parameters: QueryDict) -> Received:
    """One query when `origin` is there; none otherwise."""
    if not is_call(parameters):
        return Received(parameters)
    call = None if any(name in parameters for name in TYPED) else read_call(parameters)
    origin = origin_of(parameters)
    lrm = lrm_of_origin(origin)
    if lrm is None:
        return Received(parameters, call, refused=True, origin=origin, outcome="origin_refused")
    if call is None:
        return Received(parameters)
    heard = Received(QueryDict(mutable=True), call, origin=origin, counted_as=lrm.origin)
    heard.parameters["origin"] = origin
    heard.parameters.update({name: value_of(parameters, name) for name in KEPT if name in parameters})
    again = parameters.copy()
    again["complet"] = "1"
    heard.complete = again.urlencode()
    _what(call, heard)
    _where(call, heard)
    _doctor(call, heard)
    return heard


def _what(call: Call, heard: Received) -> None:
    """General practice unless the call says something that we know."""
    found = _discipline(call)
    if found is None and call.specialty_format is not Format.ABSENT:
        said = "illisible" if call.specialty_format is Format.INVALID else f"inconnue (« {_short(call)} »)"
        heard.remarks.append(f"Spécialité reçue {said} : la recherche porte sur la médecine générale.")
    found = found or discipline(GENERAL_PRACTICE)
    if found is not None:
        heard.parameters.update({"text": found.label, "quoi": found.code})


def _discipline(call: Call) -> Discipline | None:
    if call.specialty_format is Format.TEXT:
        return resolve_what(call.specialty)
    found = from_urn(call.specialty)
    return found if found in disciplines() else None


def _short(call: Call) -> str:
    return call.specialty.rpartition("|")[2] if call.specialty_format is Format.CODE else call.specialty


def _where(call: Call, heard: Received) -> None:
    """The commune by its code, else by its name; the street in it when it is found; else what came, to be completed."""
    if Note.NUMBER_ALONE in call.notes:
        heard.remarks.append(NUMBER_ALONE)
    place = _located(call, heard)
    if isinstance(place, Place):
        heard.parameters.update({"loc": place.label, "lieu": place.token()})
        if place.note:
            heard.remarks.append(place.note)
        return
    street = f"{call.street_number} {call.street_name}".strip()
    heard.parameters["loc"] = ", ".join(filter(None, (street, call.city)))
    missing = InvalidCriteria(NO_PLACE, field="loc", status=422)
    heard.error = missing if place is None else unknown_place(place)


def _located(call: Call, heard: Received) -> Place | NotFound | None:
    """None: no commune came, or only the code of one that we do not know."""
    found = _by_insee(call) if call.insee else None
    if found is not None:
        return found
    if not call.city:
        if call.sent_insee:
            heard.remarks.append(_unknown_insee(call, ""))
        return None
    located = _by_name(call, heard)
    if call.sent_insee:
        heard.remarks.append(_unknown_insee(call, located.label if isinstance(located, Place) else ""))
    return located


def _by_insee(call: Call) -> Place | None:
    found = locate_address(
        street_number=call.street_number,
        street_name=call.street_name,
        insee=call.insee,
        ban=address_service(),
        gazetteer=gazetteer(),
    )
    return found if isinstance(found, Place) else None


def _by_name(call: Call, heard: Received) -> Place | NotFound:
    """The street in that commune; the commune alone when the street leads nowhere."""
    street = f"{call.street_number} {call.street_name}, ".lstrip() if call.street_name else ""
    found = locate(f"{street}{call.city}", ban=address_service(), gazetteer=gazetteer())
    if isinstance(found, Place) or not street:
        return found
    found = locate(call.city, ban=None, gazetteer=gazetteer())
    if isinstance(found, Place):
        heard.remarks.append(f"Rue reçue introuvable : la recherche part de {found.label}.")
    return found


def _unknown_insee(call: Call, instead: str) -> str:
    said = f"Code de commune reçu inconnu (« {call.sent_insee} », code Insee attendu)"
    return f"{said} : la recherche part de {instead}." if instead else f"{said} : indiquez un lieu."


def _doctor(call: Call, heard: Received) -> None:
    if call.doctor_format is Format.ABSENT:
        heard.remarks.append(NO_DOCTOR)
    elif call.doctor_format is Format.INVALID:
        heard.remarks.append(UNREADABLE_DOCTOR)
    elif call.doctor_format is Format.CODE:
        heard.parameters["mtid"] = f"P:{call.doctor}"
    else:
        heard.parameters["mt"] = call.doctor
