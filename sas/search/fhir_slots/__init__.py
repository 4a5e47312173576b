"""`GET /fhir/Slot` and `/fhir/Schedule`: the platform answers searches of the guide's shape, for machine clients."""
