"""Identifier systems, code systems and codes of the SAS guide (interop.md §3.1, §3.2, §3.4)."""

from typing import Final

# Identifier systems: OIDs are always written with `urn:oid:`.
IDNPS: Final = "urn:oid:1.2.250.1.71.4.2.1"  # national id of a professional
IDNST: Final = "urn:oid:1.2.250.1.71.4.2.2"  # national id of a structure
SAS: Final = "urn:oid:1.2.250.1.213.3.6"  # SAS technical id of a regulator, and `meta.source`

# Types of identifiers: three competing code systems, so readers compare the code only (§9 C11).
IDENTIFIER_TYPE: Final = "http://interopsante.org/fhir/CodeSystem/fr-v2-0203"
LOCATION_IDENTIFIER_TYPE: Final = "http://interopsante.org/fhir/CodeSystem/fr-location-identifier-type"
IDENTIFIER_TYPE_HL7FR: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
LOCATION_IDENTIFIER_TYPE_HL7FR: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-location-identifier-type"

# Slot vocabulary.
SLOT_TYPE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R314-TypeCreneau/FHIR/TRE-R314-TypeCreneau"
CONSULTATION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
BOOKING_MODE: Final = "http://terminology.hl7.org/CodeSystem/v2-0276"
SPECIALTY: Final = "https://mos.esante.gouv.fr/NOS/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
ESTABLISHMENT_CATEGORY: Final = (
    "https://mos.esante.gouv.fr/NOS/TRE_R66-CategorieEtablissement/FHIR/TRE-R66-CategorieEtablissement"
)
# Spellings of the same system that the guide's own texts show (D09).
ESTABLISHMENT_CATEGORY_VARIANTS: Final = frozenset(
    {
        "https://mos.esante.gouv.fr/NOS/TRE_R66-CategorieEtablissement",
        "https://mos.esante.gouv.fr/NOS/TRE_R66-CategorieEtablissement/TRE_R66-CategorieEtablissement",
    }
)
SLOT_STATUS: Final = "http://hl7.org/fhir/slotstatus"
PROFESSION: Final = "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"

SLOT_TYPES: Final = frozenset({"PUBLIC", "PRO", "SNP", "CPTS"})
MODALITIES: Final = frozenset({"AMB", "HH", "VR"})
BOOKING_MODES: Final = frozenset({"ROUTINE", "WALKIN"})
CPTS_CATEGORY: Final = "604"

# Extensions.
EXT_SLOT_SERVICE_TYPE: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Slot.serviceType"
EXT_OPERATOR: Final = "http://interopsante.org/fhir/StructureDefinition/FrAppointmentOperator"
EXT_ORIENTATION_CATEGORY: Final = (
    "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-categorie-orientation"
)
EXT_INSEE_CODE: Final = "http://interopsante.org/fhir/StructureDefinition/FrAddressInseeCode"

# Profiles as answers must carry them: exactly one, no version (§2.0). Readers never rely on them (D23).
PROFILE_BUNDLE: Final = "http://sas.fr/fhir/StructureDefinition/BundleAgregateur"
PROFILE_SLOT: Final = "http://sas.fr/fhir/StructureDefinition/FrSlotAgregateur"
PROFILE_SCHEDULE: Final = "http://sas.fr/fhir/StructureDefinition/FrScheduleAgregateur"
PROFILE_PRACTITIONER: Final = "http://sas.fr/fhir/StructureDefinition/FrPractitionerAgregateur"
PROFILE_PRACTITIONER_ROLE: Final = "http://sas.fr/fhir/StructureDefinition/FrPractitionerRoleExerciceAgregateur"
PROFILE_LOCATION: Final = "http://sas.fr/fhir/StructureDefinition/FrLocationAgregateur"
PROFILE_REGULATOR: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/FrPractitionerRegul"
PROFILE_CPTS_SLOT: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-cpts-slot-aggregator"
PROFILE_SOS_SLOT: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-sos-slot-aggregator"
PROFILE_APPOINTMENT: Final = "http://sas.fr/fhir/StructureDefinition/FrAppointmentSAS"
PROFILE_SOS_APPOINTMENT: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/sas-sos-appointment"
_GUIDE: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition"
PROFILE_CPTS_BUNDLE: Final = f"{_GUIDE}/sas-cpts-bundle-aggregator"
PROFILE_CPTS_SERVICE: Final = f"{_GUIDE}/sas-cpts-healthcareservice-aggregator"
PROFILE_CPTS_ORGANIZATION: Final = f"{_GUIDE}/sas-cpts-organization-aggregator"
PROFILE_SOS_BUNDLE: Final = f"{_GUIDE}/sas-sos-bundle-aggregator"
PROFILE_SOS_SCHEDULE: Final = f"{_GUIDE}/sas-sos-schedule-aggregator"
PROFILE_SOS_LOCATION: Final = f"{_GUIDE}/sas-sos-location-aggregator"
PROFILE_SOS_ORGANIZATION: Final = f"{_GUIDE}/sas-sos-organization-aggregator"

FHIR_JSON: Final = "application/fhir+json"
