"""Places: who says what of them to regulators, what is kept, what is refused."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account, token_digest
from sas.directory.models import PracticeLocation, Practitioner
from sas.directory.queries import by_national_ids
from sas.participation.places.services import describe_place
from sas.participation.places.wording import Description, DescriptionChanged, DescriptionRefused
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
NOTHING = Description().version


def account(role: Role, **given: object) -> User:
    given = {"given_name": "Côme", "family_name": "DEUX"} | given
    return create_account(email=f"{role}@example.org", roles=[role], by="test", at=AT, **given)[0]  # type: ignore[arg-type]


@pytest.fixture
def doctor(db: None) -> Practitioner:
    made = make.practitioner(family_name="ESSAI")
    make.place(made, place_key="R1", name="CABINET DES LILAS")
    make.place(made, place_key="R1", name="CABINET DES LILAS", specialty="SM26")
    make.place(made, place_key="R2", name="CABINET DES ROSES", line="2 RUE DES ROSES")
    return made


def page(doctor: Practitioner, place: str = "", **more: str) -> str:
    act = "modifier/?" + urlencode({"lieu": place}) if place else ""
    return f"/lieux/{doctor.national_id}/{act}"


def test_every_activity_of_a_place_says_the_same_and_searches_read_it(doctor: Practitioner) -> None:
    describe_place(
        practitioner=doctor, place_key="R1", phone="03 20 11 22 33", information=" Ascenseur \r\n à gauche ",
        version=NOTHING, by="compte 1", at=AT,
    )  # fmt: skip
    said = {row.place_key: (row.phone, row.information) for row in by_national_ids([doctor.national_id])}
    assert said["R1"] == ("+33320112233", "Ascenseur \n à gauche")
    assert said["R2"] == ("+33320000000", None)
    assert PracticeLocation.objects.filter(overridden_by="compte 1", overridden_at=AT).count() == 2
    line = AuditLine.objects.get(act="describe_place")
    assert (line.target, line.before) == (f"{doctor.national_id} R1", {"phone": "", "information": ""})


def test_emptied_it_is_withdrawn(doctor: Practitioner) -> None:
    first = describe_place(
        practitioner=doctor, place_key="R1", phone="0320112233", information="x", version=NOTHING, by="c", at=AT
    )
    describe_place(
        practitioner=doctor, place_key="R1", phone=" ", information=" ", version=first.version, by="c", at=AT
    )
    assert not PracticeLocation.objects.exclude(overridden_by=None).exists()


def test_two_browsers_do_not_overwrite_each_other(doctor: Practitioner) -> None:
    other = account(Role.EFFECTOR)
    asked = {"practitioner": doctor, "place_key": "R1", "version": NOTHING, "phone": ""}
    describe_place(**asked, information="un", by=other.audit_label, at=AT)  # type: ignore[arg-type]
    with pytest.raises(DescriptionChanged) as stale:
        describe_place(**asked, information="deux", by="compte 9", at=AT + timedelta(hours=1))  # type: ignore[arg-type]
    assert (stale.value.by, stale.value.at, stale.value.current.information) == (other.audit_label, AT, "un")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(phone=st.text(max_size=30), information=st.text(st.characters(exclude_characters="\0"), max_size=1100))
def test_whatever_is_typed_is_kept_whole_or_refused_with_a_sentence(
    doctor: Practitioner, phone: str, information: str
) -> None:
    PracticeLocation.objects.update(
        phone_override=None, information_override=None, overridden_by=None, overridden_at=None
    )
    try:
        kept = describe_place(
            practitioner=doctor, place_key="R1", phone=phone, information=information, version=NOTHING, by="c", at=AT
        )
    except DescriptionRefused:
        assert not PracticeLocation.objects.exclude(overridden_by=None).exists()
    else:
        assert kept.information == information.replace("\r\n", "\n").strip()


def test_the_page_keeps_what_was_typed_and_says_why_not(doctor: Practitioner) -> None:
    client = signed_in_client(account(Role.EFFECTOR, national_id=doctor.national_id))
    sent = {"phone": "pas un numéro", "information": "é" * 1001, "version": NOTHING}
    answer = client.post(page(doctor, "R1"), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert all(said in text for said in ("pas un numéro", "n’est pas reconnu", "é" * 1001))
    answer = client.post(page(doctor, "R1"), sent | {"phone": ""})
    assert "il y en a 1 de trop" in answer.content.decode()


def test_a_stale_form_says_who_and_when_and_keeps_what_was_typed(doctor: Practitioner) -> None:
    client = signed_in_client(account(Role.EFFECTOR, national_id=doctor.national_id))
    client.post(page(doctor, "R1"), {"phone": "", "information": "première", "version": NOTHING})
    answer = client.post(page(doctor, "R1"), {"phone": "", "information": "seconde", "version": NOTHING})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert all(said in text for said in (", par vous le ", "seconde", "première"))
    assert "[" not in text[text.index("<textarea") : text.index("</textarea>")]
    again = Description("", "première").version
    assert f'value="{again}"' in text
    kept = client.post(page(doctor, "R1"), {"phone": "", "information": "seconde", "version": again})
    assert kept.status_code == 302
    assert "seconde" in client.get(page(doctor)).content.decode()


def test_a_delegate_of_settings_acts_and_the_trail_says_for_whom(doctor: Practitioner) -> None:
    owner, helper = account(Role.EFFECTOR, national_id=doctor.national_id), account(Role.DELEGATE)
    now = datetime.now(UTC)
    delegation = Delegation.objects.create(
        delegator=owner, delegate=helper, delegate_email=helper.email or "", delegate_family_name="X",
        delegate_given_name="Y", scopes=["settings"], ends_on=now.date() + timedelta(days=9),
        token_sha256=token_digest("x"), prepared_by="x", prepared_at=now, confirmed_at=now, accepted_at=now,
    )  # fmt: skip
    client = signed_in_client(helper)
    assert client.post(page(doctor, "R2"), {"information": "oui", "version": NOTHING}).status_code == 302
    assert AuditLine.objects.get(act="describe_place").actor == f"compte {helper.pk} pour compte {owner.pk}"
    Delegation.objects.filter(pk=delegation.pk).update(scopes=["agenda"])
    assert client.get(page(doctor)).status_code == 404


@pytest.mark.parametrize("role", [Role.EFFECTOR, Role.STRUCTURE_MANAGER, Role.DELEGATE])
def test_the_places_of_somebody_else_do_not_exist(doctor: Practitioner, role: Role) -> None:
    client = signed_in_client(account(role))
    assert client.get(page(doctor)).status_code == 404
    assert client.post(page(doctor, "R1"), {"information": "x", "version": NOTHING}).status_code == 404


def test_the_page_tells_the_sas_of_each_place_in_a_constant_number_of_queries(
    doctor: Practitioner, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make.territory()
    client = signed_in_client(account(Role.EFFECTOR, national_id=doctor.national_id))
    for number in range(5):
        make.place(doctor, place_key=f"N{number}", insee="62041", department="62")
    with django_assert_max_num_queries(12):
        text = client.get(page(doctor)).content.decode()
    assert text.count("SAS du Nord") == 2
    assert text.count("aucun SAS déclaré ici") == 5


def test_an_unknown_place_is_not_found(doctor: Practitioner) -> None:
    client: Client = signed_in_client(account(Role.EFFECTOR, national_id=doctor.national_id))
    assert client.get(page(doctor, "inconnu")).status_code == 404
