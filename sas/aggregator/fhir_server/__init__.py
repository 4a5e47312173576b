"""The doors of `/fhir/*`: who calls, how refusals are told, what the server can do (`/fhir/metadata`)."""
