"""The home page, the meter, other people's agendas, and how many queries a page costs."""

import re
from datetime import UTC, date, datetime
from typing import Any
from unittest import mock

import pytest

from sas.accounts.models import StructureAttachment
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from tests.accounts.signing import signed_in_client
from tests.agenda.calendar.conftest import NOW, Doctor, page
from tests.agenda.calendar.test_offering import EVERY_OTHER, edited, open_one
from tests.factories import directory


def manager_of(doctor: Doctor) -> Any:
    """The browser of somebody who manages the structure in which this doctor practises."""
    structure = directory.structure(kind="msp")
    directory.place(doctor.person, structure=structure)
    user, _ = create_account(
        email="gestion@example.org", roles=[Role.STRUCTURE_MANAGER], territories=["SAS-59"], by="test", at=NOW,
        family_name="MARTIN", given_name="Ada",
    )  # fmt: skip
    StructureAttachment.objects.create(user=user, structure=structure, attached_at=NOW)
    return signed_in_client(user, at=NOW)


def home(doctor: Doctor) -> str:
    with mock.patch("sas.accounts.landing.views.timezone.now", return_value=NOW):
        return page(doctor.client.get("/"))


def test_the_home_page_shows_the_next_days_and_the_three_acts(doctor: Doctor) -> None:
    assert "Rien de proposé" in home(doctor)
    open_one(doctor)
    shown = home(doctor)
    assert "Vos prochains jours" in shown
    assert "6 places sur 6, plage" in shown
    assert "Ouvrir un créneau" in shown
    assert "Me déclarer indisponible" in shown


def test_one_s_own_agenda_opens_at_once(doctor: Doctor) -> None:
    answer = doctor.client.get("/agenda/")
    assert answer["Location"] == f"/agenda/{doctor.key}/"


def test_a_manager_fills_in_the_agenda_of_a_member_and_reads_for_whom(doctor: Doctor) -> None:
    client = manager_of(doctor)
    assert "structure que vous gérez" in page(client.get("/agenda/")) or client.get("/agenda/").status_code == 302
    shown = page(client.get(f"/agenda/{doctor.key}/"))
    assert f"Vous saisissez pour {doctor.person}" in shown


def test_somebody_who_acts_for_the_doctor_is_named(doctor: Doctor) -> None:
    series = open_one(doctor)
    path = f"serie/{series.pk}/2026-11-24/"
    said = edited(series, capacity="8")
    assert manager_of(doctor).post(f"/agenda/{doctor.key}/{path}", said).status_code == 302
    answer = doctor.post(path, **said)
    assert answer.status_code == 409
    assert "Modifié par Ada MARTIN, le " in page(answer)


def test_the_meter_tells_met_weeks_while_the_rule_stood_and_only_informs_since(doctor: Doctor) -> None:
    shown = page(doctor.get("compteur/"))
    assert "pour information" in shown
    assert "2 h : non remplies" in shown
    open_one(doctor)
    assert "<strong>4 h</strong> proposées cette semaine" in page(doctor.get())


def test_a_public_holiday_is_named_in_its_day(doctor: Doctor) -> None:
    assert "Férié : Noël" in page(doctor.get("?semaine=2026-W52"))


def test_a_week_that_is_no_week_is_this_one(doctor: Doctor) -> None:
    assert "du 23 au 29 novembre 2026" in page(doctor.get("?semaine=2026-W99"))


@pytest.mark.parametrize("path", ["", "jour/2026-11-24/"])
def test_a_page_costs_the_same_queries_whatever_it_holds(
    doctor: Doctor, path: str, django_assert_max_num_queries: Any
) -> None:
    def asked() -> int:
        with django_assert_max_num_queries(20) as counted:
            assert doctor.get(path).status_code == 200
        return len(counted)

    asked()  # the first page of a session also writes that somebody is there
    empty = asked()
    for hour in range(8, 18):
        open_one(doctor, **EVERY_OTHER, starts_at=f"{hour:02}:00", ends_at=f"{hour:02}:30")
    assert asked() == empty


def test_the_swapped_page_is_the_fresh_page(doctor: Doctor) -> None:
    """The forms swap `#agenda` of the page that the redirect leads to: it is that of a page opened afresh."""
    series = open_one(doctor, kind="slot", ends_at="08:15")
    minute = int(datetime(2026, 11, 24, 7, tzinfo=UTC).timestamp()) // 60
    said = {"minute": minute, "next": f"/agenda/{doctor.key}/"}
    path = f"/agenda/{doctor.key}/serie/{series.pk}/2026-11-24/pris/"
    swapped = doctor.client.post(path, said, headers={"HX-Request": "true"}, follow=True)
    fresh = doctor.client.get(swapped.redirect_chain[-1][0])
    assert part(swapped) == part(fresh)


def part(answer: Any) -> str:
    """`#agenda`, without the token of its forms, which is another each time."""

    inside = page(answer).split('<div id="agenda"')[1].split("</main>")[0]
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", inside)


def test_the_week_follows_the_clock_of_its_place(doctor: Doctor) -> None:
    doctor.place.delete()
    directory.place(doctor.person, insee="98735", department="987", city="Papeete", timezone="Pacific/Tahiti")
    assert NOW.date() == date(2026, 11, 23)
    assert "du 16 au 22 novembre 2026" in page(doctor.get())
