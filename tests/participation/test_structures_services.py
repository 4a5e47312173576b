from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.declared_structures import (
    Described,
    declare_unknown_structure,
    identify_structure,
    latest_refusal,
    refuse_declared_structure,
    waiting_structures,
)
from sas.participation.models import DeclaredStructure, Participation, StructureParticipation
from sas.participation.queries import (
    members_of,
    participating_members_of,
    participations_of,
    structures_participating,
    ways_of,
)
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.services import declare_participation, end_participation
from sas.participation.structure_services import declare_structure_participation, end_structure_participation
from sas.web.models import AuditLine
from tests.factories import directory

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)
WHO: dict[str, Any] = {"by": "compte 1", "at": AT}
SAID = Described("cpts", "CPTS du Ferrain", "Lille", "03 20 00 00 00")

pytestmark = pytest.mark.django_db


def flags(doctor: Practitioner) -> dict[str, bool]:
    return dict(PracticeLocation.objects.filter(practitioner=doctor).values_list("place_key", "participates"))


def manager(territory: str = "SAS-59") -> User:
    user, _ = create_account(
        email=f"{territory}@example.org", roles=[Role.ACCOUNT_MANAGER], territories=[territory], by="test", at=AT
    )
    return user


def test_only_the_places_chosen_participate_and_all_of_them_means_those_to_come(
    person: Callable[..., Practitioner], cpts: Structure
) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="cpts", structure=cpts, place_keys=["b"], **WHO)
    assert flags(doctor) == {"a": False, "b": True}
    declare_participation(practitioner=doctor, via="cpts", structure=cpts, place_keys=["a", "b"], **WHO)
    assert flags(doctor) == {"a": True, "b": True}
    assert Participation.objects.get().place_keys == []


def test_a_place_that_is_not_theirs_is_refused(person: Callable[..., Practitioner]) -> None:
    with pytest.raises(ParticipationRefused, match="n’est plus dans l’annuaire"):
        declare_participation(practitioner=person(), via="individual", place_keys=["z"], **WHO)


def test_a_stale_page_changes_nothing(person: Callable[..., Practitioner], cpts: Structure) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", expected=0, by="compte 7", at=AT)
    for act in (
        lambda: declare_participation(practitioner=doctor, via="cpts", structure=cpts, expected=0, **WHO),
        lambda: end_participation(practitioner=doctor, expected=0, **WHO),
    ):
        with pytest.raises(ChangedMeanwhile) as told:
            act()
        assert told.value.who == "compte 7"
    assert ways_of([doctor.pk], TODAY) == {doctor.pk: "individual"}


def test_whoever_waits_for_a_structure_is_pending_and_not_shown_to_regulators(
    person: Callable[..., Practitioner],
) -> None:
    directory.territory()
    doctor = person()
    for _ in range(2):
        declare_unknown_structure(practitioner=doctor, described=SAID, **WHO)
    assert DeclaredStructure.objects.count() == Participation.objects.count() == 1
    way = participations_of([doctor.pk], TODAY)[doctor.pk]
    assert (way.pending, way.structure_name, way.regulation_phone) == (True, "CPTS du Ferrain", "")
    assert ways_of([doctor.pk], TODAY) == {}
    assert set(flags(doctor).values()) == {False}


def test_a_manager_of_the_territory_identifies_the_structure(
    person: Callable[..., Practitioner], cpts: Structure
) -> None:
    directory.territory()
    directory.territory(code="SAS-62", label="SAS du Pas-de-Calais")
    doctor, later = person(), AT + timedelta(days=2)
    declare_unknown_structure(practitioner=doctor, described=SAID, place_keys=["a"], **WHO)
    assert not waiting_structures(manager("SAS-62"))
    (declared,) = waiting_structures(manager())
    assert identify_structure(declared=declared, structure=cpts, by="compte 2", at=later) == 1
    assert participations_of([doctor.pk], later.date())[doctor.pk].structure_id == cpts.pk
    assert participations_of([doctor.pk], TODAY)[doctor.pk].pending
    assert flags(doctor) == {"a": True, "b": False}
    assert AuditLine.objects.filter(act="identify_structure").count() == 1
    with pytest.raises(ParticipationRefused, match="déjà répondu"):
        identify_structure(declared=declared, structure=cpts, by="compte 2", at=later)


def test_a_structure_of_another_kind_cannot_be_the_one(person: Callable[..., Practitioner]) -> None:
    period = declare_unknown_structure(practitioner=person(), described=SAID, **WHO)
    assert period.declared
    with pytest.raises(ParticipationRefused, match="cette nature"):
        identify_structure(declared=period.declared, structure=directory.structure(kind="msp"), **WHO)


