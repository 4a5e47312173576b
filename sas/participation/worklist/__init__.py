"""Whom a referent has to mobilise: filters, CSV, « contacté le »."""
