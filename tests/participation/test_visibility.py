from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from sas.aggregator.services import register_editor
from sas.directory.models import Practitioner, Structure
from sas.participation.editors import editors
from sas.participation.facts import verdict_of
from sas.participation.models import HiddenSlot, Visibility
from sas.participation.queries import structures_visibility_now, visibility_now
from sas.participation.refusals import ChangedMeanwhile, ParticipationRefused
from sas.participation.services import declare_participation
from sas.participation.sharing.rules import NO_LIMIT, Limits
from sas.participation.visibility import current_visibility, declare_visibility
from sas.web.models import AuditLine
from tests.factories import directory

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
IN_2025 = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
WHO: dict[str, Any] = {"by": "compte 1", "at": AT}

pytestmark = pytest.mark.django_db


def periods() -> list[tuple[bool, datetime, datetime | None]]:
    return list(Visibility.objects.order_by("starts_at").values_list("opted_out", "starts_at", "ends_at"))


def test_each_change_is_a_dated_period_and_nothing_of_the_past_is_edited(person: Callable[..., Practitioner]) -> None:
    doctor, later = person(), AT + timedelta(days=3)
    declare_visibility(of=doctor, opted_out=True, **WHO)
    declare_visibility(of=doctor, opted_out=False, by="compte 2", at=later)
    assert periods() == [(True, AT, later), (False, later, None)]
    assert AuditLine.objects.filter(act="declare_visibility").count() == 2


