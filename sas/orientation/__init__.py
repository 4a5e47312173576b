"""The patient was sent somewhere: orientations, and the FHIR server on which editors say what became of them."""
