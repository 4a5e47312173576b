"""What `/fhir/metadata` says of the searches for slots."""

from typing import Final

from sas.aggregator.fhir_server.metadata import OfferedResource, SearchParameter
from sas.fhir import systems
from sas.fhir.schedule_query import ASSOCIATIONS
from sas.fhir.slot_query import PRACTITIONERS

SLOTS: Final = OfferedResource(
    kind="Slot",
    interactions=("search-type",),
    profiles=(systems.PROFILE_SLOT, systems.PROFILE_CPTS_SLOT),
    documentation=(
        "Créneaux libres des professionnels nommés, agenda SAS et éditeurs réunis (INT_R01, INT_R04). Un éditeur qui "
        "ne répond pas est un OperationOutcome (search.mode = outcome) : inconnu n’est pas absent."
    ),
    search=(
        SearchParameter("start", "date", "ge et le, obligatoires : bornes du début des créneaux"),
        SearchParameter(PRACTITIONERS, "token", "1 à 25 identifiants nationaux"),
        SearchParameter("status", "token", "free"),
    ),
    includes=("Slot:schedule", "Schedule:actor", "Slot:service-type-reference", "HealthcareService:organization"),
)
SCHEDULES: Final = OfferedResource(
    kind="Schedule",
    interactions=("search-type",),
    profiles=(systems.PROFILE_SOS_SCHEDULE,),
    documentation="Lieux fixes des associations SOS Médecins nommées, avec leurs créneaux libres de l’agenda SAS.",
    search=(
        SearchParameter("_has:Slot:schedule:start", "date", "ge et le, obligatoires : bornes du début des créneaux"),
        SearchParameter("_has:Slot:schedule:status", "token", "free"),
        SearchParameter(ASSOCIATIONS, "token", "1 à 25 identifiants (3 suivi du SIRET)"),
    ),
    includes=("Schedule:actor:Location", "Location:organization"),
)
