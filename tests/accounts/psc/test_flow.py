"""Who enters with a card, as what, and what is written down (platform.md §2.1–2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from sas.accounts.closing import close_account
from sas.accounts.entering import ENTERED_AT, METHOD
from sas.accounts.invitations import INVITED, invite
from sas.accounts.models import RoleGrant, SignIn, User
from sas.accounts.permissions import Role
from sas.web.models import AuditLine
from tests.accounts.psc.conftest import LEA, PAUL, SETTING_UP, ZOE, Clock, Visitor, main_text
from tests.factories import directory

pytestmark = pytest.mark.django_db

RECONCILE = "/connexion/rattachement/"
ENTERING = 32
"""Queries of the return of somebody known: most are the session's, taken, renumbered and saved, and savepoints."""


def known_to_directory(national_id: str = ZOE, **given: Any) -> None:
    directory.place(directory.practitioner(national_id=national_id, family_name="DURAND", given_name="Zoé"), **given)


def roles_of(user: User) -> set[tuple[str, str | None]]:
    return set(RoleGrant.objects.filter(user=user).values_list("role", "territory__code"))


def test_a_known_card_opens_its_account(visitor: Visitor, account_of: Callable[..., User], clock: Clock) -> None:
    zoe = account_of()
    assert visitor.enter()["Location"] == "/"
    assert visitor.user_id == zoe.pk
    assert visitor.client.session[METHOD] == "psc"
    assert visitor.client.session[ENTERED_AT] == clock.now.isoformat()
    assert SignIn.objects.values("user", "method", "refusal").get() == {
        "user": zoe.pk,
        "method": "psc",
        "refusal": "",
    }


