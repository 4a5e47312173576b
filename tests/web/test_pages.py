"""What every page owes: strict headers, and errors that can be shown when nothing else works."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import BadRequest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from pytest_django import DjangoAssertNumQueries

from config import urls
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.web import readiness
from sas.web.http import public
from sas.web.jobs import defer_many
from sas.web.mail_sending import send_mail

AT = datetime(2026, 1, 5, tzinfo=UTC)


@public
def breaks(request: HttpRequest) -> HttpResponse:
    raise OperationalError("the database is gone")


@public
def misunderstands(request: HttpRequest) -> HttpResponse:
    raise BadRequest


urlpatterns = [
    *urls.urlpatterns,
    path("panne", breaks),
    path("api/panne", breaks),
    path("incomprise", misunderstands),
    path("api/incomprise", misunderstands),
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500

ERRORS = {"/nulle-part": 404, "/panne": 500, "/incomprise": 400}


@pytest.fixture
def calm() -> Client:
    """A browser that is shown the error page."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("where", ERRORS)
@override_settings(ROOT_URLCONF=__name__)
def test_an_error_page_asks_the_database_nothing(
    calm: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries, where: str
) -> None:
    with django_assert_num_queries(0):
        answer = calm.get(where)
    assert answer.status_code == ERRORS[where]
    assert "<h1>" in answer.content.decode()
    assert "Retour à l’accueil" in answer.content.decode()


@pytest.mark.parametrize("where", ["/", "/nulle-part"])
def test_a_browser_with_a_session_gets_the_error_page_when_the_database_is_gone(
    calm: Client, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("the database is gone")

    monkeypatch.setattr(SessionStore, "load", gone)
    calm.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz012345"
    answer = calm.get(where)
    assert answer.status_code in (404, 500)
    assert "Retour à l’accueil" in answer.content.decode()


@pytest.mark.parametrize("where", ERRORS)
@override_settings(ROOT_URLCONF=__name__)
def test_under_api_an_error_is_a_problem(calm: Client, db: None, where: str) -> None:
    answer = calm.get(f"/api{where}")
    assert (answer.status_code, answer["Content-Type"]) == (ERRORS[where], "application/problem+json")
    assert answer.json()["detail"].endswith(".")


@override_settings(ROOT_URLCONF=__name__)
def test_an_error_says_nothing_of_what_broke(calm: Client, db: None) -> None:
    for where in ("/panne", "/api/panne"):
        assert "database" not in calm.get(where).content.decode()


def test_an_address_with_a_nul_leads_nowhere(client: Client, db: None) -> None:
    assert client.get("/agenda/%00/").status_code == 404
    assert client.post("/gestion/territoires/a%00b/").status_code == 404


def test_a_form_sent_to_the_api_without_a_token_is_a_problem(db: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/recherche")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_the_process_is_alive_without_a_database(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"


def test_ready_means_that_the_database_answers_and_is_migrated(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"database": True, "migrations": True}, "worker": False}


def test_a_worker_that_gave_a_sign_of_life_lately_is_told_and_a_silent_one_is_not(client: Client, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        assert client.get("/readyz").json()["worker"] is True
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 seconds'")
    silent = client.get("/readyz")
    assert (silent.status_code, silent.json()["ready"], silent.json()["worker"]) == (200, True, False)


def test_ready_does_not_wait_for_a_backlog(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/readyz")
    with django_assert_num_queries(3) as few:
        client.get("/readyz")
    defer_many(send_mail, [{"mail_id": number} for number in range(500)])
    with django_assert_num_queries(3) as many:
        assert client.get("/readyz").status_code == 200
    assert [query["sql"].split("FROM")[0] for query in few] == [query["sql"].split("FROM")[0] for query in many]


def test_an_unreachable_database_is_not_ready(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(readiness, "MigrationExecutor", unreachable)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": {"database": False, "migrations": False}, "worker": False}


@pytest.mark.parametrize("where", ["/", "/connexion/", "/sas/recherche", "/sas/recherche?loc=Zzyzx", "/nulle-part"])
def test_every_page_has_a_strict_policy_and_only_scripts_with_its_nonce(db: None, where: str) -> None:
    user, _ = create_account(email="x@example.org", roles=[Role.REGULATOR], by="test", at=AT)
    client = Client()
    if where != "/connexion/":
        client.force_login(user)
    answer = client.get(where)
    policy, html = answer["Content-Security-Policy"], answer.content.decode()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    found = re.search(r"script-src [^;]*'nonce-([^']+)'", policy)
    assert found is not None
    scripts = re.findall(r"<script\b[^>]*>", html)
    assert scripts
    assert all(f'nonce="{found[1]}"' in script for script in scripts)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", html)
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_an_address_that_only_takes_forms_says_so_instead_of_an_empty_window(client: Client, db: None) -> None:
    answer = client.get("/deconnexion/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "ne fait que recevoir un formulaire" in answer.content.decode()