def test_the_same_again_writes_nothing(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    for expected in (0, 0):
        declare_visibility(of=doctor, opted_out=True, expected=expected, **WHO)
    assert len(periods()) == AuditLine.objects.count() == 1


def test_what_is_not_said_stays_as_it_is(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_visibility(of=doctor, limits=Limits(per_day=2), uses_editors=True, **WHO)
    row = declare_visibility(of=doctor, opted_out=True, by="compte 1", at=AT + timedelta(hours=1))
    assert (row.limits, row.uses_editors, row.opted_out) == ({"per_day": 2}, True, True)


def test_a_stale_page_is_told_who_changed_what_it_shows(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_visibility(of=doctor, opted_out=True, expected=0, by="compte 7", at=AT)
    with pytest.raises(ChangedMeanwhile) as told:
        declare_visibility(of=doctor, uses_editors=True, expected=0, by="compte 1", at=AT + timedelta(hours=1))
    assert (told.value.who, told.value.when) == ("compte 7", AT)


def test_declared_editors_become_links_to_ask(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    register_editor(name="Alpha", base_url="https://alpha.invalid/fhir", by="test", at=AT)
    row = declare_visibility(of=doctor, editor_keys=["alpha"], **WHO)
    assert row.uses_editors
    assert [one.key for one in editors().used_by([doctor.national_id])[doctor.national_id]] == ["alpha"]
    assert not declare_visibility(of=doctor, editor_keys=[], by="x", at=AT + timedelta(hours=1)).uses_editors


def test_until_2025_a_participant_who_shows_no_editor_slot_declares_two_hours(
    person: Callable[..., Practitioner],
) -> None:
    doctor = person()
    declare_visibility(of=doctor, opted_out=True, by="x", at=IN_2025)  # takes no part: nothing is asked
    declare_participation(practitioner=doctor, via="individual", by="x", at=IN_2025)
    later = IN_2025 + timedelta(hours=1)
    with pytest.raises(ParticipationRefused, match="2 heures") as refused:
        declare_visibility(of=doctor, uses_editors=True, by="x", at=later)
    assert refused.value.field == "declares_two_hours"
    declare_visibility(of=doctor, uses_editors=True, declares_two_hours=True, by="x", at=later)


def test_from_2026_the_two_hours_are_not_asked(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", **WHO)
    assert declare_visibility(of=doctor, opted_out=True, **WHO).opted_out


def test_searches_read_the_present_of_many_in_one_query(
    person: Callable[..., Practitioner], django_assert_num_queries: Callable[..., object]
) -> None:
    out, hiding, silent = person("810000000001"), person("810000000002"), person("810000000003")
    declare_visibility(of=out, opted_out=True, limits=Limits(per_day=1), **WHO)
    declare_visibility(of=out, limits=NO_LIMIT, by="x", at=AT + timedelta(hours=1))
    HiddenSlot.objects.create(practitioner=hiding, slot_id="0123456789ab-1", starts_at=AT, hidden_by="x", hidden_at=AT)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        now = visibility_now([out.pk, hiding.pk, silent.pk])
    assert now == {out.pk: (True, NO_LIMIT, frozenset()), hiding.pk: (False, NO_LIMIT, frozenset({"0123456789ab-1"}))}
    assert visibility_now([]) == {}


def test_structures_have_a_visibility_of_their_own() -> None:
    centre = directory.structure(kind="cds")
    declare_visibility(of=centre, uses_editors=True, limits=Limits(types=frozenset({"SNP"})), **WHO)
    assert structures_visibility_now([centre.pk]) == {centre.pk: (False, Limits(types=frozenset({"SNP"})), frozenset())}
    declare_visibility(of=centre, opted_out=True, by="x", at=AT + timedelta(hours=1))
    assert structures_visibility_now([centre.pk])[centre.pk].opted_out


def test_the_verdict_does_not_depend_on_which_editor_is_used(person: Callable[..., Practitioner]) -> None:
    directory.territory()
    told = []
    for number, name in enumerate(["Alpha", "Zêta"]):
        register_editor(name=name, base_url=f"https://e{number}.invalid/fhir", by="test", at=AT)
        doctor = person(f"81000000000{number}")
        declare_participation(practitioner=doctor, via="individual", **WHO)
        declare_visibility(of=doctor, editor_keys=[editors().choices()[number].key], **WHO)
        told.append(verdict_of(doctor, AT))
    assert told[0].ok
    assert told[0] == told[1]


def _submit_twice(doctor: Practitioner) -> list[object]:
    """Two forms of the same page, sent at the same moment with two different answers."""
    outcomes: list[object] = []
    together = Barrier(2)

    def submit(opted_out: bool) -> None:
        together.wait()
        try:
            outcomes.append(
                declare_visibility(of=doctor, opted_out=opted_out, uses_editors=True, expected=0, by="x", at=AT)
            )
        except Exception as told:  # noqa: BLE001 — what came out is what is judged
            outcomes.append(told)
        finally:
            connection.close()

    threads = [Thread(target=submit, args=(answer,)) for answer in (True, False)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.django_db(transaction=True)
def test_of_two_forms_sent_at_once_one_is_kept_and_the_other_is_told(person: Callable[..., Practitioner]) -> None:
    doctor = person()
    outcomes = _submit_twice(doctor)
    assert sorted(type(one).__name__ for one in outcomes) == ["ChangedMeanwhile", "Visibility"]
    assert current_visibility(doctor) in outcomes


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_second_form_would_only_be_stopped_by_the_database(
    person: Callable[..., Practitioner], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Barrier(2)

    def meets_the_other(_of: Practitioner | Structure) -> None:
        return None

    def read_then_wait(of: Practitioner | Structure) -> Visibility | None:
        found = current_visibility(of)
        read.wait()
        return found

    monkeypatch.setattr("sas.participation.visibility._lock", meets_the_other)
    monkeypatch.setattr("sas.participation.visibility.current_visibility", read_then_wait)
    outcomes = _submit_twice(person())
    assert sorted(type(one).__name__ for one in outcomes) == ["IntegrityError", "Visibility"]


def test_a_day_of_the_past_keeps_its_verdict(person: Callable[..., Practitioner]) -> None:
    directory.territory(opened_on=date(2024, 1, 1))
    doctor = person()
    declare_participation(practitioner=doctor, via="individual", by="x", at=IN_2025)
    declare_visibility(of=doctor, uses_editors=False, declares_two_hours=True, by="x", at=IN_2025)
    assert verdict_of(doctor, IN_2025).ok
    assert not verdict_of(doctor, AT).ok
