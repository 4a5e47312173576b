"""What `/fhir/metadata` says of appointments."""

from typing import Final

from sas.aggregator.fhir_server.metadata import OfferedResource
from sas.fhir.systems import PROFILE_APPOINTMENT, PROFILE_SOS_APPOINTMENT

APPOINTMENTS: Final = OfferedResource(
    kind="Appointment",
    interactions=("create", "update", "read"),
    profiles=(PROFILE_APPOINTMENT, PROFILE_SOS_APPOINTMENT),
    documentation=(
        "INT_R03. POST, puis PUT ?identifier=système|valeur à chaque changement ; la mise à jour par l’identifiant de "
        "la plateforme n’est pas offerte. Un POST renvoyé à l’identique est sans effet (200). If-Match est respecté. "
        "Seul l’éditeur qui a envoyé un rendez-vous le relit."
    ),
    conditional_update=True,
    update_creates=True,
    versioning="versioned-update",
)
