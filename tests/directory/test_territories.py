"""Territories: what they cover, where they stand since when, and what their services refuse."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import DjangoAssertNumQueries

from sas.directory import territory_queries as queries
from sas.directory.models import Coverage, Territory, TerritoryState
from sas.directory.territories import (
    Contacts,
    Limits,
    TerritoryRefused,
    change_contacts,
    change_territory,
    contacts_of,
    create_territory,
    limits_of,
    set_state,
    withdraw_state,
)
from sas.directory.territory_rules import code_of, opened_on, standing_on, why_not_state
from sas.web.models import AuditLine
from tests.factories import directory as make

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
TODAY = AT.date()
BY: dict[str, Any] = {"by": "compte 1", "at": AT}
OPEN, PLANNED, SUSPENDED = Territory.State.OPEN, Territory.State.PLANNED, Territory.State.SUSPENDED


def created(code: str = "SAS-59", **limits: Any) -> Territory:
    given = {"label": "SAS du Nord", "departments": ["59"]} | limits
    return create_territory(code=code, limits=Limits(**given), since=date(2022, 1, 1), **BY)


def refusal(act: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(TerritoryRefused) as refused:
        act(**given)
    return refused.value.errors


@pytest.mark.parametrize("text", ["SAS-59", " sas-59 ", "sas 59"])
def test_a_code_is_read_as_people_write_it(text: str) -> None:
    assert code_of(text) == "SAS-59"


@pytest.mark.parametrize("text", ["59", "SAS-", "SAS59", "SAS-é", "SAS-" + "9" * 20, ""])
def test_what_is_no_code_is_none(text: str) -> None:
    assert code_of(text) is None


def test_a_territory_is_made_with_its_history_and_audited(db: None) -> None:
    limits = Limits("SAS  du Nord", ["59"], default_radius_km=10, maximum_radius_km=60, pdsa_saturday=None)
    contacts = Contacts(support_email="sas59@example.org", support_phone="03 20 00 00 15")
    made = create_territory(code="sas-59", limits=limits, contacts=contacts, state=OPEN, since=date(2022, 4, 1), **BY)
    assert (made.code, made.label, made.support_phone) == ("SAS-59", "SAS du Nord", "+33320000015")
    assert queries.state_on(made, date(2022, 3, 31)) == PLANNED
    assert queries.state_on(made, date(2022, 4, 1)) == OPEN
    assert queries.opening_day(made) == date(2022, 4, 1)
    line = AuditLine.objects.get(act="create_territory")
    assert (line.target, line.actor) == ("territoire SAS-59", "compte 1")
    assert (line.after or {})["departments"] == ["59"]
    assert (line.after or {})["pdsa_evening"] == "20:00"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"label": " "}, "label"),
        ({"departments": []}, "departments"),
        ({"departments": ["59", "00"]}, "departments"),
        ({"communes": ["59000"]}, "communes"),
        ({"timezone": "Europe/Lille"}, "timezone"),
        ({"default_radius_km": 0}, "default_radius_km"),
        ({"maximum_radius_km": 501}, "maximum_radius_km"),
        ({"default_radius_km": 30, "maximum_radius_km": 20}, "maximum_radius_km"),
        ({"pdsa_evening": time(8)}, "pdsa_evening"),
    ],
)
def test_wrong_limits_are_refused_beside_their_field(db: None, given: dict[str, Any], field: str) -> None:
    errors = refusal(created, **given)
    assert list(errors) == [field]
    assert errors[field].endswith(".") or errors[field].endswith("…")
    assert not Territory.objects.exists()


def test_a_code_is_given_once(db: None) -> None:
    created()
    assert "existe déjà" in refusal(created, departments=["62"])["code"]
    assert "SAS-59" in refusal(created, code="59")["code"]


def test_an_area_answers_to_one_territory(db: None) -> None:
    created()
    errors = refusal(created, code="SAS-62", departments=["59", "62"])
    assert errors["departments"] == "Nord (59) est déjà dans SAS du Nord (SAS-59). Retirez-le d’abord de là."
    assert not Territory.objects.filter(code="SAS-62").exists()
    created(code="SAS-62", departments=["62"], communes=["59350"])
    errors = refusal(created, code="SAS-80", departments=["80"], communes=["59350"])
    assert "Lille (59)" in errors["communes"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Coverage.objects.create(territory=Territory.objects.get(code="SAS-59"), area="59350")


def test_a_commune_of_its_own_wins_over_its_department(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    north = created()
    pas = created(code="SAS-62", departments=["62"], communes=["59350", "75111"])
    with django_assert_num_queries(1):
        assert queries.territory_of("59350", "59") == pas
    assert queries.territory_of("59512", "59") == north
    assert queries.territory_of("75056", "75") == pas
    assert queries.territory_of("13055", "13") is None
    with django_assert_num_queries(1):
        known = queries.coverage_map()
    assert [known.of("59350", "59"), known.of("59512", "59"), known.of("13055", "13")] == [pas.pk, north.pk, None]
    with django_assert_num_queries(1):
        found = queries.territories_of([("59350", "59"), ("59512", "59"), ("13055", "13")])
    assert found == {("59350", "59"): pas, ("59512", "59"): north}


def test_a_change_keeps_who_had_changed_what_meanwhile(db: None) -> None:
    made = created()
    changed = change_territory(
        territory=made, limits=Limits("SAS du Nord", ["59", "62"], ioa_open=True), version=1, **BY
    )
    assert (changed.version, changed.ioa_open, limits_of(changed).departments) == (2, True, ("59", "62"))
    line = AuditLine.objects.get(act="change_territory")
    assert line.before == {"departments": ["59"], "ioa_open": False}
    assert line.after == {"departments": ["59", "62"], "ioa_open": True}
    for act, said in ((change_territory, {"limits": limits_of(made)}), (change_contacts, {"contacts": Contacts()})):
        errors = refusal(act, territory=made, version=1, **said, **BY)
        assert "Quelqu’un d’autre" in errors[""]


def test_nothing_changed_is_nothing_written(db: None) -> None:
    made = created()
    change_territory(territory=made, limits=limits_of(made), version=1, **BY)
    change_contacts(territory=made, contacts=contacts_of(made), version=1, **BY)
    assert AuditLine.objects.count() == 1
    assert Territory.objects.get().version == 1


def test_contacts_are_checked_and_audited(db: None) -> None:
    made = created()
    errors = refusal(
        change_contacts,
        territory=made,
        contacts=Contacts(
            support_email="sas",
            ars_phone="12",
            cpam_name="x" * 201,
            call_before_booking="perhaps",
            out_of_hours="x" * 1001,
        ),
        version=1,
        **BY,
    )
    assert set(errors) == {"support_email", "ars_phone", "cpam_name", "call_before_booking", "out_of_hours"}
    change_contacts(territory=made, contacts=Contacts(call_before_booking="always"), version=1, **BY)
    assert AuditLine.objects.get(act="change_territory_contacts").after == {"call_before_booking": "always"}


def test_a_state_begins_today_or_later_and_the_past_is_not_edited(db: None) -> None:
    made = created()
    assert "passée" in refusal(set_state, territory=made, state=OPEN, starts_on=TODAY - timedelta(1), **BY)["starts_on"]
    set_state(territory=made, state=OPEN, starts_on=TODAY + timedelta(30), **BY)
    standing = queries.standings([made], AT)[made.pk]
    assert (standing.state, standing.next_state, standing.next_on) == ("planned", "open", TODAY + timedelta(30))
    again = refusal(set_state, territory=made, state=OPEN, starts_on=TODAY + timedelta(10), **BY)
    assert "retirez-le d’abord" in again["starts_on"]
    withdraw_state(territory=made, starts_on=TODAY + timedelta(30), **BY)
    set_state(territory=made, state=OPEN, starts_on=TODAY, **BY)
    assert "a commencé" in refusal(withdraw_state, territory=made, starts_on=TODAY, **BY)[""]
    assert "rechargez" in refusal(withdraw_state, territory=made, starts_on=TODAY - timedelta(9), **BY)[""]
    acts = list(AuditLine.objects.order_by("pk").values_list("act", flat=True))
    assert acts == ["create_territory", "set_territory_state", "withdraw_territory_state", "set_territory_state"]


def test_a_state_begins_on_the_territory_s_own_day(db: None) -> None:
    late = datetime(2026, 11, 23, 21, tzinfo=UTC)  # already the 24th in La Réunion
    reunion = created(code="SAS-974", departments=["974"], timezone="Indian/Reunion")
    errors = refusal(set_state, territory=reunion, state=OPEN, starts_on=date(2026, 11, 23), by="x", at=late)
    assert "passée" in errors["starts_on"]
    set_state(territory=reunion, state=OPEN, starts_on=date(2026, 11, 24), by="x", at=late)
    assert queries.standings([reunion], late)[reunion.pk].state == "open"
    assert queries.standings([reunion], late - timedelta(hours=2))[reunion.pk].state == "planned"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE directory_territorystate SET state = 'suspended'",
        "UPDATE directory_territorystate SET starts_on = '2021-01-01'",
        "DELETE FROM directory_territorystate WHERE state = 'planned'",
        "INSERT INTO directory_territorystate (territory_id, state, starts_on, decided_by, decided_at) "
        "SELECT id, 'suspended', '2022-02-01', 'x', now() FROM directory_territory",
    ],
)
def test_the_database_itself_keeps_the_past(db: None, statement: str) -> None:
    made = created()
    set_state(territory=made, state=OPEN, starts_on=TODAY, **BY)
    with pytest.raises(IntegrityError, match="territory_state"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert TerritoryState.objects.count() == 2


def test_a_sas_that_opened_is_suspended_never_planned_again() -> None:
    dated = [(date(2022, 1, 1), "planned"), (date(2022, 4, 1), "open")]
    assert "ne redevient pas" in str(why_not_state("planned", TODAY, dated=dated, today=TODAY))
    assert "déjà dans cet état" in str(why_not_state("open", TODAY, dated=dated, today=TODAY))
    assert "trop lointaine" in str(why_not_state("suspended", date(2040, 1, 1), dated=dated, today=TODAY))
    assert "pas encore ouvert" in str(why_not_state("suspended", TODAY, dated=dated[:1], today=TODAY))
    assert why_not_state("suspended", TODAY, dated=dated, today=TODAY) is None
    assert why_not_state("open", TODAY, dated=[], today=TODAY) is None


days = some.dates(date(2020, 1, 1), date(2030, 1, 1))
histories = some.dictionaries(days, some.sampled_from(["planned", "open", "suspended"])).map(
    lambda said: sorted(said.items())
)


@given(histories, days)
def test_a_day_has_the_last_state_that_had_begun(dated: list[tuple[date, str]], on: date) -> None:
    standing = standing_on(dated, on)
    if standing.since is None:
        assert standing.state == "planned"
        assert all(day > on for day, _ in dated)
    else:
        assert (standing.since, standing.state) in dated
        assert not any(standing.since < day <= on for day, _ in dated)
    assert standing.next_on is None or standing.next_on > on
    first = opened_on(dated)
    if standing.state == "open":
        assert first is not None
        assert first <= on


def test_zones_and_holidays_are_those_of_what_is_covered(db: None) -> None:
    made = created(code="SAS-971", departments=["971", "977"], communes=["98735"], timezone="America/Guadeloupe")
    assert queries.zones_of(made) == ["America/Guadeloupe", "America/St_Barthelemy", "Pacific/Tahiti"]
    assert queries.regions_of(made) == ["971", "BL", "PF"]
    assert queries.pdsa_hours(made).evening == time(20)


@pytest.mark.parametrize("text", ["SAS-59", "sas 59", "59", "nord", "Nord", "Lille", "59000", "du nord"])
def test_a_territory_is_found_by_number_or_name(db: None, text: str) -> None:
    found = make.territory()
    make.territory(code="SAS-75", label="SAS de Paris")
    assert queries.territories_named(text) == [found]


@pytest.mark.parametrize("text", ["", " ", "x", "zzyzx", "974", "SAS-01", "\x00", "%" * 500])
def test_nothing_is_found_for_what_is_nowhere(db: None, text: str) -> None:
    make.territory()
    assert queries.territories_named(text) == []


@pytest.mark.django_db(transaction=True)
def test_the_migration_keeps_departments_and_openings() -> None:
    executor = MigrationExecutor(connection)
    latest = list(executor.loader.graph.leaf_nodes())
    try:
        executor.migrate([("directory", "0003_territories")])
        old = executor.loader.project_state([("directory", "0003_territories")]).apps.get_model(
            "directory", "Territory"
        )
        day = date(2022, 4, 1)
        old.objects.create(code="SAS-59", label="Nord", departments=["59", "62"], state="open", opened_on=day)
        old.objects.create(code="SAS-80", label="Somme", departments=["80"], state="suspended", opened_on=day)
        old.objects.create(code="SAS-02", label="Aisne", departments=["02", "80"], state="planned")
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(latest)
    assert queries.coverage_map().by_area.keys() == {"59", "62", "80", "02"}
    states = [
        (code, [state for _, state in queries.dated_states([pk]).get(pk, [])])
        for pk, code in Territory.objects.order_by("code").values_list("pk", "code")
    ]
    assert states == [("SAS-02", []), ("SAS-59", ["open"]), ("SAS-80", ["open", "suspended"])]
    assert queries.opening_day(Territory.objects.get(code="SAS-59")) == day
