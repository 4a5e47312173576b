"""Operators only, past a recent proof for codes; nothing without its CSRF token; reading writes nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from sas.accounts.models import User
from sas.accounts.navigation import address
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.models import AuditLine
from tests.accounts.operations.conftest import job_in, make_account
from tests.accounts.signing import signed_in_client

READ = ["home", "jobs", "mails", "audit", "break_glass"]
WRITTEN = ["retry_job", "retry_task", "retry_mail", "export_audit", "break_glass"]
OTHERS = sorted(set(Role) - {Role.NATIONAL_ADMIN})


@pytest.mark.parametrize("role", OTHERS)
def test_others_are_refused_everywhere_but_in_their_own_history(nord: Territory, role: Role) -> None:
    client = signed_in_client(make_account("x@example.org", (role, nord)))
    job = job_in("failed")
    answers = [client.get(reverse(f"accounts_operations:{name}")).status_code for name in READ]
    assert set(answers) == {403}
    answers = [client.post(reverse(f"accounts_operations:{name}"), {"tache": job}).status_code for name in WRITTEN]
    assert set(answers) == {403}
    assert client.get("/compte/historique/").status_code == 200


@pytest.mark.parametrize("name", WRITTEN)
def test_a_post_without_its_token_is_refused(admin: User, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = signed_in_client(admin).cookies
    assert client.post(reverse(f"accounts_operations:{name}"), {"nom": "x"}).status_code == 403
    assert not AuditLine.objects.filter(actor=admin.audit_label).exists()


@pytest.mark.parametrize("name", [*READ, "history"])
def test_reading_writes_nothing_and_is_kept_nowhere(desk: Client, name: str) -> None:
    answer = desk.get(reverse(f"accounts_operations:{name}"))
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert not AuditLine.objects.exists()


@pytest.mark.parametrize("name", ["retry_job", "retry_task", "retry_mail", "export_audit"])
def test_what_writes_does_not_answer_a_get(desk: Client, name: str) -> None:
    assert desk.get(reverse(f"accounts_operations:{name}")).status_code == 405


def test_the_header_leads_here() -> None:
    assert address("accounts_operations:home") == "/exploitation/"


def test_codes_ask_for_a_recent_proof(admin: User) -> None:
    client = Client()
    client.force_login(admin)
    session = client.session
    session["sas_second_factor"] = True
    session.save()
    for answer in (client.get("/exploitation/secours/"), client.post("/exploitation/secours/", {"annuler": "tous"})):
        assert answer.status_code == 302
        assert answer["Location"] == "/connexion/confirmer/?next=/exploitation/secours/"
