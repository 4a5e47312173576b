"""The search page that regulation software opens (INT_L01): what is understood, what is said, what is carried on."""

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sas.lrm.models import Lrm
from sas.search.lrm_call import Call
from tests.factories import directory as factories
from tests.factories.orientation import lrm
from tests.search.conftest import Town
from tests.search.reading import PAGE, STREAM, Screen, cards, events

SM54 = "urn:oid:1.2.250.1.213.2.28|SM54"


@pytest.fixture(autouse=True)
def samu(db: None) -> Lrm:
    factories.territory()
    return lrm(origin="TEST-SAMU059")


def called(browser: Client, **sent: Any) -> Any:
    return browser.get(PAGE, {"origin": "TEST-SAMU059"} | sent)


def remarks(answer: Any) -> str:
    found = BeautifulSoup(answer.content, "html.parser").find(id="remarques")
    return found.get_text(" ", strip=True) if found else ""


def title(answer: Any) -> str:
    heading = BeautifulSoup(answer.content, "html.parser").h1
    assert heading is not None
    return heading.get_text(strip=True)


def fields(answer: Any, form: str = "question") -> dict[str, str]:
    """What the form would send again, hidden values chosen in a list included."""
    found = BeautifulSoup(answer.content, "html.parser").find(id=form)
    assert found is not None
    sent = {str(field["name"]): str(field.get("value", "")) for field in found.find_all("input", {"name": True})}
    return sent | {str(field["data-value"]): str(field["data-chosen"]) for field in found.select("[data-chosen]")}


@pytest.mark.parametrize("origin", ["", "test-samu059", "TEST-SAMU999", "TEST-SAMU059 ", "a\x00b", "x" * 300])
def test_an_origin_that_nobody_registered_runs_no_search_and_says_what_to_do(regulator: Client, origin: str) -> None:
    answer = called(regulator, origin=origin, inseecode="59350")
    assert answer.status_code == 403
    assert answer["Cache-Control"] == "no-store"
    page = BeautifulSoup(answer.content, "html.parser")
    assert "n’a pas été lancée" in page.get_text()
    assert page.find("a", href=PAGE) is not None
    assert not page.find_all("article")


def test_pitfall_25_a_software_switched_off_then_on_is_heard_at_once(regulator: Client, samu: Lrm) -> None:
    Lrm.objects.filter(pk=samu.pk).update(is_active=False)
    assert called(regulator, inseecode="59350").status_code == 403
    Lrm.objects.filter(pk=samu.pk).update(is_active=True)
    answer = called(regulator, inseecode="59350")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_a_search_that_a_call_began_stops_when_its_software_is_switched_off(regulator: Client, samu: Lrm) -> None:
    Lrm.objects.filter(pk=samu.pk).update(is_active=False)
    assert called(regulator, text="médecine générale", loc="Lille 59000").status_code == 403


def test_a_minimal_call_searches_general_practice_in_the_commune(regulator: Client) -> None:
    place = factories.place(participates=True)
    answer = called(regulator, inseecode="59350")
    assert answer.status_code == 200
    assert title(answer) == "Médecine générale : Lille (59)"
    assert "ne donne pas de médecin traitant" in remarks(answer)
    assert cards(answer.content.decode()) == [str(place.pk)]


def test_the_code_of_the_commune_wins_over_its_name(regulator: Client) -> None:
    assert title(called(regulator, inseecode="59350", city="Toulouse")).endswith("Lille (59)")


def test_a_postal_code_may_stand_before_the_commune(regulator: Client) -> None:
    assert title(called(regulator, city="31400 Toulouse")).startswith("Médecine générale : ")
    assert "Toulouse" in title(called(regulator, city="31400 Toulouse"))


@pytest.mark.parametrize(("insee", "city"), [("75101", "Paris"), ("69383", "Lyon"), ("13201", "Marseille")])
def test_an_arrondissement_is_in_its_city(regulator: Client, insee: str, city: str) -> None:
    answer = called(regulator, inseecode=insee)
    assert answer.status_code == 200
    assert city in title(answer)


@pytest.mark.parametrize("insee", ["75001", "99999999", "Lille"])
def test_pitfall_24_an_unknown_commune_code_falls_back_to_a_good_city_and_says_so(
    regulator: Client, insee: str
) -> None:
    answer = called(regulator, inseecode=insee, city="Lille", streetname="rue Nationale", streetnumber="12")
    assert answer.status_code == 200
    assert title(answer).endswith("Lille (59)")
    assert f"Code de commune reçu inconnu (« {insee} »" in remarks(answer)
    assert "part de Lille (59)" in remarks(answer)


def test_without_the_address_service_the_street_is_said_to_be_approximate(regulator: Client) -> None:
    answer = called(regulator, inseecode="59350", streetname="rue Nationale", streetnumber="12")
    assert "Adresse exacte indisponible : recherche autour de Lille (59)" in remarks(answer)


@pytest.mark.parametrize("sent", [{}, {"inseecode": "99999"}, {"streetname": "rue Nationale", "streetnumber": "12"}])
def test_a_call_without_a_place_keeps_the_rest_in_the_form(regulator: Client, sent: dict[str, str]) -> None:
    answer = called(regulator, specialty="cardiologie", practitioner="Elina Mary", **sent)
    assert answer.status_code == 422
    kept = fields(answer)
    assert (kept["text"], kept["mt"], kept["origin"]) == (
        "Cardiologie et maladies vasculaires",
        "Elina Mary",
        "TEST-SAMU059",
    )
    assert kept["loc"] == ("12 rue Nationale" if "streetname" in sent else "")
    assert regulator.get(PAGE, kept | {"loc": "Lille 59000"}).status_code == 200


