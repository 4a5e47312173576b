"""The panel of a slot of the SAS agenda: read, held, confirmed once, « plus libre », refused with a way back."""

from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.agenda.absences import declare_unavailability
from sas.agenda.models import Hold, Series, Use
from sas.agenda.services import close_series, open_series
from sas.agenda.sheets import Scope
from sas.agenda.uses import mark_taken
from sas.orientation.models import Orientation
from sas.orientation.rules import UNDO
from tests.accounts.signing import signed_in_client
from tests.factories import directory
from tests.factories import orientation as make
from tests.factories.agenda import AT, BY, TUESDAY, paris, plage, series, sheet, spot, spot_of_structure
from tests.orientation.panels.conftest import Clock
from tests.orientation.panels.reading import BESIDE, SEARCH, fields_of, form_of, press, soup, text_of

EIGHT = paris("2026-11-24 08:00")


def page_of(one: Series) -> str:
    return f"/sas/orientation/agenda/{make.slot_ids(one)[0]}/?{SEARCH}"


def doctor_of_lille() -> Series:
    place = directory.place(
        phone_override="+33612345678", information_override="Sonner au 2e.", overridden_by=BY, overridden_at=AT
    )
    return series(spot(place))


def test_the_panel_says_who_where_when_and_which_number_to_call(client: Client) -> None:
    one = doctor_of_lille()
    said = text_of(client.get(page_of(one)))
    assert one.practitioner
    assert f"Dr Camille {one.practitioner.family_name}" in said
    assert "Médecine générale" in said
    assert "demain 8 h 00" in said
    assert "1 RUE DES LILAS" in said
    assert "06 12 34 56 78" in said
    assert "Sonner au 2e." in said
    assert "Pour le SAS" not in said  # one territory: nothing to choose
    assert "Comment le patient est reçu" not in said  # one modality


def test_reading_the_panel_holds_nothing(client: Client) -> None:
    client.get(page_of(doctor_of_lille()))
    assert not Hold.objects.exists()
    assert not Use.objects.exists()


def test_beside_the_results_the_panel_comes_alone_and_no_browser_keeps_it(client: Client) -> None:
    answer = client.get(page_of(doctor_of_lille()), **BESIDE)
    assert "<html" not in answer.content.decode()
    assert soup(answer).select_one("[data-first]")
    assert (answer["Cache-Control"], "HX-Request" in answer["Vary"]) == ("no-store", True)


def test_from_the_panel_to_the_orientation_and_the_sentence_for_the_patient(client: Client, sender: User) -> None:
    page = client.get(page_of(doctor_of_lille()))
    made = press(client, page, "/confirmer/")
    row = Orientation.objects.get()
    assert (row.regulator, row.state, row.path, row.starts_at) == (sender, "booked", "agenda", EIGHT)
    assert made.redirect_chain[-1][0] == f"/sas/orientations/{row.uuid}/?{SEARCH}"
    said = text_of(made)
    assert "confirmée" in said
    assert "Rendez-vous demain 8 h 00 : Dr Camille" in said
    assert "Téléphone : 03 20 00 00 00." in said  # the patient gets the public number, not that of regulators
    assert "06 12 34 56 78" not in said
    assert "/sas/recherche?" in str(soup(made).select_one("a[data-close]"))


def test_the_same_press_twice_is_one_orientation(client: Client) -> None:
    page = client.get(page_of(plage()))
    assert press(client, page, "/confirmer/").status_code == 200
    assert press(client, page, "/confirmer/").status_code == 200
    assert Orientation.objects.count() == 1
    assert Use.objects.get().taken == 1


def test_the_place_is_kept_while_the_office_is_on_the_phone(client: Client, other: Client) -> None:
    one = doctor_of_lille()
    held = client.post(str(form_of(client.get(page_of(one)), "/tenir/")["action"]), **BESIDE)
    assert "Une place vous est gardée : encore 90 s" in text_of(held)
    theirs = other.get(page_of(one))
    for ending in ("/tenir/", "/confirmer/"):
        answer = press(other, theirs, ending)
        assert answer.status_code == 409
        assert "Un collègue est en train d’y adresser un patient ; libre dans 90 s au plus" in text_of(answer)
    assert press(client, client.get(page_of(one)), "/confirmer/").status_code == 200
    assert not Hold.objects.exists()


def test_without_scripts_a_button_keeps_the_place_and_another_gives_it_up(client: Client) -> None:
    page = client.get(page_of(doctor_of_lille()))
    held = press(client, page, "/tenir/")
    assert Hold.objects.count() == 1
    assert "Une place vous est gardée" in text_of(held)
    form = form_of(held, "/fermer/")
    assert client.post(str(form["action"]))["Location"] == "/sas/recherche?text=m%C3%A9decin&loc=Lille"
    assert not Hold.objects.exists()


def test_a_place_that_is_no_longer_kept_can_be_kept_again(client: Client, clock: Clock) -> None:
    page = client.get(page_of(doctor_of_lille()))
    press(client, page, "/tenir/")
    clock.pass_by(91)
    again = client.get(page_of(Series.objects.get()))
    assert "Garder une place 90 s" in text_of(again)
    assert "Une place vous est gardée" in text_of(press(client, again, "/tenir/"))


def test_a_refused_hold_takes_the_place_of_the_whole_panel(client: Client, other: Client) -> None:
    one = doctor_of_lille()
    press(other, other.get(page_of(one)), "/tenir/")
    action = str(form_of(client.get(page_of(one)), "/tenir/")["action"])
    answer = client.post(action, **BESIDE)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#acte-creneau")
    assert "Revenir aux résultats" in text_of(answer)


