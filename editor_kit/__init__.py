"""What an agenda editor tests against: usable without the platform, of which it knows `sas.fhir` only."""