def test_a_commune_that_bears_the_name_of_others_is_asked_for_with_the_rest_kept(regulator: Client) -> None:
    answer = called(regulator, city="Saint-Denis", practitioner="Elina Mary")
    assert answer.status_code == 422
    links = [str(link["href"]) for link in BeautifulSoup(answer.content, "html.parser").select("#question-error a")]
    assert links
    assert all("origin=TEST-SAMU059" in link and "mt=Elina+Mary" in link for link in links)
    assert regulator.get(links[0]).status_code == 200


def test_a_number_without_a_street_is_set_aside_and_said(regulator: Client) -> None:
    answer = called(regulator, inseecode="59350", streetnumber="12")
    assert answer.status_code == 200
    assert "Numéro de rue reçu sans nom de rue" in remarks(answer)


@pytest.mark.parametrize(
    ("sent", "label"),
    [
        (SM54, "Médecine générale"),
        ("urn:oid:1.2.250.1.71.1.2.7|40", "Chirurgien-dentiste"),
        ("Consultation de médecine générale", "Médecine générale"),
        ("cardiologie", "Cardiologie et maladies vasculaires"),
    ],
)
def test_a_specialty_is_understood_by_its_code_or_its_words(regulator: Client, sent: str, label: str) -> None:
    answer = called(regulator, inseecode="59350", specialty=sent)
    assert title(answer).casefold().startswith(label.casefold())
    assert "Spécialité" not in remarks(answer)


@pytest.mark.parametrize(
    "sent", ["urn:oid:1.2.250.1.213.2.28|XXXX", "urn:oid:1.2.250.1.213.2.28|SM999", "urn:oid:1.2.250.1.213.2.28", "zzz"]
)
def test_a_specialty_that_is_unknown_becomes_general_practice_and_is_said(regulator: Client, sent: str) -> None:
    answer = called(regulator, inseecode="69383", specialty=sent)
    assert answer.status_code == 200
    assert title(answer).startswith("Médecine générale")
    assert "la recherche porte sur la médecine générale" in remarks(answer)


def test_every_link_of_the_page_and_its_forms_carry_the_origin(regulator: Client) -> None:
    factories.place(participates=True)
    answer = called(regulator, inseecode="59350", vue="carte")
    page = BeautifulSoup(answer.content, "html.parser")
    main = page.find("main")
    assert main is not None
    links = [str(link["href"]) for link in main.find_all("a", href=True) if str(link["href"]).startswith("/sas/")]
    assert len(links) > 3
    assert [link for link in links if "origin=TEST-SAMU059" not in link] == []
    live = page.find(id="recherche")
    assert live is not None
    assert "origin=TEST-SAMU059" in str(live["sse-connect"])
    forms = [form for form in main.find_all("form") if str(form.get("action", "")).startswith("/sas/recherche")]
    assert len(forms) == 3
    assert all(form.find("input", {"name": "origin", "value": "TEST-SAMU059"}) for form in forms)


def test_without_a_script_the_complete_page_says_the_remarks_again(regulator: Client) -> None:
    answer = called(regulator, inseecode="99999", city="Lille")
    refresh = BeautifulSoup(answer.content, "html.parser").select_one("noscript meta")
    assert refresh is not None
    complete = regulator.get(str(refresh["content"]).partition("url=")[2])
    assert remarks(complete) == remarks(answer) != ""


def test_an_address_of_a_call_is_not_remembered_by_the_tab(regulator: Client) -> None:
    page = called(regulator, inseecode="59350", streetname="rue du Secret", streetnumber="12").content.decode()
    form = BeautifulSoup(page, "html.parser").find(id="question")
    assert form is not None
    assert form["data-recent-where"] == "Lille (59)"
    assert "Secret" not in page.replace("streetname=rue+du+Secret", "")


def test_the_stream_of_a_call_follows_the_page(town: Town, regulator: Client) -> None:
    factories.territory(code="SAS-62", departments=["62"])
    doctor = town.doctor(town.editor("Alpha"))
    town.open()
    lrm(origin="TEST-SAMU062", territory="SAS-62")
    page = regulator.get(PAGE, {"origin": "TEST-SAMU062", "inseecode": "59350"}).content.decode()
    live = BeautifulSoup(page, "html.parser").find(id="recherche")
    assert live is not None
    assert str(live["sse-connect"]).startswith(STREAM)
    screen = Screen(page)
    assert screen.follow(events(regulator.get(str(live["sse-connect"]))))[-1] == "fin"
    assert list(screen.cards) == [str(doctor.pk)]


def test_a_search_without_a_call_asks_the_database_nothing_more(regulator: Client) -> None:
    asked = {"text": "médecine générale", "loc": "Lille 59000"}
    regulator.get(PAGE, asked)
    with CaptureQueriesContext(connection) as typed:
        regulator.get(PAGE, asked)
    assert not [query for query in typed.captured_queries if "lrm_lrm" in query["sql"]]
    with CaptureQueriesContext(connection) as by_call:
        regulator.get(PAGE, asked | {"origin": "TEST-SAMU059"})
    assert len(by_call) == len(typed) + 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(
            sorted(
                set(Call.__slots__)
                | {
                    "practitioner",
                    "specialty",
                    "streetname",
                    "streetnumber",
                    "city",
                    "inseecode",
                    "lieu",
                    "mt",
                    "mtid",
                    "suite",
                    "quoi",
                }
            )
        ),
        st.text(max_size=60),
    )
)
def test_no_call_whatever_makes_a_page_of_error(regulator: Client, sent: dict[str, str]) -> None:
    assert called(regulator, **(sent | {"origin": "TEST-SAMU059"})).status_code in (200, 400, 422)
