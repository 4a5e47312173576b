"""Territorial organisations: who sees and changes them, what counts since when, what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import Territory
from sas.participation.models import OrganisationMember, OrganisationValidation, TerritorialOrganisation
from sas.participation.organisations.queries import organisations_of
from sas.participation.organisations.services import (
    OrganisationRefused,
    OrganisationSheet,
    add_member,
    change_organisation,
    close_organisation,
    create_organisation,
    end_member,
    end_validation,
    sheet_of,
    validate_organisation,
)
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
BY: dict[str, Any] = {"by": "test", "at": AT}
LIST = "/gestion/organisations/"
SHEET = OrganisationSheet(
    name="CSNP de Lille", kind="csnp", dedicated=True, interfaced=False, agreement_signed=True, phone="03 20 00 00 01"
)


@pytest.fixture
def north(db: None) -> Territory:
    make.territory(code="SAS-62", label="SAS du Pas-de-Calais")
    return make.territory()


@pytest.fixture
def centre(north: Territory) -> TerritorialOrganisation:
    return create_organisation(territory=north, sheet=SHEET, **BY)


def referent(code: str = "SAS-59", role: Role = Role.TERRITORIAL_REFERENT) -> Client:
    user, _ = create_account(email=f"{code}@example.org".lower(), roles=[role], territories=[code], **BY)
    return signed_in_client(user)


def test_a_referent_makes_one_validates_it_and_adds_a_doctor(north: Territory) -> None:
    client, doctor = referent(), make.practitioner()
    typed = {"territory": "SAS-59", "name": "CSNP de Lille", "kind": "csnp", "dedicated": "on", "phone": "0320000001"}
    assert client.post(f"{LIST}nouvelle/", typed).status_code == 302
    made = TerritorialOrganisation.objects.get()
    page = f"{LIST}{made.pk}/"
    assert "Elle ne compte pas encore" in client.get(page).content.decode()
    assert client.post(f"{page}valider/", {"starts_on": "2026-01-01"}).status_code == 302
    assert (
        client.post(f"{page}membres/", {"typed": doctor.national_id[1:], "starts_on": "2026-01-05"}).status_code == 302
    )
    shown = client.get(page, follow=True).content.decode()
    assert "validée par le SAS" in shown
    assert str(doctor) in shown
    acts = list(AuditLine.objects.order_by("pk").values_list("act", flat=True))
    assert acts[-3:] == ["create_organisation", "validate_organisation", "add_organisation_member"]


def test_another_territory_s_organisation_is_not_said_to_exist(centre: TerritorialOrganisation) -> None:
    stranger = referent("SAS-62")
    assert stranger.get(f"{LIST}{centre.pk}/").status_code == 404
    assert stranger.post(f"{LIST}{centre.pk}/valider/", {"starts_on": "2026-01-01"}).status_code == 404
    assert "CSNP" not in stranger.get(LIST).content.decode()


def test_an_organisation_cannot_be_made_on_a_territory_of_somebody_else(north: Territory) -> None:
    typed = {"territory": "SAS-59", "name": "Ailleurs", "kind": "csnp"}
    answer = referent("SAS-62").post(f"{LIST}nouvelle/", typed)
    assert answer.status_code == 422
    assert "Choisissez dans la liste" in answer.content.decode()
    assert "Ailleurs" in answer.content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "Donnez un nom"),
        ({"kind": "autre chose"}, "Choisissez dans la liste"),
        ({"phone": "12"}, "Numéro non reconnu"),
        ({"structure_id": "590000000"}, "Structure inconnue"),
        ({"note": "x" * 1001}, "1 000 caractères"),
        ({"name": "csnp DE lille"}, "porte déjà ce nom"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    centre: TerritorialOrganisation, wrong: dict[str, str], sentence: str
) -> None:
    typed = {"territory": "SAS-59", "name": "Un autre", "kind": "csnp"} | wrong
    answer = referent().post(f"{LIST}nouvelle/", typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert TerritorialOrganisation.objects.count() == 1


def test_who_saves_over_somebody_else_s_change_is_told_so(centre: TerritorialOrganisation) -> None:
    change_organisation(organisation=centre, sheet=OrganisationSheet(**vars(SHEET) | {"note": "a"}), version=1, **BY)
    with pytest.raises(OrganisationRefused, match="Quelqu’un d’autre"):
        change_organisation(
            organisation=centre, sheet=OrganisationSheet(**vars(SHEET) | {"note": "b"}), version=1, **BY
        )
    centre.refresh_from_db()
    assert (centre.note, centre.version) == ("a", 2)


def test_a_day_is_validated_once(centre: TerritorialOrganisation) -> None:
    validate_organisation(organisation=centre, starts_on=date(2026, 1, 1), ends_on=date(2026, 2, 1), **BY)
    validate_organisation(organisation=centre, starts_on=date(2026, 2, 1), ends_on=None, **BY)
    with pytest.raises(OrganisationRefused, match="déjà validée"):
        validate_organisation(organisation=centre, starts_on=date(2026, 1, 15), ends_on=None, **BY)
    with pytest.raises(OrganisationRefused, match="après le début"):
        validate_organisation(organisation=centre, starts_on=date(2025, 1, 2), ends_on=date(2025, 1, 2), **BY)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganisationValidation.objects.create(
            organisation=centre, started_on=date(2026, 1, 15), validated_by="test", validated_at=AT
        )


def test_a_validation_ends_today_or_later_and_the_past_stays(centre: TerritorialOrganisation) -> None:
    validate_organisation(organisation=centre, starts_on=date(2026, 1, 1), ends_on=None, **BY)
    with pytest.raises(OrganisationRefused, match="passée"):
        end_validation(organisation=centre, ends_on=date(2026, 5, 31), **BY)
    end_validation(organisation=centre, ends_on=date(2026, 6, 1), **BY)
    kept = centre.validations.get()
    assert (kept.started_on, kept.ended_on) == (date(2026, 1, 1), date(2026, 6, 1))
    with pytest.raises(OrganisationRefused, match="Aucune validation"):
        end_validation(organisation=centre, ends_on=date(2026, 6, 2), **BY)


def test_a_member_is_added_once_and_leaves_without_being_forgotten(centre: TerritorialOrganisation) -> None:
    doctor = make.practitioner()
    member = add_member(organisation=centre, typed=doctor.national_id, starts_on=date(2026, 1, 1), **BY)
    with pytest.raises(OrganisationRefused, match="déjà membre"):
        add_member(organisation=centre, typed=doctor.national_id, starts_on=date(2026, 3, 1), **BY)
    with pytest.raises(OrganisationRefused, match="ne connaît pas"):
        add_member(organisation=centre, typed="12345678901", starts_on=date(2026, 3, 1), **BY)
    end_member(organisation=centre, member_id=member.pk, **BY)
    end_member(organisation=centre, member_id=member.pk, **BY)
    member.refresh_from_db()
    assert member.ended_on == date(2026, 6, 1)
    assert AuditLine.objects.filter(act="end_organisation_member").count() == 1


def test_closing_ends_validation_and_members_today(centre: TerritorialOrganisation) -> None:
    validate_organisation(organisation=centre, starts_on=date(2026, 1, 1), ends_on=None, **BY)
    add_member(organisation=centre, typed=make.practitioner().national_id, starts_on=date(2026, 1, 1), **BY)
    close_organisation(organisation=centre, version=1, **BY)
    assert OrganisationValidation.objects.get().ended_on == date(2026, 6, 1)
    assert OrganisationMember.objects.get().ended_on == date(2026, 6, 1)
    with pytest.raises(OrganisationRefused, match="fermée"):
        validate_organisation(organisation=centre, starts_on=date(2026, 7, 1), ends_on=None, **BY)


def test_the_page_closes_it_even_when_the_form_is_empty(centre: TerritorialOrganisation) -> None:
    assert referent().post(f"{LIST}{centre.pk}/fermer/").status_code == 302
    centre.refresh_from_db()
    assert centre.closed_on is not None


def test_saving_what_is_already_so_writes_nothing(centre: TerritorialOrganisation) -> None:
    before = AuditLine.objects.count()
    change_organisation(organisation=centre, sheet=sheet_of(centre), version=1, **BY)
    assert AuditLine.objects.count() == before


def test_the_list_costs_the_same_whatever_its_length(
    north: Territory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user, _ = create_account(email="r@example.org", roles=[Role.TERRITORIAL_REFERENT], territories=["SAS-59"], **BY)
    for number in range(5):
        sheet = OrganisationSheet(**vars(SHEET) | {"name": f"CSNP {number}"})
        made = create_organisation(territory=north, sheet=sheet, **BY)
        validate_organisation(
            organisation=made, starts_on=timezone.localdate() - timedelta(days=number), ends_on=None, **BY
        )
    assert user.held
    with django_assert_num_queries(1):
        lines = organisations_of(user, timezone.now())
    assert [line.validated for line in lines] == [True] * 5