def test_a_refused_structure_ends_what_waited_for_it_and_says_why(person: Callable[..., Practitioner]) -> None:
    doctor, later = person(), AT + timedelta(days=2)
    period = declare_unknown_structure(practitioner=doctor, described=SAID, **WHO)
    assert period.declared
    with pytest.raises(ParticipationRefused, match="motif"):
        refuse_declared_structure(declared=period.declared, because=" ", by="compte 2", at=later)
    assert refuse_declared_structure(declared=period.declared, because="Elle a fermé.", by="compte 2", at=later) == 1
    assert participations_of([doctor.pk], later.date()) == {}
    told = latest_refusal(doctor)
    assert told is not None
    assert told.refused_because == "Elle a fermé."


def test_what_nobody_waits_for_any_more_is_not_asked_of_managers(person: Callable[..., Practitioner]) -> None:
    directory.territory()
    doctor = person()
    declare_unknown_structure(practitioner=doctor, described=SAID, **WHO)
    declare_participation(practitioner=doctor, via="individual", by="x", at=AT + timedelta(days=1))
    assert not waiting_structures(manager())


@pytest.mark.parametrize(
    ("described", "field"),
    [
        (Described("cds", "X", "", "Y"), "via"),
        (Described("cpts", " ", "", "Y"), "name"),
        (Described("cpts", "X", "", ""), "contact"),
        (Described("cpts", "X" * 201, "", "Y"), "name"),
    ],
)
def test_a_structure_badly_described_says_which_answer_is_wrong(
    person: Callable[..., Practitioner], described: Described, field: str
) -> None:
    with pytest.raises(ParticipationRefused) as refused:
        declare_unknown_structure(practitioner=person(), described=described, **WHO)
    assert refused.value.field == field


def test_a_centre_declares_with_its_number_of_doctors_and_keeps_its_periods() -> None:
    centre, later = directory.structure(kind="cds"), AT + timedelta(days=5)
    for _ in range(2):
        declare_structure_participation(structure=centre, gp_count=4, **WHO)
    declare_structure_participation(structure=centre, gp_count=5, by="compte 1", at=later)
    told = list(StructureParticipation.objects.order_by("started_on").values_list("gp_count", "started_on", "ended_on"))
    assert told == [(4, TODAY, later.date()), (5, later.date(), None)]
    centre.refresh_from_db()
    assert centre.participates
    end_structure_participation(structure=centre, by="compte 1", at=later + timedelta(days=1))
    centre.refresh_from_db()
    assert not centre.participates


@pytest.mark.parametrize(
    ("kind", "gp_count", "sentence"),
    [
        ("cds", None, "de 1 à 500"),
        ("cds", 0, "de 1 à 500"),
        ("cds", 501, "de 1 à 500"),
        ("sos", 3, "centres de santé"),
        ("msp", None, "par ses membres"),
        ("cpts", None, "par ses membres"),
        ("sos_place", None, "son association"),
        ("establishment", None, "Seuls"),
    ],
)
def test_a_structure_that_cannot_declare_so_is_told_why(kind: str, gp_count: int | None, sentence: str) -> None:
    with pytest.raises(ParticipationRefused, match=sentence):
        declare_structure_participation(structure=directory.structure(kind=kind), gp_count=gp_count, **WHO)


def test_structures_take_part_by_themselves_by_their_association_or_by_their_members(
    person: Callable[..., Practitioner], cpts: Structure
) -> None:
    msp, empty = directory.structure(kind="msp"), directory.structure(kind="cpts")
    sos = directory.structure(kind="sos", national_id="312345678901234")
    fixed = directory.structure(kind="sos_place", parent=sos, national_id="312345678901235")
    centre = directory.structure(kind="cds")
    one, two = person("810000000001"), person("810000000002")
    declare_structure_participation(structure=sos, **WHO)
    declare_participation(practitioner=one, via="cpts", structure=cpts, **WHO)
    declare_participation(practitioner=two, via="msp", structure=msp, **WHO)
    everybody = [one.pk for one in (msp, empty, sos, fixed, centre, cpts)]
    assert structures_participating(everybody, TODAY) == {msp.pk, sos.pk, fixed.pk, cpts.pk}
    assert structures_participating(everybody, TODAY - timedelta(days=1)) == frozenset()
    assert structures_participating([fixed.pk], TODAY) == {fixed.pk}
    assert participating_members_of(everybody, TODAY) == {cpts.pk: (one.pk,), msp.pk: (two.pk,)}
    assert [(member.national_id, member.since) for member in members_of(cpts, TODAY)] == [("810000000001", TODAY)]
    fixed.refresh_from_db()
    assert fixed.participates


def test_reading_ways_of_many_takes_one_query(
    person: Callable[..., Practitioner], cpts: Structure, django_assert_num_queries: Callable[..., object]
) -> None:
    cpts.regulation_phone = "+33320000001"
    cpts.save()
    people = [person(f"81000000000{number}") for number in range(3)]
    for one in people:
        declare_participation(practitioner=one, via="cpts", structure=cpts, **WHO)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        ways = participations_of([one.pk for one in people], TODAY)
    assert {way.regulation_phone for way in ways.values()} == {"+33320000001"}
