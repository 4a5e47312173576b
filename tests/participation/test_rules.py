from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sas.participation.rules import (
    CONDITIONS,
    Facts,
    Kind,
    Sas,
    asks_for_hours,
    conditions_on,
    hours_needed,
    may_take_part,
    must_declare_hours,
)

IN_2025, IN_2026 = date(2025, 12, 31), date(2026, 1, 1)
OPEN = (Sas("SAS du Nord", "open"),)
GOOD = Facts(participates=True, sas=OPEN, interfaced=True)
FACTS = st.builds(
    Facts,
    kind=st.sampled_from(Kind),
    is_doctor=st.booleans(),
    participates=st.booleans(),
    pending=st.booleans(),
    sas=st.lists(st.builds(Sas, st.just("SAS"), st.sampled_from(["planned", "open", "suspended"])), max_size=3).map(
        tuple
    ),
    interfaced=st.booleans(),
    opted_out=st.booleans(),
    limited=st.booleans(),
    declares_hours=st.booleans(),
    on_agenda=st.booleans(),
    last_week=st.none() | st.floats(0, 80),
    doctors=st.none() | st.integers(1, 500),
    organisations=st.sampled_from([(), ("CSNP de Lille",)]),
)
DAYS = st.dates(date(2021, 1, 1), date(2030, 1, 1))


def missing(facts: Facts, on: date) -> str:
    return " ".join(reason.sentence for reason in may_take_part(facts, on).missing)


@pytest.mark.parametrize("on", [IN_2025, IN_2026])
def test_a_doctor_who_participates_with_a_visible_agenda_meets_every_condition(on: date) -> None:
    assert may_take_part(GOOD, on).ok


def test_the_rules_change_on_the_first_of_january_2026() -> None:
    assert may_take_part(GOOD, IN_2025).label == "indicateur 8 du forfait structure"
    assert may_take_part(GOOD, IN_2026).label == "forfait SAS"
    assert (asks_for_hours(IN_2025), asks_for_hours(IN_2026)) == (True, False)


def test_before_the_sas_nothing_was_paid() -> None:
    assert "avant le 01/04/2022" in missing(GOOD, date(2022, 3, 31))


def test_each_condition_that_fails_says_why() -> None:
    assert "pas déclarée" in missing(replace(GOOD, participates=False), IN_2026)
    assert "pas encore identifiée" in missing(replace(GOOD, pending=True), IN_2026)
    assert "n’est pas ouvert : SAS du Nord" in missing(replace(GOOD, sas=(Sas("SAS du Nord", "planned"),)), IN_2026)
    assert "Aucun SAS" in missing(replace(GOOD, sas=()), IN_2026)
    assert "médecins" in missing(replace(GOOD, is_doctor=False), IN_2026)
    assert "sont masqués : ouvrez des créneaux" in missing(replace(GOOD, opted_out=True), IN_2026)


def test_two_hours_stand_for_a_visible_agenda_until_2025_only() -> None:
    alone = replace(GOOD, interfaced=False, declares_hours=True)
    assert may_take_part(alone, IN_2025).ok
    assert not may_take_part(alone, IN_2026).ok
    assert "2 heures par semaine" in missing(replace(alone, declares_hours=False), IN_2025)


def test_an_organisation_stands_for_a_visible_agenda_from_2026_only() -> None:
    member = replace(GOOD, opted_out=True, organisations=("CSNP de Lille",))
    assert not may_take_part(member, IN_2025).ok
    assert may_take_part(member, IN_2026).ok


def test_a_sas_agenda_alone_counts_as_visible_to_be_confirmed() -> None:
    verdict = may_take_part(replace(GOOD, interfaced=False, on_agenda=True), IN_2026)
    assert verdict.ok
    assert verdict.reasons[-1].to_confirm


def test_a_centre_needs_two_hours_for_each_of_its_doctors() -> None:
    centre = Facts(kind=Kind.CDS, participates=True, sas=OPEN, doctors=4, is_doctor=False)
    assert hours_needed(IN_2025, 4) == 8
    assert "8 heures par semaine" in missing(centre, IN_2025)
    assert hours_needed(IN_2026, 4) is None


def test_what_is_measured_is_said_and_decides_nothing() -> None:
    declared = replace(GOOD, interfaced=False, declares_hours=True, last_week=1.5)
    verdict = may_take_part(declared, IN_2025)
    assert verdict.ok
    assert verdict.notes == ("Mesuré la semaine dernière sur l’agenda SAS : 1,5 h, 2 h non atteintes.",)


@given(FACTS, DAYS)
def test_the_verdict_is_exactly_that_of_its_reasons(facts: Facts, on: date) -> None:
    verdict = may_take_part(facts, on)
    assert verdict.ok == all(reason.met for reason in verdict.reasons)
    assert all(reason.sentence.endswith(".") and reason.source for reason in verdict.reasons)


@given(FACTS, DAYS)
def test_showing_more_never_loses_a_condition(facts: Facts, on: date) -> None:
    more = replace(facts, opted_out=False, interfaced=True, limited=False)
    assert may_take_part(more, on).ok >= may_take_part(facts, on).ok


@given(FACTS, DAYS)
def test_nobody_meets_the_conditions_without_an_open_sas_and_a_declaration(facts: Facts, on: date) -> None:
    if may_take_part(facts, on).ok:
        assert facts.participates
        assert not facts.pending
        assert any(one.state == "open" for one in facts.sas)


@given(st.booleans(), st.booleans(), DAYS)
def test_two_hours_are_asked_of_whoever_shows_no_editor_slot_while_the_notion_exists(
    interfaced: bool, opted_out: bool, on: date
) -> None:
    asked = must_declare_hours(on, interfaced=interfaced, opted_out=opted_out)
    assert asked == (date(2022, 4, 1) <= on <= IN_2025 and (opted_out or not interfaced))


def test_the_table_of_conditions_has_no_gap_and_no_overlap() -> None:
    for line, following in pairwise(CONDITIONS):
        assert line.ends_on == following.starts_on
    assert CONDITIONS[-1].ends_on is None
    assert conditions_on(CONDITIONS[0].starts_on - timedelta(days=1)) is None
