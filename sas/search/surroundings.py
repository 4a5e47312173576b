"""What the SAS of the searched place says beside the cards: PDSA and its instruction, filières open now,
the territory's own tools. Reads only."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sas.aggregator.local_tools import ToolLink, Where, local_tools_for
from sas.directory.calendar import is_pdsa, region_of
from sas.directory.models import Filiere
from sas.directory.rules import phone_text
from sas.directory.territory_queries import open_now, pdsa_hours, territory_of
from sas.directory.vocabulary import label
from sas.search.questions import Asked


@dataclass(frozen=True, slots=True)
class FiliereView:
    """A filière open at this moment."""

    name: str
    nature: str
    who: str
    phone: str
    phone_link: str
    instruction: str
    concerns: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`pdsa`: why it is PDSA time there, empty when it is not. `filieres`: those of the searched discipline first.
    `tools`: links opened on this search (platform.md §7, PDM)."""

    territory: str
    pdsa: str
    instruction: str
    filieres: tuple[FiliereView, ...]
    tools: tuple[ToolLink, ...]


def surroundings(asked: Asked) -> Surroundings | None:
    """Of the SAS that answers for the searched place; None when none does. Five queries."""
    place, now = asked.place, asked.lot.now
    territory = territory_of(place.insee or "", place.department)
    if territory is None:
        return None
    pdsa = is_pdsa(now, pdsa_hours(territory), region_of(place.department), ZoneInfo(place.timezone))
    filieres = [_view(filiere, asked.what.code) for filiere in open_now(territory, now)]
    where = Where(place.latitude, place.longitude, place.insee or "", asked.what.code)
    return Surroundings(
        territory=territory.label,
        pdsa=pdsa.reason,
        instruction=territory.out_of_hours if pdsa else "",
        filieres=tuple(sorted(filieres, key=lambda view: not view.concerns)),
        tools=tuple(local_tools_for([territory.code], where)),
    )


def _view(filiere: Filiere, code: str) -> FiliereView:
    who = [label(profession) for profession in filiere.professions]
    return FiliereView(
        name=filiere.name,
        nature=filiere.get_nature_display(),
        who=", ".join([*who, *([filiere.structures] if filiere.structures else [])]),
        phone=phone_text(filiere.phone) if filiere.phone else "",
        phone_link=f"tel:{filiere.phone}" if filiere.phone else "",
        instruction=filiere.instruction,
        concerns=code in filiere.professions,
    )
