"""The pages as a person and a browser read them."""

import base64
import hashlib
import re
from urllib.parse import urlencode

import requests
from bs4 import BeautifulSoup

from demo.pro_sante_connect.people import person
from demo.pro_sante_connect.running import RunningProvider
from tests.demo.pro_sante_connect.conftest import ZOE, Service

HOSTILE = "<script>alert('x')</script>\"&é"


def opened(response: requests.Response) -> BeautifulSoup:
    """A page, checked for what every page owes: one title, a language, a style that its policy allows, no more."""
    page = BeautifulSoup(response.text, "html.parser")
    policy = dict(rule.split(" ", 1) for rule in response.headers["Content-Security-Policy"].split("; "))
    (style,) = page.find_all("style")
    allowed = base64.b64encode(hashlib.sha256((style.string or "").encode()).digest()).decode()
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == f"'sha256-{allowed}'"
    assert policy["form-action"] == "'self' http://testserver"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert page.find_all(["script", "img", "link", "iframe"]) == []
    assert not re.search(r"\s(on[a-z]+|style)=", response.text.partition("<body>")[2])
    assert len(page.find_all("h1")) == 1
    assert [html["lang"] for html in page.find_all("html")] == ["fr"]
    return page


def labels(page: BeautifulSoup) -> list[str]:
    return [button.get_text(" ", strip=True) for button in page.select("button[name=identite]")]


def test_it_says_that_it_is_not_the_real_one_and_lists_the_people(service: Service) -> None:
    page = opened(service.provider.browser().open(service.journey().url))
    assert [title.get_text() for title in page.find_all("h1")] == ["Bac à sable Pro Santé Connect"]
    assert "Ceci n’est pas Pro Santé Connect" in page.get_text()
    assert labels(page) == ["Zoé DURAND Médecin — 899900000001", "Léa PETIT Médecin — 899900000002"]
    assert page.select("button[name=annuler]")
    assert page.select("input[type=search]") == [], "two people are read at a glance"


def test_names_are_shown_as_they_are_and_do_nothing(provider: RunningProvider, service: Service) -> None:
    provider.people.add(person("8<b>'\"", HOSTILE, HOSTILE, profession=HOSTILE))
    page = opened(provider.browser().open(service.journey().url))
    assert any(HOSTILE in label for label in labels(page))
    assert page.find_all("b") == []
    assert "code=" in provider.sign_in(service.journey().url, "8<b>'\"")


def test_what_a_stranger_writes_is_not_in_the_page(service: Service) -> None:
    for change in ({"client_id": HOSTILE}, {"redirect_uri": HOSTILE}, {"state": HOSTILE}):
        page = opened(service.provider.browser().open(service.journey(**change).url))
        assert "alert(" not in str(page)


def test_the_end_of_a_session_is_a_page_too(service: Service) -> None:
    browser = service.provider.browser()
    browser.sign_in(service.journey().url, ZOE)
    assert "Se déconnecter" in opened(browser.open(service.logout_url())).get_text()
    assert "Se connecter" not in opened(browser.open(service.logout_url(client_id="autre"))).get_text()


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(service: Service) -> None:
    browser = service.provider.browser()
    page = browser.open(service.journey().url)
    key = page.text.partition('name="demande" value="')[2].partition('"')[0]
    chosen = browser.open(f"{service.provider.issuer}/login-actions/authenticate", {"demande": key, "identite": ZOE})
    for answer in (page, chosen):
        cookie = answer.headers["Set-Cookie"]
        assert all(mark in cookie for mark in ("HttpOnly", "SameSite=Lax", "Path=/auth/realms/esante-wallet"))


def test_many_people_are_searched(provider: RunningProvider, service: Service) -> None:
    for rank in range(60):
        provider.people.add(person(f"8998{rank:08d}", f"NOM{rank:03d}", "Élodie" if rank < 3 else "Jean"))
    browser = provider.browser()
    first = opened(browser.open(service.journey().url))
    assert "62 personnes ; les 50 premières sont montrées" in first.get_text()
    assert len(labels(first)) == 50
    (box,) = first.select("input[type=search]")
    assert first.select(f"label[for={box['id']}]")
    key = first.select("input[name=demande]")[0]["value"]

    def found(words: str) -> list[str]:
        address = f"{provider.issuer}/login-actions/authenticate"
        query = urlencode({"demande": key, "recherche": words})
        return labels(opened(browser.open(f"{address}?{query}")))

    assert len(found("elodie MEDECIN")) == 3
    assert found("nom059") == ["Jean NOM059 Médecin — 899800000059"]
    assert found("899800000059") == found("nom059")
    assert found(HOSTILE) == []
    chosen = {"demande": str(key), "identite": "899800000059"}
    assert "code=" in browser.open(f"{provider.issuer}/login-actions/authenticate", chosen).headers["Location"]


def test_a_stale_search_is_refused(service: Service) -> None:
    answer = service.provider.browser().open(f"{service.provider.issuer}/login-actions/authenticate?demande=x")
    assert answer.status_code == 400
    assert "Revenez au service" in opened(answer).get_text()
