"""One's own sessions: seen, ended one by one or all."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sas.accounts.closing import end_sessions
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.accounts.sessions import device_in_words, sessions_of
from sas.web.models import AuditLine
from tests.accounts.conftest import PASSWORD, SETTING_UP
from tests.accounts.signing import signed_in_client
from tests.factories import directory

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def opened(user: User, agent: str = FIREFOX) -> Client:
    client = signed_in_client(user)
    assert client.get("/compte/", headers={"user-agent": agent}).status_code == 200
    return client


def test_the_page_shows_devices_in_words_and_which_is_this_one(account: User) -> None:
    opened(account)
    page = opened(account, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1").get(
        "/compte/sessions/"
    )
    text = page.content.decode()
    assert "Firefox sur Windows" in text
    assert "Safari sur iPhone" in text
    assert text.count("cette session") == 1
    assert "127.0.0.1" in text


def test_ending_one_closes_it_at_once_and_only_ones_own(account: User, by_card: User) -> None:
    here, there, stranger = opened(account), opened(account), opened(by_card)
    row = UserSession.objects.get(session_key=there.session.session_key)
    others = UserSession.objects.get(session_key=stranger.session.session_key)
    here.post("/compte/sessions/terminer/", {"session": others.pk})
    assert stranger.get("/compte/").status_code == 200
    here.post("/compte/sessions/terminer/", {"session": row.pk})
    assert there.get("/compte/").status_code == 302
    assert AuditLine.objects.filter(act="end_session").count() == 1


@pytest.mark.parametrize("chosen", ["", "x", "-1", "9" * 30, "١", "1 OR 1=1"])
def test_any_number_is_an_answer(account: User, chosen: str) -> None:
    client = opened(account)
    assert client.post("/compte/sessions/terminer/", {"session": chosen}).status_code == 302
    assert client.get("/compte/").status_code == 200


def test_ending_the_others_leaves_this_one(account: User) -> None:
    here, there, elsewhere = (opened(account) for _ in range(3))
    ended = here.post("/compte/sessions/terminer-les-autres/", follow=True)
    assert "2 session(s) fermée(s)" in ended.content.decode()
    assert [client.get("/compte/").status_code for client in (here, there, elsewhere)] == [200, 302, 302]


def test_what_a_change_of_the_account_ended_is_not_shown_as_open(account: User) -> None:
    opened(account)
    end_sessions(account)
    account.refresh_from_db()
    assert sessions_of(account, current_key=None, now=datetime.now(UTC)) == []


def test_expired_sessions_are_not_shown(account: User) -> None:
    opened(account)
    assert len(sessions_of(account, current_key=None, now=datetime.now(UTC))) == 1
    assert sessions_of(account, current_key=None, now=datetime.now(UTC) + timedelta(days=4)) == []


def test_a_session_ended_while_it_answers_is_told_so(account: User) -> None:
    client = opened(account)
    session = client.session
    session["sas_seen_at"] = (datetime.now(UTC) - timedelta(minutes=2)).isoformat()
    session.save()
    Session.objects.filter(pk=session.session_key).delete()
    assert client.get("/compte/").status_code == 302


def test_a_person_of_many_roles_costs_what_one_costs(account: User) -> None:
    def queries(user: User) -> int:
        client = opened(user)
        with CaptureQueriesContext(connection) as seen:
            client.get("/compte/")
        return len(seen)

    codes = [directory.territory(code=f"SAS-{number}").code for number in range(10, 16)]
    many, _ = create_account(
        email="b@example.org", roles=[Role.REGULATOR, Role.IOA], territories=codes, password=PASSWORD, **SETTING_UP
    )
    assert queries(many) == queries(account)


def test_an_effector_reads_which_sas_covers_each_place(by_card: User, account: User) -> None:
    create_account(email="carte@example.org", roles=[Role.EFFECTOR], **SETTING_UP)
    page = signed_in_client(by_card).get("/compte/").content.decode()
    assert "Mes lieux et leurs SAS" in page
    assert "ne connaît pas encore de lieu" in page
    assert "Mes lieux" not in signed_in_client(account).get("/compte/").content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("", "appareil inconnu"),
        ("curl/8", "appareil inconnu"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150 Safari/537.36 Edg/150", "Edge sur Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/150 Mobile Safari/537.36", "Chrome sur Android"),
        ("<script>alert(1)</script>", "appareil inconnu"),
    ],
)
def test_devices_are_said_in_words(agent: str, words: str) -> None:
    assert device_in_words(agent) == words
