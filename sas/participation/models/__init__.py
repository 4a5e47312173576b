"""Who takes part in the SAS, how, since when, and what they let regulators see.

Columns and invariants only: reads are in queries.py, writes in services.py and the sub-packages.
"""

from sas.participation.models.organisations import (
    OrganisationMember,
    OrganisationValidation,
    TerritorialOrganisation,
)
from sas.participation.models.outreach import Outreach
from sas.participation.models.periods import DeclaredStructure, Participation, StructureParticipation
from sas.participation.models.solicitations import Solicitation
from sas.participation.models.visibility import HiddenSlot, Visibility

__all__ = [
    "DeclaredStructure",
    "HiddenSlot",
    "OrganisationMember",
    "OrganisationValidation",
    "Outreach",
    "Participation",
    "Solicitation",
    "StructureParticipation",
    "TerritorialOrganisation",
    "Visibility",
]
