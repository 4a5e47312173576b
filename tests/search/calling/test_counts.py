"""How many calls came, by software and by form; never what they said."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import HttpResponse, QueryDict
from django.test import Client

from sas.lrm.counting import count_call
from sas.lrm.models import CallCount
from sas.lrm.queries import Calls, calls_since
from sas.search.calling.receiving import received
from sas.search.calling.recording import counted
from tests.factories import directory as factories
from tests.factories.orientation import lrm
from tests.search.conftest import MONDAY
from tests.search.reading import PAGE

ON = MONDAY.date()


@pytest.fixture(autouse=True)
def samu(db: None) -> None:
    factories.territory()
    lrm(origin="TEST-SAMU059")


def call(regulator: Client, **sent: str) -> None:
    regulator.get(PAGE, {"origin": "TEST-SAMU059"} | sent)


def test_each_call_is_counted_by_the_form_of_what_it_sent(regulator: Client) -> None:
    doctor = factories.place(factories.practitioner(family_name="QUENNEHEN"))
    urn = f"urn:oid:1.2.250.1.71.4.2.1|{doctor.national_id}"
    call(regulator, inseecode="59350", streetname="rue Nationale", practitioner=urn)
    call(regulator, inseecode="59350", streetname="rue du Secret", practitioner=urn)
    call(regulator, city="Lille", practitioner="Personne", specialty="cardiologie")
    call(regulator)
    assert calls_since(ON) == [
        Calls("TEST-SAMU059", "search_with_doctor", "insee_street", "normed", "notTransmitted", 2),
        Calls("TEST-SAMU059", "place_to_complete", "notTransmitted", "notTransmitted", "notTransmitted", 1),
        Calls("TEST-SAMU059", "search", "city", "fullText", "fullText", 1),
    ]
    assert calls_since(date(2026, 11, 24)) == []


def test_calls_of_nobody_registered_are_counted_under_one_name(regulator: Client) -> None:
    for origin in ("", "inventé", "TEST-SAMU058", "x" * 500):
        call(regulator, origin=origin, inseecode="59350")
    assert calls_since(ON) == [Calls("", "origin_refused", "insee", "notTransmitted", "notTransmitted", 4)]
    assert CallCount.objects.count() == 1


def test_what_follows_a_call_is_not_another_call(regulator: Client) -> None:
    call(regulator, text="médecine générale", loc="Lille 59000")
    regulator.get(PAGE, {"text": "médecine générale", "loc": "Lille 59000"})
    assert calls_since(date(2026, 1, 1)) == []


def test_a_page_whose_call_cannot_be_counted_is_shown_all_the_same(
    regulator: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("the count is broken")

    monkeypatch.setattr("sas.search.calling.recording.count_call", broken)
    answer = regulator.get(PAGE, {"origin": "TEST-SAMU059", "inseecode": "59350", "streetname": "rue du Secret"})
    assert answer.status_code == 200
    assert "a contextual call was not counted" in caplog.text
    assert "Secret" not in caplog.text


def test_an_anonymous_call_is_not_counted_before_the_sign_in(client: Client) -> None:
    assert client.get(PAGE, {"origin": "TEST-SAMU059", "inseecode": "59350"}).status_code == 302
    assert calls_since(ON) == []


@pytest.mark.parametrize("name", ["outcome", "address", "practitioner", "specialty"])
def test_only_the_known_forms_are_counted(name: str) -> None:
    known = {"outcome": "search", "address": "city", "practitioner": "normed", "specialty": "fullText"}
    with pytest.raises(ValueError, match="rue du Secret"):
        count_call(on=ON, origin="", **(known | {name: "rue du Secret"}))


def test_the_day_of_a_call_is_that_of_the_country() -> None:
    answer, heard = HttpResponse(), received(QueryDict("origin=TEST-SAMU059&inseecode=59350"))
    heard.outcome = "search"
    answer.close = lambda: None  # type: ignore[method-assign]  # the server's own end of a request is not the matter
    counted(answer, heard, at=datetime(2026, 11, 23, 23, 30, tzinfo=UTC))
    assert not CallCount.objects.exists()
    answer.close()
    assert list(CallCount.objects.values_list("on", flat=True)) == [date(2026, 11, 24)]
