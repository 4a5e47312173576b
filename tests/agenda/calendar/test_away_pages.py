"""Unavailability and pause on screen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from django.http import HttpResponse

from sas.agenda.models import Unavailability
from tests.agenda.calendar.conftest import NOW, Doctor, page
from tests.agenda.calendar.test_offering import open_one
from tests.factories import directory


def declare(doctor: Doctor, **said: object) -> HttpResponse:
    values = {"start": "date", "from_day": "", "from_time": "", "to_day": "", "to_time": "", "place": "partout"} | said
    return cast(HttpResponse, doctor.client.post(f"/indisponibilites/{doctor.key}/", values))


def away(doctor: Doctor) -> str:
    return page(doctor.client.get(f"/indisponibilites/{doctor.key}/"))


def test_days_are_whole_days_where_the_doctor_is(doctor: Doctor) -> None:
    assert declare(doctor, from_day="2026-11-24", to_day="2026-11-25").status_code == 302
    row = Unavailability.objects.get()
    assert (row.starts_at, row.ends_at) == (
        datetime(2026, 11, 23, 23, tzinfo=UTC),
        datetime(2026, 11, 25, 23, tzinfo=UTC),
    )
    assert "Du mardi 24 novembre 2026 au mercredi 25 novembre 2026 inclus" in away(doctor)


def test_what_is_hidden_says_so_in_the_week_and_is_not_erased(doctor: Doctor) -> None:
    open_one(doctor)
    declare(doctor, from_day="2026-11-24", from_time="10:00", to_day="2026-11-24", to_time="11:00")
    shown = page(doctor.get())
    assert "masqué : indisponible" in shown
    row = Unavailability.objects.get()
    doctor.client.post(f"/indisponibilites/{doctor.key}/{row.pk}/retirer/", {"version": row.version})
    assert "masqué" not in page(doctor.get())


def test_from_now_until_further_notice_then_back(doctor: Doctor, clock: Callable[[datetime], None]) -> None:
    declare(doctor, start="maintenant")
    row = Unavailability.objects.get()
    assert (row.starts_at, row.ends_at) == (NOW, None)
    assert "jusqu’à nouvel ordre" in away(doctor)
    clock(NOW + timedelta(hours=1))
    doctor.client.post(f"/indisponibilites/{doctor.key}/{row.pk}/terminer/", {"version": row.version})
    assert "Aucune." in away(doctor)


def test_an_end_before_the_start_is_refused_beside_its_field(doctor: Doctor) -> None:
    answer = declare(doctor, from_day="2026-11-25", to_day="2026-11-24")
    assert answer.status_code == 422
    assert 'value="2026-11-25"' in page(answer)
    assert not Unavailability.objects.exists()


def test_a_date_is_needed_unless_it_is_now(doctor: Doctor) -> None:
    answer = declare(doctor)
    assert answer.status_code == 422
    assert "Donnez le premier jour" in page(answer)


def test_bounds_change_and_a_stale_form_says_who(doctor: Doctor) -> None:
    declare(doctor, from_day="2026-11-24", to_day="2026-11-25")
    row = Unavailability.objects.get()
    path = f"/indisponibilites/{doctor.key}/{row.pk}/"
    assert 'value="2026-11-24"' in page(doctor.client.get(path))
    said = {
        "start": "date",
        "from_day": "2026-11-24",
        "to_day": "2026-11-27",
        "place": "partout",
        "version": row.version,
    }
    assert doctor.client.post(path, said).status_code == 302
    answer = doctor.client.post(path, said)
    assert answer.status_code == 409
    assert "Modifiée par vous, le " in page(answer)


def test_one_that_was_to_come_may_begin_at_once(doctor: Doctor) -> None:
    open_one(doctor)
    declare(doctor, from_day="2026-11-27", to_day="2026-11-28")
    row = Unavailability.objects.get()
    said = {"start": "maintenant", "to_day": "2026-11-28", "place": "partout", "version": row.version}
    assert doctor.client.post(f"/indisponibilites/{doctor.key}/{row.pk}/", said).status_code == 302
    row.refresh_from_db()
    assert row.starts_at == NOW


def test_a_pause_is_one_press_and_so_is_its_end(doctor: Doctor) -> None:
    open_one(doctor)
    answer = doctor.client.post(f"/indisponibilites/{doctor.key}/pause/")
    assert "En pause" in page(doctor.client.get(answer["Location"]))
    answer = doctor.client.post(f"/indisponibilites/{doctor.key}/reprendre/")
    assert "masqué" not in page(doctor.client.get(answer["Location"]))


@pytest.mark.parametrize("elsewhere", ["1", "nom", "https://example.org/", "//example.org", "\x00"])
def test_a_way_back_that_is_none_leads_to_the_week(doctor: Doctor, elsewhere: str) -> None:
    answer = doctor.client.post(f"/indisponibilites/{doctor.key}/pause/", {"next": elsewhere})
    assert (answer.status_code, answer["Location"]) == (302, f"/agenda/{doctor.key}/")


def test_everywhere_by_dates_is_each_place_s_own_days(doctor: Doctor) -> None:
    directory.place(doctor.person, insee="97411", department="974", city="Saint-Denis", timezone="Indian/Reunion")
    declare(doctor, from_day="2026-11-24", to_day="2026-11-24")
    starts = {row.starts_at for row in Unavailability.objects.all()}
    assert starts == {datetime(2026, 11, 23, 23, tzinfo=UTC), datetime(2026, 11, 23, 20, tzinfo=UTC)}
