"""The small scenario, loaded through the product's own doors."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from demo import sandboxes
from demo.loading import DemoRefused, is_loaded, load, register_editors
from demo.scenario import ACCOUNTS, NEIGHBOURS, SCALES, SIGNED_IN
from demo.scenario_editors import EDITORS, NOT_INTERFACED, editors_of
from editor_kit.sandbox.people import check_people, read_people
from sas.accounts.models import AccountRequest, Delegation, User
from sas.accounts.own.passwords import locked_until
from sas.accounts.queries import DEMO_PASSWORD, demo_accounts
from sas.accounts.services import token_digest
from sas.agenda.models import Series
from sas.aggregator.local_tools import Where, local_tools_for
from sas.aggregator.models import Editor, EditorAccount, EditorLink
from sas.aggregator.queries import links_of
from sas.directory.models import Filiere, PracticeLocation, Practitioner, Territory
from sas.lrm.models import Message
from sas.orientation.models import EditorAppointment, Orientation
from sas.orientation.rules import is_to_confirm
from sas.participation.models import Participation, Solicitation, TerritorialOrganisation, Visibility
from sas.web.models import AuditLine

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
SMALL = SCALES["small"]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def load_small(data_dir: Path) -> None:
    load(scale=SMALL, territories=[], data_dir=data_dir, say=lambda _: None, at=AT)


def test_a_second_load_changes_nothing(tmp_path: Path) -> None:
    def everything() -> dict[str, object]:
        people = {path.name: path.read_bytes() for path in sandboxes.folder_of(tmp_path).glob("*.json")}
        directory = (Practitioner, PracticeLocation, Editor, EditorLink)
        tables = (*directory, Participation, Series, Visibility, User, AuditLine)
        return people | {table.__name__: list(table.objects.order_by("pk").values()) for table in tables}

    load_small(tmp_path)
    before = everything()
    load_small(tmp_path)
    assert everything() == before
    assert is_loaded(SMALL)
    assert not is_loaded(SCALES["department"])


def test_it_is_a_believable_territory(tmp_path: Path) -> None:
    load_small(tmp_path)
    doctors = set(PracticeLocation.objects.filter(profession="10").values_list("national_id", flat=True))
    linked = links_of(doctors)
    assert 0.3 < len(linked) / len(doctors) < 0.65
    assert {key for keys in linked.values() for key in keys} == {editor.key for editor in EDITORS}
    assert set(Participation.objects.values_list("via", flat=True)) == {"individual", "cpts"}
    flagged = PracticeLocation.objects.filter(participates=True).values_list("practitioner_id", flat=True)
    assert set(flagged) == set(Participation.objects.values_list("practitioner_id", flat=True))
    accounts = {account.email: account for account in demo_accounts()}
    assert set(accounts) == {account.email for account in ACCOUNTS if not account.invited}
    assert User.objects.get(email="regulateur@demo.invalid").check_password(DEMO_PASSWORD)
    assert User.objects.get(email="effecteur@demo.invalid").national_id in linked


def test_doctors_and_structures_put_something_on_offer(tmp_path: Path) -> None:
    load_small(tmp_path)
    members = Participation.objects.filter(structure__national_id=NOT_INTERFACED)
    typed = set(Series.objects.values_list("practitioner_id", flat=True))
    assert members
    assert set(members.values_list("practitioner_id", flat=True)) <= typed
    assert not links_of(set(members.values_list("practitioner__national_id", flat=True)))
    assert Series.objects.filter(repeat_weeks=2, kind="band").exists()
    assert Series.objects.filter(structure__kind="sos_place").exists()
    organisation = TerritorialOrganisation.objects.get()
    assert organisation.validations.filter(ended_on=None).exists()
    assert organisation.members.exists()
    manager = User.objects.get(email="structure@demo.invalid")
    assert {one.structure.kind for one in manager.attachments.select_related("structure")} == {"cds", "cpts", "sos"}


def test_patients_were_already_sent_by_every_path(tmp_path: Path) -> None:
    load_small(tmp_path)
    told = set(Orientation.objects.values_list("path", "state"))
    en_sus = {("overbooking", state) for state in ("booked", "fulfilled", "noshow", "cancelled")}
    at_editors = {("editor", state) for state in ("pending", "booked", "fulfilled", "cancelled")}
    assert told == en_sus | at_editors | {("agenda", "booked"), ("advice", "booked")}
    (waiting,) = Orientation.objects.filter(state="pending")
    assert is_to_confirm(waiting.state, waiting.expected_at, AT)
    assert EditorAppointment.objects.count() == 3
    assert not Orientation.objects.filter(outside_search=True).exists()
    sent = Orientation.objects.exclude(path="advice").exclude(state="pending").values_list("uuid", flat=True)
    assert set(Message.objects.values_list("subject", flat=True)) == set(sent)
    assert Orientation.objects.filter(practitioner__national_id=effector_id()).count() >= 2
    assert set(Solicitation.objects.values_list("outcome", flat=True)) == set(Solicitation.Outcome.values)
    assert local_tools_for(["SAS-59"], Where(insee="59350"))[0].url.count("59350") == 1


def effector_id() -> str | None:
    return User.objects.get(email="effecteur@demo.invalid").national_id


def test_each_editor_finds_its_token_and_a_lost_one_is_renewed(tmp_path: Path) -> None:
    load_small(tmp_path)
    files = {editor.key: sandboxes.token_file(tmp_path, editor.key) for editor in EDITORS}
    tokens = {key: file.read_text(encoding="ascii") for key, file in files.items()}
    assert len(set(tokens.values())) == len(EDITORS)
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}
    alpha, brume = EDITORS[0].key, EDITORS[1].key
    files[alpha].unlink()
    register_editors(tmp_path, at=AT)
    again = {key: file.read_text(encoding="ascii") for key, file in files.items()}
    assert again[alpha] != tokens[alpha]
    assert again[brume] == tokens[brume]
    for key, token in again.items():
        assert Editor.objects.get(token_sha256=token_digest(token)).key == key


def test_accounts_have_their_stories(tmp_path: Path) -> None:
    load_small(tmp_path)
    people = {user.email: user for user in User.objects.all()}
    assert locked_until(people["bloquee@histoires.invalid"], at=AT)
    assert people["dormante@histoires.invalid"].dormant_warnings == 1
    assert str(people["echeance@histoires.invalid"].expires_on) == "2026-03-30"
    assert people["parti@histoires.invalid"].closed_for == "decision"
    assert people["agent@demo.invalid"].national_id == "3590000012/4211"
    assert AccountRequest.objects.filter(state="new", territory__code="SAS-59").count() == 3
    assert Filiere.objects.filter(territory__code="SAS-59").count() == 3
    beside = Territory.objects.exclude(code="SAS-59").values_list("code", "states__state")
    assert dict(beside) == {f"SAS-{department}": state for department, state in NEIGHBOURS.items()}
    assert set(EditorAccount.objects.values_list("account__email", flat=True)) <= set(SIGNED_IN)
    assert EditorAccount.objects.count() >= len(EDITORS)
    assert sorted(Delegation.objects.values_list("accepted_at", flat=True), key=str) == [AT, None]


def test_nobody_real_can_be_called(tmp_path: Path) -> None:
    load_small(tmp_path)
    phones = set(PracticeLocation.objects.exclude(phone="").values_list("phone", flat=True))
    assert phones
    assert all(phone.startswith("+3335301") for phone in phones)


def test_each_sandbox_serves_exactly_the_people_linked_to_it(tmp_path: Path) -> None:
    load_small(tmp_path)
    for editor in EDITORS:
        people = read_people(sandboxes.people_file(tmp_path, editor.key))
        check_people(people)
        linked = EditorLink.objects.filter(editor__key=editor.key).values_list("national_id", flat=True)
        assert {person.national_id for person in people} == set(linked)
        for person in people:
            sites = {place.structure_id or "" for place in person.places}
            here = PracticeLocation.objects.filter(national_id=person.national_id)
            assert sites == set(here.values_list("structure_national_id", flat=True))


def test_two_departments_live_side_by_side(tmp_path: Path) -> None:
    load_small(tmp_path)
    load(scale=SMALL, territories=["SAS-48"], data_dir=tmp_path, say=lambda _: None, at=AT)
    assert set(PracticeLocation.objects.values_list("department", flat=True)) == {
        "59"
    }  # none of Lozère's is in « only »
    assert AuditLine.objects.filter(target="territoire SAS-48").count() == 1


def test_another_directory_is_never_replaced(tmp_path: Path) -> None:
    there = Practitioner.objects.create(
        national_id="810000000001", family_name="Véritable", profession="10", updated_on=AT.date()
    )
    PracticeLocation.objects.bulk_create(
        PracticeLocation(
            practitioner=there, place_key=str(place), specialty="SM54", profession="10", national_id=there.national_id,
            family_name="Véritable", insee="75056", department="75", latitude=48.86, longitude=2.35,
            precision="commune", timezone="Europe/Paris", updated_on=AT.date(),
        )
        for place in range(50)
    )  # fmt: skip
    with pytest.raises(DemoRefused, match="--data-dir"):
        load_small(tmp_path)
    assert PracticeLocation.objects.filter(ended_on=None).count() == 50
    assert not list(sandboxes.folder_of(tmp_path).glob("extraction/*"))


def test_an_unknown_territory_is_refused() -> None:
    with pytest.raises(CommandError, match="Territoire inconnu : « SAS-00 »"):
        call_command("load_demo", "--territory", "SAS-00", "--scale", "small")


def test_about_half_of_the_doctors_use_an_editor_and_a_few_use_two() -> None:
    counts = [len(list(editors_of(f"81{number:010}"))) for number in range(2000)]
    assert 0.45 < 1 - counts.count(0) / 2000 < 0.62
    assert 0.02 < counts.count(2) / 2000 < 0.06


def test_ports_are_kept_and_only_a_taken_one_changes(tmp_path: Path) -> None:
    first = sandboxes.ports(tmp_path)
    assert sandboxes.ports(tmp_path, check=True) == first
    (sandboxes.folder_of(tmp_path) / "ports.json").write_text(json.dumps(first | {"agenda-alpha": 1}))
    changed = sandboxes.ports(tmp_path, check=False)
    assert changed["agenda-alpha"] == 1
    (sandboxes.folder_of(tmp_path) / "ports.json").write_text("nonsense")
    assert set(sandboxes.ports(tmp_path)) == set(first)
