"""The SAS agenda in a real browser: by keyboard alone, in three presses on a phone, without scripts; all accessible."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.agenda.models import Series, Unavailability, Use
from sas.agenda.services import open_series
from sas.agenda.sheets import SeriesSheet, spot_of
from sas.directory.models import Practitioner
from sas.participation.subjects import Standing, Subject, places_of
from tests.browser.conftest import NARROWEST, PASSWORD, PHONE, WIDE, Visit
from tests.browser.test_accessibility import assert_accessible
from tests.browser.town import SETTING_UP
from tests.factories import directory as factories


@pytest.fixture
def doctor(transactional_db: None) -> User:
    """Somebody who practises in Lille."""
    person = factories.practitioner()
    factories.place(person)
    user, _ = create_account(
        email="medecin@example.org",
        roles=[Role.EFFECTOR],
        territories=[factories.territory().code],
        password=PASSWORD,
        given_name="Ada",
        family_name="Exemple",
        **SETTING_UP,
    )
    User.objects.filter(pk=user.pk).update(national_id=person.national_id)
    user.refresh_from_db()
    return user


def agenda(user: User, page: str = "") -> str:
    return f"/agenda/{user.national_id}/{page}"


def offer(user: User, **said: Any) -> Series:
    """Something offered the day after tomorrow, 9 h to 12 h, 6 patients, unless said otherwise."""
    now = timezone.now()
    person = Practitioner.objects.get(national_id=user.national_id)
    subject = Subject(person.national_id, str(person), person, None, Standing.OWN, "test")
    values: dict[str, Any] = {"kind": "band", "capacity": 6, "first_on": now.date() + timedelta(days=2)}
    values |= {"starts_at": time(9), "ends_at": time(12)}
    sheet = SeriesSheet(**(values | said))
    return open_series(spot=spot_of(subject, places_of(subject)[0]), sheet=sheet, by="test", at=now)


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until it is there."""
    for _ in range(120):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} is not reached by {key}")


