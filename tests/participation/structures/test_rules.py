"""Which number regulators are given, and what the ROR still lacks."""

from datetime import date
from itertools import product

import pytest

from sas.directory.structure_rules import Phone, number_to_call
from sas.participation.structures.rules import known_of, may_regulate, why_number

ON = date(2026, 1, 5)


@pytest.mark.parametrize("given", list(product((False, True), repeat=4)))
def test_every_number_has_its_reason_and_finess_is_never_the_regulation_s(given: tuple[bool, ...]) -> None:
    corrected, snp, regulation, finess = given
    phone = number_to_call(
        corrected="+33320000001" if corrected else None,
        snp="+33320000002" if snp else "",
        snp_hours="8 h–20 h",
        regulation="+33320000003" if regulation else "",
        regulation_hours="",
        public="+33320000004",
        public_source="finess" if finess else "ror",
    )
    assert why_number(phone, corrected=corrected).endswith(".")
    assert may_regulate(phone) == (phone.number != "+33320000004" or not finess)


def test_no_number_says_that_the_structure_cannot_be_reached() -> None:
    assert "ne peuvent pas joindre" in why_number(Phone(), corrected=False)
    assert not may_regulate(Phone())


def test_what_lacks_is_what_nobody_or_only_finess_said() -> None:
    sources = {"phone": {"source": "finess", "on": "2026-02-01"}, "zone": {"source": "ror", "on": "2026-03-01"}}
    fields = {"phone": "+33320000004", "zone": ["59350"]}
    known = {one.name: one for one in known_of("cpts", fields, sources, "fichier", ON)}
    assert [name for name, one in known.items() if one.lacks] == [
        "téléphone de l’unité de soins non programmés", "ses horaires", "téléphone public",
    ]  # fmt: skip
    assert (known["téléphone public"].source, known["téléphone public"].on) == ("FINESS", date(2026, 2, 1))
    assert known["zone d’intervention"].on == date(2026, 3, 1)


def test_what_is_older_than_provenance_has_the_source_and_the_day_of_the_whole() -> None:
    known = known_of("cds", {"phone": "+33320000004"}, {"phone": "illisible"}, "fichier", ON)
    phone = next(one for one in known if one.said)
    assert (phone.source, phone.on, phone.lacks) == ("fichier de structures", ON, False)
