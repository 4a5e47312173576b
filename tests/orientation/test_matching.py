"""INT_R03: which orientation a message completes, and what is kept when it completes none."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.orientation_invariants import broken
from sas.accounts.models import User
from sas.aggregator.models import LocalTool
from sas.fhir.systems import IDNPS
from sas.lrm.models import Lrm, Message
from sas.orientation import services
from sas.orientation.matching import Candidate, best_of
from sas.orientation.models import EditorAppointment, Orientation, OrientationEvent
from sas.orientation.rules import MATCHED_AROUND, MATCHED_WITHIN
from sas.orientation.services import AppointmentConflict
from sas.web.models import AuditLine
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT

START = AT + timedelta(hours=2)
minutes = st.integers(-15, 15).map(lambda value: timedelta(minutes=value))
candidates = st.lists(
    st.builds(
        Candidate,
        pk=st.integers(1, 10**6),
        starts_at=minutes.map(lambda delta: START + delta),
        state=st.sampled_from(["pending", "booked", "cancelled"]),
        created_at=minutes.map(lambda delta: AT + delta),
    ),
    max_size=6,
    unique_by=lambda one: one.pk,
)


@given(candidates, st.booleans())
def test_the_exact_start_wins_the_pending_first_and_a_near_one_only_when_alone(
    found: list[Candidate], near: bool
) -> None:
    chosen = {one.pk: one for one in found}.get(best_of(found, START, near=near) or 0)
    exact = [one for one in found if one.starts_at == START]
    around = [one for one in found if abs(one.starts_at - START) <= MATCHED_AROUND]
    if exact:
        assert chosen in exact
        assert chosen is not None
        assert chosen.state == "pending" or all(one.state != "pending" for one in exact)
    else:
        assert chosen == (around[0] if near and len(around) == 1 else None)


@pytest.fixture
def _sound(db: None) -> Any:
    yield
    assert broken() == []


pytestmark = [pytest.mark.usefixtures("_sound"), pytest.mark.django_db]


def statuses() -> list[str]:
    return [payload["status"] for payload in Message.objects.order_by("pk").values_list("payload", flat=True)]


def test_a_booking_completes_the_page_that_its_regulator_opened(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    said = make.facts(sender, place, starts_at=START)
    recorded = make.posted(said, editor)
    page.refresh_from_db()
    assert (recorded.outcome, recorded.appointment.orientation, page.state) == ("created", page, "booked")
    assert (page.expected_at, page.outside_search) == (None, False)
    assert statuses() == ["booked"]
    event = OrientationEvent.objects.get(act="editor_message")
    assert (event.before, event.after, event.by) == ("pending", "booked", f"éditeur {editor.key}")
    assert AuditLine.objects.filter(act="record_appointment", target=f"orientation {page.uuid}").count() == 1


def test_another_time_another_doctor_another_editor_another_regulator_or_too_late_completes_nothing(
    sender: User,
) -> None:
    place, editor, other = directory.place(), make.editor(), make.editor("Agenda Bêta")
    page = make.opened(sender, place, editor)
    said = make.facts(sender, place, starts_at=START)
    for facts, of, at in (
        (replace(said, starts_at=START + timedelta(minutes=11)), editor, AT),
        (replace(said, practitioner=directory.place().national_id), editor, AT),
        (said, other, AT),
        (replace(said, operator_value=str(make.regulator().technical_id)), editor, AT),
        (said, editor, AT + MATCHED_WITHIN + timedelta(seconds=1)),
    ):
        facts = replace(facts, value=f"rdv-{of.key}-{facts.starts_at}-{facts.practitioner}-{facts.operator_value}-{at}")
        kept = make.posted(replace(facts, ends_at=facts.starts_at + timedelta(minutes=20)), of, at=at)
        assert kept.appointment.orientation != page
        assert kept.appointment.orientation.outside_search
    assert Orientation.objects.count() == 6


def test_a_near_start_completes_it_and_moves_it(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    make.posted(make.facts(sender, place, starts_at=START + timedelta(minutes=10)), editor)
    page.refresh_from_db()
    assert page.starts_at == START + timedelta(minutes=10)
    assert OrientationEvent.objects.get(act="editor_message").detail["starts_at"]


def test_what_people_said_meanwhile_gives_way_to_the_editor(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    services.act_on(
        orientation=page,
        act=services.Act.CANCEL,
        actor=services.Actor.REGULATOR,
        reason=services.Reason.NOT_BOOKED,
        by="compte 1",
        at=AT + timedelta(minutes=4),
    )
    make.posted(make.facts(sender, place), editor)
    page.refresh_from_db()
    assert (page.state, page.reason) == ("booked", "")


def test_the_national_id_names_the_regulator_as_well(nord: Lrm) -> None:
    user = make.regulator("SAS-59", national_id="899700000001")
    place, editor = directory.place(), make.editor()
    page = make.opened(user, place, editor)
    said = make.facts(user, place, operator_system=IDNPS, operator_value="899700000001")
    assert make.posted(said, editor).appointment.orientation == page


def test_a_retry_changes_nothing_and_another_content_is_a_duplicate(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    said = make.facts(sender, place)
    first, again = make.posted(said, editor), make.posted(said, editor)
    assert (first.outcome, again.outcome) == ("created", "unchanged")
    assert first.appointment == again.appointment
    assert make.put(said, editor).outcome == "unchanged"
    with pytest.raises(AppointmentConflict) as conflict:
        make.posted(replace(said, status="cancelled"), editor)
    assert conflict.value.kind == "duplicate"
    assert (Orientation.objects.count(), OrientationEvent.objects.count(), len(statuses())) == (1, 1, 1)
    # The same words from another editor are another appointment.
    assert make.posted(said, make.editor("Agenda Bêta")).outcome == "created"


def test_a_change_follows_the_appointment_and_the_last_writer_wins(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    said = make.facts(sender, place)
    make.posted(said, editor)
    other = directory.place()
    moved = replace(said, starts_at=START + timedelta(hours=1), ends_at=START + timedelta(hours=2))
    changes = [moved, replace(moved, practitioner=other.national_id), replace(moved, status="cancelled"), said]
    versions = [make.put(one, editor).appointment.version for one in changes]
    page.refresh_from_db()
    assert versions == [2, 3, 4, 5]
    assert (page.state, page.starts_at, page.practitioner, page.reason) == ("booked", START, place.practitioner, "")
    assert statuses() == ["booked", "booked", "booked", "cancelled", "booked"]
    assert Message.objects.order_by("pk")[2].payload["practitioner"]["rppsId"] == other.national_id


def test_an_unknown_put_makes_it_and_a_bare_identifier_must_be_of_one_appointment(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    said = make.facts(sender, place)
    assert make.put(said, editor, system=None).outcome == "created"
    assert make.put(replace(said, status="noshow"), editor, system=None).outcome == "changed"
    elsewhere = replace(said, system="urn:oid:1.2.250.1.998")
    assert make.put(elsewhere, editor).outcome == "created"
    with pytest.raises(AppointmentConflict) as conflict:
        make.put(replace(said, status="cancelled"), editor, system=None)
    assert conflict.value.kind == "multiple-matches"


def test_a_booking_by_somebody_unknown_is_kept_and_theirs_once_they_are_known(nord: Lrm) -> None:
    place, editor = directory.place(), make.editor()
    said = make.facts(make.regulator(), place, operator_system=IDNPS, operator_value="899700000077")
    kept = make.posted(said, editor).appointment.orientation
    assert (kept.regulator, kept.operator_value, kept.outside_search) == (None, "899700000077", True)
    assert kept.territory is None
    user = make.regulator("SAS-59", national_id="899700000077")
    make.put(replace(said, status="fulfilled"), editor)
    kept.refresh_from_db()
    assert (kept.regulator, kept.operator_value, kept.territory) == (user, "", nord.territory)


def test_a_professional_out_of_the_directory_is_kept_by_their_identifier(sender: User) -> None:
    editor = make.editor()
    kept = make.posted(make.facts(sender, None, practitioner="810999999999"), editor).appointment.orientation
    assert (kept.practitioner, kept.practitioner_name, kept.category) == (None, "identifiant 810999999999", "PS")
    assert "practitioner" not in Message.objects.get().payload


@pytest.mark.parametrize(("flows", "category"), [(["sos"], "SOS"), (["cpts", "ps"], "CPTS"), (["ps"], "PS")])
def test_without_a_professional_the_category_is_that_of_the_flows(
    sender: User, flows: list[str], category: str
) -> None:
    kept = make.posted(make.facts(sender, None, status="pending"), make.editor(flows=flows)).appointment.orientation
    assert (kept.category, kept.state, kept.expected_at) == (category, "pending", None)
    assert statuses() == ["pending"]


def test_a_doctor_named_later_by_the_editor_is_told(sender: User) -> None:
    editor, place = make.editor(flows=["sos"]), directory.place()
    said = make.facts(sender, None)
    make.posted(said, editor)
    make.put(replace(said, practitioner=place.national_id), editor)
    row = Orientation.objects.get()
    assert (row.practitioner, row.address, row.category) == (place.practitioner, "1 RUE DES LILAS, 59000 Lille", "SOS")


def test_the_category_said_by_the_editor_wins_and_a_local_tool_is_one(sender: User, nord: Lrm) -> None:
    place, editor = directory.place(), make.editor()
    assert make.posted(make.facts(sender, place, category="MSP"), editor).appointment.orientation.category == "MSP"
    tool = make.editor("Outil du Nord")
    LocalTool.objects.create(territory=nord.territory, editor=tool, name="Outil", link="https://outil.invalid")
    kept = make.posted(make.facts(sender, place), tool).appointment.orientation
    assert (kept.path, kept.category, kept.territory) == ("local_tool", "PDM", nord.territory)


@pytest.mark.parametrize(
    ("created", "kept"),
    [
        (AT - timedelta(hours=1), AT - timedelta(hours=1)),
        (AT + timedelta(days=1), None),
        (AT - timedelta(days=8), None),
    ],
)
def test_when_it_was_booked_is_what_the_editor_says_but_for_a_wrong_clock(
    sender: User, created: datetime, kept: datetime | None
) -> None:
    row = make.posted(make.facts(sender, directory.place(), created=created), make.editor(), at=AT)
    assert row.appointment.orientation.created_at == (kept or AT)


def test_of_several_places_none_is_guessed(sender: User) -> None:
    place = directory.place()
    directory.place(place.practitioner, city="Lens", timezone="Europe/Paris")
    row = make.posted(make.facts(sender, place), make.editor()).appointment.orientation
    assert (row.practitioner, row.place_key, row.address) == (place.practitioner, "", "")


def test_two_messages_of_one_page_complete_it_once(sender: User) -> None:
    place, editor = directory.place(), make.editor()
    page = make.opened(sender, place, editor)
    first = make.posted(make.facts(sender, place, status="pending"), editor).appointment
    second = make.posted(make.facts(sender, place), editor).appointment
    assert first.orientation == page
    assert second.orientation.outside_search
    assert EditorAppointment.objects.count() == 2