def test_a_plage_every_other_tuesday_is_made_by_keyboard_alone(visit: Visit, doctor: User) -> None:
    page = visit(agenda(doctor), as_=doctor)
    expect(page.get_by_text("Au clavier")).to_be_visible()
    page.keyboard.press("c")
    page.wait_for_url("**/nouveau/**")
    tab_to(page, page.get_by_label("Aujourd’hui"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Demain")).to_be_checked()
    tab_to(page, page.get_by_label("8 h – 10 h"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_label("Autre horaire")).to_be_checked()
    for field, typed in (("De", "0800A"), ("À", "1200P")):
        tab_to(page, page.get_by_label(field, exact=True))
        page.keyboard.type(typed)
    tab_to(page, page.get_by_label("Patients dans la plage"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("6")
    tab_to(page, page.locator("summary", has_text="Répéter"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Répéter"))
    page.keyboard.type("Une semaine sur 2")
    tab_to(page, page.get_by_label("Mardi", exact=True))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Voir le résumé et les dates"))
    page.keyboard.press("Enter")
    expect(page.locator("#resume")).to_contain_text("chaque mardi, une semaine sur deux, de 8 h à 12 h, 6 patients")
    expect(page.locator("#resume li")).to_have_count(6)
    assert_accessible(page)
    tab_to(page, page.get_by_role("button", name="Ouvrir le créneau").last, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("C’est en ligne")).to_be_visible()
    made = Series.objects.get()
    assert (made.repeat_weeks, made.weekdays, made.capacity) == (2, [1], 6)
    assert (made.starts_at.hour, made.ends_at.hour) == (8, 12)


def test_three_presses_on_a_phone_then_undo(visit: Visit, doctor: User) -> None:
    page = visit("/", as_=doctor, viewport=PHONE)
    assert_accessible(page)
    page.get_by_role("link", name="Ouvrir un créneau").click()
    page.get_by_label("Demain").check()
    page.get_by_label("10 h – 12 h").check()
    save = page.get_by_role("button", name="Ouvrir le créneau").first
    expect(save).to_be_in_viewport()
    save.click()
    expect(page.get_by_text("C’est en ligne")).to_be_visible()
    expect(page.get_by_role("link", name="10 h – 12 h")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Retiré de votre agenda")).to_be_visible()
    expect(page.get_by_role("link", name="10 h – 12 h")).to_have_count(0)


def test_arrows_walk_the_week_enter_opens_and_delete_removes(visit: Visit, doctor: User) -> None:
    offer(doctor)
    day = timezone.now().date() + timedelta(days=2)
    page = visit(agenda(doctor, f"?semaine={day.isocalendar().year}-W{day.isocalendar().week:02}"), as_=doctor)
    block = page.get_by_role("link", name="9 h – 12 h")
    tab_to(page, block)
    page.keyboard.press("ArrowUp")
    expect(block).not_to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(block).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.get_by_role("heading", level=1)).to_have_text("Retirer ce créneau")
    tab_to(page, page.get_by_role("button", name="Retirer"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Retiré de votre agenda")).to_be_visible()


def test_taken_in_one_press_without_a_new_page(visit: Visit, doctor: User) -> None:
    series = offer(doctor)
    page = visit(agenda(doctor, f"jour/{series.first_on}/"), as_=doctor, viewport=PHONE)
    page.evaluate("window.same = true")
    page.get_by_role("button", name="Une place prise").click()
    expect(page.get_by_role("link", name="9 h – 12 h")).to_contain_text("5 places sur 6")
    expect(page.get_by_role("button", name="Annuler")).to_be_visible()
    assert page.evaluate("window.same") is True
    assert_accessible(page)
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("link", name="9 h – 12 h")).to_contain_text("6 places sur 6")
    assert Use.objects.get().taken == 0


def test_everything_works_without_scripts(visit: Visit, doctor: User) -> None:
    page = visit(agenda(doctor, "nouveau/"), as_=doctor, scripts=False)
    page.get_by_label("Demain").check()
    page.get_by_label("De", exact=True).fill("08:00")
    page.get_by_label("À", exact=True).fill("12:00")
    page.get_by_role("button", name="Voir le résumé et les dates").click()
    expect(page.locator("#resume")).to_contain_text("de 8 h à 12 h, 4 patients")
    page.get_by_role("button", name="Ouvrir le créneau").first.click()
    expect(page.get_by_text("C’est en ligne")).to_be_visible()
    page.get_by_role("link", name="Me déclarer indisponible").click()
    page.get_by_label("Dès maintenant").check()
    page.get_by_role("button", name="Déclarer l’indisponibilité").click()
    expect(page.get_by_text("jusqu’à nouvel ordre")).to_be_visible()
    assert Unavailability.objects.count() == 1


PAGES = ["", "nouveau/", "copier/", "compteur/", "jour/{day}/", "serie/{pk}/{day}/", "serie/{pk}/{day}/supprimer/"]


@pytest.mark.parametrize(("viewport", "scheme"), [(WIDE, "light"), (NARROWEST, "dark")], ids=["wide", "narrowest-dark"])
def test_every_page_of_the_agenda_is_accessible(visit: Visit, doctor: User, viewport: Any, scheme: Any) -> None:
    series = offer(doctor, repeat_weeks=1)
    offer(doctor, kind="slot", capacity=1, split_minutes=15)
    page = visit("/", as_=doctor, viewport=viewport, scheme=scheme)
    assert_accessible(page)
    week = series.first_on.isocalendar()
    for path in (*PAGES, f"?semaine={week.year}-W{week.week:02}"):
        page.goto(agenda(doctor, path.format(pk=series.pk, day=series.first_on)))
        assert_accessible(page)
    page.goto(f"/indisponibilites/{doctor.national_id}/")
    assert_accessible(page)
    page.get_by_role("button", name="Déclarer l’indisponibilité").click()
    expect(page.get_by_role("alert")).to_contain_text("À corriger")
    assert_accessible(page)
    page.goto(agenda(doctor, "nouveau/"))
    page.get_by_role("button", name="Ouvrir le créneau").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Choisissez un jour")
    assert_accessible(page)
