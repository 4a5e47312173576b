from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.models import Participation
from sas.participation.queries import ways_of
from sas.participation.services import (
    Declaration,
    ParticipationRefused,
    declare_participation,
    declare_participations,
    end_participation,
)
from sas.web.models import AuditLine

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 20)

pytestmark = pytest.mark.django_db


def flags() -> set[bool]:
    return set(PracticeLocation.objects.values_list("participates", flat=True))


def periods() -> list[tuple[str, date, date | None]]:
    return list(Participation.objects.order_by("started_on").values_list("via", "started_on", "ended_on"))


def test_who_declares_participates_everywhere_from_today(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    assert flags() == {True}
    assert ways_of([doctor.pk], TODAY) == {doctor.pk: "individual"}
    assert ways_of([doctor.pk], TODAY - timedelta(days=1)) == {}
    assert AuditLine.objects.get().target == doctor.national_id


def test_another_way_ends_the_first_and_keeps_its_period(person: Callable[..., Practitioner], cpts: Structure) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    later = AT + timedelta(days=30)
    declare_participation(practitioner=doctor, via="cpts", structure=cpts, by="compte 1", at=later)
    assert periods() == [("individual", TODAY, date(2026, 4, 19)), ("cpts", date(2026, 4, 19), None)]
    assert ways_of([doctor.pk], date(2026, 4, 18)) == {doctor.pk: "individual"}
    assert ways_of([doctor.pk], date(2026, 4, 19)) == {doctor.pk: "cpts"}


def test_the_same_again_changes_nothing(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    for _ in range(2):
        declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    assert len(periods()) == AuditLine.objects.count() == 1


def test_who_changes_their_mind_the_same_day_leaves_one_period(
    person: Callable[..., Practitioner], cpts: Structure
) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    declare_participation(practitioner=doctor, via="cpts", structure=cpts, by="compte 1", at=AT)
    assert periods() == [("cpts", TODAY, None)]
    end_participation(practitioner=doctor, by="compte 1", at=AT)
    assert (periods(), flags()) == ([], {False})
    assert AuditLine.objects.count() == 3


def test_the_day_is_that_of_france(person: Callable[..., Practitioner]) -> None:
    declare_participation(
        practitioner=person(), via="individual", by="compte 1", at=datetime(2026, 3, 20, 23, 30, tzinfo=UTC)
    )
    assert periods() == [("individual", date(2026, 3, 21), None)]


def test_ending_what_never_began_writes_nothing(person: Callable[..., Practitioner]) -> None:
    end_participation(practitioner=person(), by="compte 1", at=AT)
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize("via", ["cpts", "msp", "sos", "cds", "fax"])
def test_a_way_without_its_structure_is_refused(person: Callable[..., Practitioner], via: str) -> None:
    with pytest.raises(ParticipationRefused, match=r"structure|Voie inconnue"):
        declare_participation(practitioner=person(), via=via, by="compte 1", at=AT)
    assert flags() == {False}


@pytest.mark.parametrize("via", ["individual", "msp"])
def test_a_structure_of_another_kind_is_refused(person: Callable[..., Practitioner], cpts: Structure, via: str) -> None:
    with pytest.raises(ParticipationRefused, match="structure"):
        declare_participation(practitioner=person(), via=via, structure=cpts, by="compte 1", at=AT)


def test_the_past_cannot_be_rewritten(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    with pytest.raises(ParticipationRefused, match="plus récent"):
        end_participation(practitioner=doctor, by="compte 1", at=AT - timedelta(days=1))


def test_many_people_at_once_leave_alone_those_who_have_a_history(
    person: Callable[..., Practitioner], cpts: Structure
) -> None:
    known, new = person("810000000001"), person("810000000002")
    declare_participation(practitioner=known, via="individual", by="compte 1", at=AT)
    declarations = [Declaration(known, "cpts", cpts), Declaration(new, "cpts", cpts)]
    assert declare_participations(declarations, by="reprise", at=AT) == 1
    assert declare_participations(declarations, by="reprise", at=AT) == 0
    assert ways_of([known.pk, new.pk], TODAY) == {known.pk: "individual", new.pk: "cpts"}
    assert flags() == {True}


def test_the_database_refuses_two_ways_at_the_same_time(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="compte 1", at=AT)
    with pytest.raises(IntegrityError, match="participation_one_way_at_a_time"), transaction.atomic():
        Participation.objects.create(
            practitioner=doctor, via="individual", started_on=date(2027, 1, 1), declared_by="x", declared_at=AT
        )


ACTS = st.lists(
    st.tuples(st.sampled_from(["individual", "cpts", "end", "many"]), st.integers(0, 1), st.integers(0, 2)),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_flags_and_periods_never_disagree(
    acts: list[tuple[str, int, int]], person: Callable[..., Practitioner], cpts: Structure
) -> None:
    with transaction.atomic():
        people = [person("810000000001"), person("810000000002")]
        at = AT
        for act, who, days in acts:
            at += timedelta(days=days)
            if act == "end":
                end_participation(practitioner=people[who], by="x", at=at)
            elif act == "many":
                declare_participations([Declaration(one, "individual") for one in people], by="x", at=at)
            else:
                structure = cpts if act == "cpts" else None
                declare_participation(practitioner=people[who], via=act, structure=structure, by="x", at=at)
            participating = set(ways_of([one.pk for one in people], at.date()))
            flagged = PracticeLocation.objects.values_list("practitioner_id", "participates")
            assert set(flagged) == {(one.pk, one.pk in participating) for one in people}
        transaction.set_rollback(True)