def test_a_modality_is_chosen_when_there_are_several(client: Client) -> None:
    page = client.get(page_of(series(modalities=("AMB", "VR"))))
    assert fields_of(form_of(page, "/confirmer/"))["modalite"] == "AMB"
    press(client, page, "/confirmer/", modalite="VR")
    assert Orientation.objects.get().modality == "VR"


def test_a_modality_that_is_not_offered_is_refused_and_the_panel_stays(client: Client) -> None:
    page = client.get(page_of(series()))
    answer = press(client, page, "/confirmer/", modalite="HH")
    assert answer.status_code == 409
    assert "Choisissez une des modalités proposées." in text_of(answer)
    assert form_of(answer, "/confirmer/")
    assert not Orientation.objects.exists()


def test_no_longer_free_said_on_the_phone_leaves_every_page_and_is_undone_for_a_minute(
    client: Client, other: Client, clock: Clock
) -> None:
    one = plage()
    page = client.get(page_of(one))
    answer = press(client, page, "/plus-libre/")
    assert "Plus personne ne le voit" in text_of(answer)
    assert Use.objects.get().taken == 6
    assert "Toutes les places de ce créneau sont prises." in text_of(other.get(page_of(one)))
    assert "Une place" not in text_of(other.get(page_of(one)))
    assert press(client, answer, "/plus-libre/annuler/").status_code == 200
    assert Use.objects.get().taken == 0
    again = press(client, client.get(page_of(one)), "/plus-libre/")
    clock.pass_by(int(UNDO.total_seconds()) + 1)
    late = press(client, again, "/plus-libre/annuler/")
    assert late.status_code == 409
    assert Use.objects.get().taken == 6


def close(one: Series) -> None:
    close_series(series=one, scope=Scope.ALL, on=TUESDAY, version=1, by=BY, at=AT)


def leave(one: Series) -> None:
    of: dict[str, Any] = {"practitioner": one.practitioner, "structure": None, "place_keys": ()}
    declare_unavailability(starts_at=EIGHT, ends_at=None, by=BY, at=AT, **of)


def fill(one: Series) -> None:
    mark_taken(series=one, starts_at=EIGHT, by=BY, at=AT)


@pytest.mark.parametrize(
    ("befalls", "said"),
    [(close, "n’est plus proposé"), (leave, "Indisponibilité déclarée"), (fill, "Toutes les places")],
)
@pytest.mark.parametrize("ending", ["", "/confirmer/", "/tenir/"])
def test_what_cannot_be_any_more_says_so_and_leads_back(client: Client, ending: str, befalls: Any, said: str) -> None:
    one = series()
    address, page = page_of(one), client.get(page_of(one))
    befalls(one)
    answer = press(client, page, ending) if ending else client.get(address)
    assert answer.status_code == 409
    assert said in text_of(answer)
    link = soup(answer).select_one("main a[data-close]")
    assert link
    assert link["href"] == f"/sas/recherche?{SEARCH}"
    assert not Orientation.objects.exists()


def test_what_is_over_says_so(sender: User, clock: Clock) -> None:
    address = page_of(series())
    clock.pass_by(26 * 3600)
    answer = signed_in_client(sender, at=clock.now).get(address)
    assert answer.status_code == 409
    assert "passée" in text_of(answer)


@pytest.mark.parametrize("slot", ["a0-0", "a1-zz", "b1-1", "a99999999999999999999-1", "a1-fffffffffffffff", "é"])
def test_an_address_that_names_no_slot_is_a_refusal_and_never_a_fault(client: Client, slot: str) -> None:
    assert client.get(f"/sas/orientation/agenda/{slot}/").status_code == 409
    assert client.post(f"/sas/orientation/agenda/{slot}/confirmer/").status_code == 409
    for act in ("tenir", "fermer", "plus-libre", "plus-libre/annuler"):
        assert client.post(f"/sas/orientation/agenda/{slot}/{act}/").status_code == 404


def test_a_slot_of_a_structure_names_it_and_its_doctor(client: Client) -> None:
    centre = directory.structure(kind="cds", name="CENTRE DE SANTÉ DES QUAIS", regulation_phone="+33320111111")
    doctor = directory.practitioner(family_name="ZOLA")
    one = open_series(spot=spot_of_structure(centre, doctor), sheet=sheet(), by=BY, at=AT)
    page = client.get(page_of(one))
    assert "CENTRE DE SANTÉ DES QUAIS, Dr Camille ZOLA" in text_of(page)
    assert "03 20 11 11 11" in text_of(page)
    press(client, page, "/confirmer/")
    row = Orientation.objects.get()
    assert (row.structure, row.practitioner, row.category) == (centre, doctor, "CDS")


def test_who_acts_for_two_territories_says_which_the_last_one_first(client: Client, sender: User) -> None:
    other = directory.territory(code="SAS-62", label="SAS du Pas-de-Calais")
    sender.grants.create(role="regulator", territory=other)
    page = client.get(page_of(plage()))
    values = [option["value"] for option in form_of(page, "/confirmer/").select("option")]
    assert len(values) == 2
    press(client, page, "/confirmer/", territoire=str(other.pk))
    assert Orientation.objects.get().territory == other
    again = form_of(client.get(page_of(Series.objects.get())), "/confirmer/")
    assert fields_of(again)["territoire"] == str(other.pk)
