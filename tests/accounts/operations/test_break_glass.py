"""Codes of a day: for whom, shown once, used, revoked; always written down."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import BreakGlassCode, User
from sas.accounts.operations import break_glass, services
from sas.accounts.operations.break_glass import codes_seen, national_day
from sas.accounts.operations.services import CodesRefused, make_sheet, revoke_break_glass_codes
from sas.accounts.own.break_glass import use_break_glass_code
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import AuditLine
from tests.accounts.operations.conftest import AT, make_account
from tests.factories import directory as factories

PATH = "/exploitation/secours/"
CODE = re.compile(r"<code>([0-9A-Z-]{19})</code>")


def today() -> str:
    return timezone.localdate().isoformat()


@pytest.fixture
def rita(nord: Territory) -> User:
    return make_account("rita@example.org", (Role.REGULATOR, nord), family_name="Lenoir", given_name="Rita")


def printed(client: Client, **asked: str) -> str:
    answer = client.post(PATH, {"jour": today()} | asked)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_a_sheet_is_shown_once_with_a_code_that_opens(desk: Client, rita: User, admin: User, nord: Territory) -> None:
    text = printed(desk, territoire=nord.code)
    (code,) = CODE.findall(text)
    for said in ("Rita Lenoir", "Régulateur / OSNP (SAS-59)", "/connexion/secours/"):
        assert said in text
    assert "rita@example.org" not in text
    listed = desk.get(PATH).content.decode()
    assert "Rita Lenoir" in listed
    assert code not in listed
    assert "1 à utiliser, 0 utilisé" in listed
    user, refusal = use_break_glass_code(email="rita@example.org", code=code, at=timezone.now())
    assert (user, refusal) == (rita, "")
    assert "0 à utiliser, 1 utilisé" in desk.get(PATH).content.decode()
    made = AuditLine.objects.get(act="make_break_glass_codes")
    assert (made.actor, made.after) == (admin.audit_label, {"accounts": [rita.pk], "revoked": 0})
    assert not AuditLine.objects.filter(after__icontains=code).exists()


def test_only_open_accounts_of_regulation_with_an_address_are_on_the_sheet(
    desk: Client, rita: User, nord: Territory
) -> None:
    ioa_closed = factories.territory(code="SAS-80", label="Somme", departments=["80"], ioa_open=False)
    make_account("closed@example.org", (Role.REGULATOR, nord), is_active=False, closed_for="decision", closed_at=AT)
    make_account("over@example.org", (Role.REGULATOR, nord), expires_on=timezone.localdate() - timedelta(days=1))
    make_account(None, (Role.REGULATOR, nord), national_id="810000000001")
    make_account("effector@example.org", (Role.EFFECTOR, nord))
    make_account("manager@example.org", (Role.ACCOUNT_MANAGER, nord))
    make_account("ioa@example.org", (Role.IOA, ioa_closed))
    make_account("elsewhere@example.org", (Role.REGULATOR, ioa_closed))
    assert len(CODE.findall(printed(desk, territoire=nord.code))) == 1
    assert list(BreakGlassCode.objects.values_list("user", flat=True)) == [rita.pk]
    for email in (
        "closed@example.org",
        "over@example.org",
        "effector@example.org",
        "ioa@example.org",
        "no@example.org",
    ):
        answer = desk.post(PATH, {"jour": today(), "email": email})
        assert answer.status_code == 422
        assert "n’est pas celle d’un compte actif de régulation" in answer.content.decode()
    assert BreakGlassCode.objects.count() == 1


def test_an_ioa_gets_a_code_where_the_search_is_open_to_them(desk: Client) -> None:
    territory = factories.territory(ioa_open=True)
    make_account("ioa@example.org", (Role.IOA, territory))
    assert len(CODE.findall(printed(desk, email="ioa@example.org"))) == 1


def test_one_person_for_tomorrow_replaces_the_code_of_today(desk: Client, rita: User) -> None:
    (first,) = CODE.findall(printed(desk, email="RITA@example.org"))
    tomorrow = timezone.localdate() + timedelta(days=1)
    (second,) = CODE.findall(printed(desk, email="rita@example.org", jour=tomorrow.isoformat()))
    assert first != second
    assert use_break_glass_code(email="rita@example.org", code=first, at=timezone.now())[1] == "used_code"
    assert use_break_glass_code(email="rita@example.org", code=second, at=timezone.now())[1] == "code_of_another_day"
    assert "1 à utiliser, 0 utilisé, 1 annulé" in desk.get(PATH).content.decode()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Choisissez un territoire, ou donnez une seule adresse."),
        ({"territoire": "SAS-59", "email": "rita@example.org"}, "Choisissez un territoire, ou donnez"),
        ({"territoire": "SAS-99"}, "Ce territoire n’existe pas"),
        ({"email": "rita"}, "Cette adresse est mal formée"),
        ({"email": "rita@example.org", "jour": ""}, "Choisissez le jour."),
        ({"email": "rita@example.org", "jour": "2020-01-01"}, "pour aujourd’hui ou pour demain"),
        ({"email": "rita@example.org", "jour": "demain"}, "pour aujourd’hui ou pour demain"),
    ],
)
def test_what_is_asked_wrong_makes_no_code_and_is_kept(
    desk: Client, rita: User, asked: dict[str, str], said: str
) -> None:
    answer = desk.post(PATH, {"jour": today()} | asked)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert "Aucun code n’a été fait" in text
    assert f'value="{asked.get("email", "")}"' in text or "email" not in asked
    assert not BreakGlassCode.objects.exists()


def test_a_territory_without_regulators_is_said(desk: Client, nord: Territory) -> None:
    answer = desk.post(PATH, {"jour": today(), "territoire": nord.code})
    assert answer.status_code == 422
    assert "Aucun compte actif de régulation" in answer.content.decode()


def test_a_sheet_is_bounded(nord: Territory, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (break_glass, services):
        monkeypatch.setattr(module, "MOST", 2)
    for number in range(3):
        make_account(f"r{number}@example.org", (Role.REGULATOR, nord))
    with pytest.raises(CodesRefused, match="Plus de 2 personnes"):
        make_sheet(territory=nord, email="", day=date(2026, 3, 2), by="compte 1", at=AT)
    assert not BreakGlassCode.objects.exists()


def test_a_sheet_costs_the_same_whatever_the_number_of_people(
    nord: Territory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 12):
        for number in range(count):
            make_account(f"r{count}-{number}@example.org", (Role.REGULATOR, nord), (Role.IOA, nord))
        with django_assert_num_queries(9):
            lines = make_sheet(territory=nord, email="", day=date(2026, 3, 2), by="compte 1", at=AT)
    assert len(lines) == 13


def test_one_code_is_revoked_then_the_others_and_used_ones_stay(
    desk: Client, rita: User, admin: User, nord: Territory
) -> None:
    make_account("olga@example.org", (Role.REGULATOR, nord), family_name="Olga")
    make_account("used@example.org", (Role.REGULATOR, nord), family_name="Usée")
    codes = CODE.findall(printed(desk, territoire=nord.code))
    assert use_break_glass_code(email="used@example.org", code=codes[2], at=timezone.now())[1] == ""
    mine = BreakGlassCode.objects.get(user=rita)
    assert "1 code annulé." in desk.post(PATH, {"annuler": mine.pk}, follow=True).content.decode()
    assert use_break_glass_code(email="rita@example.org", code=codes[0], at=timezone.now())[1] == "used_code"
    assert "Rien à annuler" in desk.post(PATH, {"annuler": mine.pk}, follow=True).content.decode()
    assert "1 code annulé." in desk.post(PATH, {"annuler": "tous"}, follow=True).content.decode()
    assert "Rien à annuler" in desk.post(PATH, {"annuler": "' OR 1=1"}, follow=True).content.decode()
    seen = codes_seen(now=timezone.now())
    assert (seen.unused, seen.used, seen.revoked) == (0, 1, 2)
    lines = AuditLine.objects.filter(act="revoke_break_glass_codes").order_by("pk")
    assert [(line.actor, line.target) for line in lines] == [
        (admin.audit_label, rita.audit_label),
        (admin.audit_label, f"compte {User.objects.get(email='olga@example.org').pk}"),
    ]


def test_codes_of_a_day_that_is_over_are_neither_listed_nor_revoked(rita: User) -> None:
    make_sheet(territory=None, email="rita@example.org", day=national_day(AT), by="compte 1", at=AT)
    later = AT + timedelta(days=1)
    assert codes_seen(now=AT).unused == 1
    assert codes_seen(now=later).codes == []
    assert revoke_break_glass_codes(codes=None, by="compte 1", at=later) == 0


def test_the_day_is_that_of_paris() -> None:
    assert national_day(datetime.fromisoformat("2026-03-02T23:30:00+00:00")) == date(2026, 3, 3)


def test_the_list_costs_the_same_whatever_the_number(
    desk: Client, nord: Territory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (1, 9):
        for number in range(count):
            make_account(f"r{count}-{number}@example.org", (Role.REGULATOR, nord))
        printed(desk, territoire=nord.code)
        with django_assert_num_queries(6):
            desk.get(PATH)
