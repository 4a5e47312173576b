"""A call survives the sign-in: whoever was not signed in comes back to the very call."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from tests.factories import directory as factories
from tests.factories.orientation import lrm

PASSWORD = "une phrase de passe assez longue"
SENT = {
    "origin": "TEST-SAMU059",
    "practitioner": "urn:oid:1.2.250.1.71.4.2.1|810001233500",
    "specialty": "urn:oid:1.2.250.1.213.2.28|SM54",
    "streetnumber": "61",
    "streetname": "Avenue de l'Été & du 8 mai #1945",
    "city": "Lille",
    "inseecode": "59350",
}
CALL = f"/sas/recherche?{urlencode(SENT)}"


@pytest.fixture(autouse=True)
def samu(db: None, settings: Any) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=False)
    factories.territory()
    lrm(origin="TEST-SAMU059")
    at = datetime(2026, 1, 5, tzinfo=UTC)
    create_account(email="rita@example.org", roles=[Role.REGULATOR], password=PASSWORD, by="test", at=at)


def wanted(answer: Any) -> str:
    """The page that a step keeps for later, as its own address says it."""
    return parse_qs(urlsplit(answer["Location"]).query)["next"][0]


def sign_in(client: Client, where: str) -> Any:
    return client.post("/connexion/", {"login": "rita@example.org", "password": PASSWORD, "next": where})


def test_by_a_password_one_comes_back_to_the_very_call(client: Client) -> None:
    asked = client.get(CALL)
    assert asked["Location"].startswith("/connexion/?next=")
    assert wanted(asked) == CALL
    form = client.get(asked["Location"]).context["wanted"]
    assert form == CALL
    back = sign_in(client, form)
    assert back["Location"] == CALL
    page = client.get(back["Location"])
    assert page.status_code == 200
    assert "Médecine générale : Lille (59)" in page.content.decode()


def test_through_the_terms_of_use_too(client: Client, settings: Any) -> None:
    settings.SAS_TERMS_VERSION = "2026-11"
    assert sign_in(client, CALL)["Location"] == CALL
    gate = client.get(CALL)
    assert gate["Location"].startswith("/conditions/")
    assert wanted(gate) == CALL
    given = {"next": wanted(gate), "accepted": "on", "version": "2026-11"}
    assert client.post("/conditions/", given)["Location"] == CALL


def test_through_the_page_that_asks_for_a_second_factor_too(client: Client, settings: Any) -> None:
    settings.SAS_ENTERING = replace(settings.SAS_ENTERING, second_factor_required=True)
    assert sign_in(client, CALL)["Location"] == CALL
    assert wanted(client.get(CALL)) == CALL


def test_a_call_of_two_thousand_characters_is_kept_whole(client: Client) -> None:
    long = f"{CALL}&{urlencode({'streetname': 'é' * 295})}"
    assert 1_980 < len(long) < 2_048
    asked = client.get(long)
    assert (asked.status_code, wanted(asked)) == (302, long)
    assert sign_in(client, long)["Location"] == long
    assert client.get(long).status_code == 200


def test_a_longer_call_leads_home_after_the_sign_in(client: Client) -> None:
    assert sign_in(client, f"{CALL}&{urlencode({'streetname': 'é' * 600})}")["Location"] == "/"


def test_a_call_too_long_for_any_redirect_is_refused_in_french(client: Client) -> None:
    answer = client.get(CALL + "&" + urlencode({"city": "é" * 9000}))
    assert answer.status_code == 400
    assert "Demande incomprise" in answer.content.decode()


@pytest.mark.parametrize("hostile", ["https://evil.example/sas/recherche?origin=A", "//evil.example/?origin=A"])
def test_a_call_never_leads_to_another_site(client: Client, hostile: str) -> None:
    assert sign_in(client, hostile)["Location"] == "/"
