"""Codes printed for a day when Pro Santé Connect is out."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from sas.accounts.closing import close_account
from sas.accounts.models import BreakGlassCode, SignIn, User
from sas.accounts.own.break_glass import ALPHABET, make_break_glass_codes, use_break_glass_code
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.conftest import SETTING_UP
from tests.factories import directory

HERE = "/connexion/secours/"


def made(user: User, day: date | None = None) -> str:
    day = day or datetime.now(UTC).date()
    [(_, code)] = make_break_glass_codes(users=[user], day=day, by="compte 1", at=datetime.now(UTC))
    return code


def page_of(answer: Any) -> str:
    return re.sub(r'(nonce|value)="[^"]*"', "", answer.content.decode())


def test_a_code_opens_one_session_and_the_person_is_told(by_card: User, client: Client) -> None:
    code = made(by_card)
    typed = code.lower().replace("-", " ")
    answer = client.post(HERE, {"email": "Carte@example.org", "code": typed, "next": "/sas/recherche", "user": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/sas/recherche")
    assert client.session["sas_method"] == "break_glass"
    assert client.get("/sas/recherche").status_code == 200
    assert {"use_break_glass_code", "make_break_glass_codes", "sign_in"} <= set(
        AuditLine.objects.values_list("act", flat=True)
    )
    assert OutgoingMail.objects.get().kind == "security_break_glass_used"
    again = Client().post(HERE, {"email": "carte@example.org", "code": code})
    assert again.status_code == 422
    assert SignIn.objects.latest("pk").refusal == "used_code"


def test_every_refusal_reads_the_same(by_card: User, client: Client) -> None:
    closed, _ = create_account(email="ferme@example.org", roles=[Role.IOA], **SETTING_UP)
    code_of_closed = made(closed)
    close_account(user=closed, reason=User.ClosedFor.DECISION, **SETTING_UP)
    replaced = made(by_card)
    tomorrow = made(by_card, datetime.now(UTC).date() + timedelta(days=2))
    tries = [
        ("personne@example.org", "ABCD-EFGH-JKLM-NPQR"),
        ("carte@example.org", "ABCD-EFGH-JKLM-NPQR"),
        ("ferme@example.org", code_of_closed),
        ("carte@example.org", replaced),
        ("carte@example.org", tomorrow),
        ("ferme@example.org", tomorrow),
    ]
    pages = set()
    for email, code in tries:
        cache.clear()
        answer = client.post(HERE, {"email": email, "code": code})
        assert answer.status_code == 422
        pages.add(page_of(answer))
    assert len(pages) == 1
    assert client.get("/sas/recherche").status_code == 302
    refusals = set(SignIn.objects.values_list("user__email", "refusal"))
    assert refusals == {
        ("carte@example.org", "wrong_code"),
        ("ferme@example.org", "closed"),
        ("carte@example.org", "used_code"),
        ("carte@example.org", "code_of_another_day"),
        ("ferme@example.org", "wrong_code"),
    }


def test_guessing_is_stopped_for_one_address_and_from_one_place(by_card: User, client: Client) -> None:
    for _ in range(5):
        client.post(HERE, {"email": "carte@example.org", "code": "ABCD"})
    answer = client.post(HERE, {"email": "carte@example.org", "code": made(by_card)})
    assert (answer.status_code, "Trop d’essais" in answer.content.decode()) == (422, True)


def test_codes_are_long_unambiguous_and_kept_as_a_digest(by_card: User) -> None:
    code = made(by_card)
    assert re.fullmatch(rf"([{ALPHABET}]{{4}}-){{3}}[{ALPHABET}]{{4}}", code)
    assert len(ALPHABET) ** 16 >= 2**75
    assert not set("0O1I") & set(ALPHABET)
    assert code not in str(BreakGlassCode.objects.values().get())


def test_the_day_is_that_of_the_places_of_the_account(by_card: User) -> None:
    here, there = directory.territory(code="SAS-59"), directory.territory(code="SAS-974", timezone="Indian/Reunion")
    both, _ = create_account(
        email="deux@example.org", roles=[Role.IOA], territories=[here.code, there.code], **SETTING_UP
    )
    day = date(2026, 7, 14)
    for user, begins, ends in (
        (by_card, datetime(2026, 7, 13, 22, tzinfo=UTC), datetime(2026, 7, 14, 22, tzinfo=UTC)),
        (both, datetime(2026, 7, 13, 20, tzinfo=UTC), datetime(2026, 7, 14, 22, tzinfo=UTC)),
    ):
        code = made(user, day)
        held = BreakGlassCode.objects.get(user=user)
        assert (held.valid_from, held.valid_until) == (begins, ends)
        late = use_break_glass_code(email=user.email or "", code=code, at=ends)
        early = use_break_glass_code(email=user.email or "", code=code, at=begins - timedelta(microseconds=1))
        assert late[1] == early[1] == "code_of_another_day"
        assert use_break_glass_code(email=user.email or "", code=code, at=begins) == (user, "")


def test_closed_accounts_get_no_code(by_card: User) -> None:
    close_account(user=by_card, reason=User.ClosedFor.DECISION, **SETTING_UP)
    by_card.refresh_from_db()
    assert make_break_glass_codes(users=[by_card], day=date(2026, 7, 14), **SETTING_UP) == []


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_a_code_never_leads_to_another_site(by_card: User, client: Client, target: str) -> None:
    answer = client.post(HERE, {"email": "carte@example.org", "code": made(by_card), "next": target})
    assert answer["Location"] == "/"