def test_the_return_of_somebody_known_costs_the_same_whatever_they_may_do(
    visitor: Visitor, account_of: Callable[..., User], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    zoe = account_of()
    costs = []
    for rank in range(2):
        visitor.enter()
        visitor.client.post("/deconnexion/")
        back = visitor.back_from(visitor.ask())
        with django_assert_max_num_queries(ENTERING) as queries:
            visitor.client.get(back)
        costs.append(len(queries))
        for code in ("SAS-59", "SAS-62", "SAS-80") if rank == 0 else ():
            territory = directory.territory(code=code)
            RoleGrant.objects.create(user=zoe, role="regulator", territory=territory)
    assert costs[0] == costs[1]


@pytest.mark.parametrize("national_id", [ZOE, PAUL])
def test_a_card_of_any_kind_opens_its_account(
    visitor: Visitor, account_of: Callable[..., User], national_id: str
) -> None:
    user = account_of(national_id)
    visitor.enter(national_id)
    assert visitor.user_id == user.pk


def test_a_closed_account_stays_closed_and_says_whom_to_ask(visitor: Visitor, account_of: Callable[..., User]) -> None:
    directory.territory(support_email="sas59@example.org")
    known_to_directory()
    close_account(user=account_of(), reason=User.ClosedFor.DECISION, **SETTING_UP)
    answer = visitor.enter()
    assert answer.status_code == 403
    assert "Compte désactivé" in main_text(answer)
    assert "sas59@example.org" in main_text(answer)
    assert SignIn.objects.get().refusal == "closed"
    assert (visitor.user_id, User.objects.count()) == (None, 1)
    assert visitor.client.post(RECONCILE, {"act": "effector"}).status_code == 422
    assert User.objects.count() == 1


def test_an_account_past_its_last_day_is_closed_at_the_door(
    visitor: Visitor, account_of: Callable[..., User], clock: Clock
) -> None:
    zoe = account_of()
    User.objects.filter(pk=zoe.pk).update(expires_on=(clock.now - timedelta(days=2)).date())
    assert visitor.enter().status_code == 403
    zoe.refresh_from_db()
    assert (zoe.is_active, zoe.closed_for) == (False, "expired")


def test_an_effector_enters_without_any_prior_account(visitor: Visitor) -> None:
    directory.territory()
    known_to_directory()
    assert visitor.enter()["Location"] == "/"
    zoe = User.objects.get(national_id=ZOE)
    assert (zoe.email, zoe.family_name, zoe.given_name) == ("zoe@example.org", "DURAND", "Zoé")
    assert not zoe.has_usable_password()
    assert roles_of(zoe) == {("effector", "SAS-59")}
    assert visitor.user_id == zoe.pk
    made = AuditLine.objects.get(act="create_account")
    assert made.after == {"roles": ["effector"], "territories": ["SAS-59"], "made": True}


def test_an_effector_of_a_place_that_no_sas_covers_has_no_territory(visitor: Visitor) -> None:
    known_to_directory()
    visitor.enter()
    assert roles_of(User.objects.get()) == {("effector", None)}


def test_an_address_that_is_somebody_else_s_is_left_to_them(visitor: Visitor, account_of: Callable[..., User]) -> None:
    other = account_of(LEA, email="ZOE@example.org", family_name="Autre", given_name="Personne")
    known_to_directory()
    visitor.enter()
    assert User.objects.get(national_id=ZOE).email is None
    other.refresh_from_db()
    assert (other.email, other.national_id) == ("zoe@example.org", LEA)


def test_a_professional_who_practises_nowhere_any_more_is_not_an_effector(visitor: Visitor) -> None:
    known_to_directory(ended_on="2026-01-01")
    assert visitor.enter()["Location"] == RECONCILE
    assert User.objects.count() == 0


def test_a_card_that_nobody_knows_is_told_whom_to_ask(visitor: Visitor) -> None:
    directory.territory(support_email="sas59@example.org")
    assert visitor.enter(PAUL)["Location"] == RECONCILE
    page = visitor.client.get(RECONCILE)
    assert page.status_code == 200
    for said in ("Demander un compte", "SAS du Nord", "sas59@example.org"):
        assert said in main_text(page)
    refused = SignIn.objects.get()
    assert (refused.refusal, refused.national_id, refused.user) == ("unknown_card", PAUL, None)
    assert visitor.user_id is None


@pytest.mark.parametrize(
    ("held", "after", "act"),
    [
        (("Durand", "Zoé"), ("Durand", "Zoé"), None),
        (("Durand Martin", "Zoé"), ("DURAND", "Zoé"), "follow_names"),
        (("", ""), ("DURAND", "Zoé"), "follow_names"),
        (("Martin", "Léa"), ("Martin", "Léa"), "note_other_names"),
    ],
)
def test_names_follow_the_card_when_they_may_be_the_same_person_s(
    visitor: Visitor,
    account_of: Callable[..., User],
    held: tuple[str, str],
    after: tuple[str, str],
    act: str | None,
) -> None:
    zoe = account_of(family_name=held[0], given_name=held[1])
    for _ in range(2):
        visitor.enter()
    zoe.refresh_from_db()
    assert (zoe.family_name, zoe.given_name) == after
    acts = AuditLine.objects.filter(act__in=["follow_names", "note_other_names"]).values_list("act", flat=True)
    assert list(acts) == ([act] if act else [])


def test_the_first_sign_in_uses_the_invitation_up(
    visitor: Visitor, account_of: Callable[..., User], clock: Clock
) -> None:
    zoe = account_of()
    invitation = invite(user=zoe, by="test", at=clock.now)
    visitor.enter()
    invitation.refresh_from_db()
    assert invitation.used_at is not None


def test_whoever_followed_an_invitation_is_asked_about_it_before_becoming_an_effector(
    visitor: Visitor, account_of: Callable[..., User], clock: Clock
) -> None:
    known_to_directory()
    invited = account_of(None, email="regulation@example.org")
    invitation = invite(user=invited, by="test", at=clock.now)
    url = visitor.ask()
    session = visitor.client.session
    session[INVITED] = invitation.pk
    session.save()
    assert visitor.client.get(visitor.back_from(url))["Location"] == RECONCILE
    page = visitor.client.get(RECONCILE)
    assert 'value="regulation@example.org"' in page.content.decode()
    assert "Entrer comme effecteur" in main_text(page)
    answer = visitor.client.post(RECONCILE, {"act": "effector"})
    assert answer["Location"] == "/"
    effector = User.objects.get(national_id=ZOE)
    assert visitor.user_id == effector.pk != invited.pk
    assert roles_of(effector) == {(str(Role.EFFECTOR), None)}


def test_a_known_card_that_followed_another_account_s_invitation_is_led_to_join_them(
    visitor: Visitor, account_of: Callable[..., User], clock: Clock
) -> None:
    zoe = account_of(roles=[Role.EFFECTOR])
    invited = account_of(None, email="regulation@example.org")
    invitation = invite(user=invited, by="test", at=clock.now)
    url = visitor.ask()
    session = visitor.client.session
    session[INVITED] = invitation.pk
    session.save()
    assert visitor.client.get(visitor.back_from(url))["Location"] == RECONCILE
    assert visitor.user_id == zoe.pk
    assert 'value="regulation@example.org"' in visitor.client.get(RECONCILE).content.decode()
