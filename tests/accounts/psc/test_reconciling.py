"""A card and an invited account become one; or do not, with the same answer for whoever is not to know."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sas.accounts.changes import Change, listen
from sas.accounts.closing import close_account
from sas.accounts.invitations import INVITED, invite
from sas.accounts.models import RoleGrant, SignIn, User
from sas.accounts.permissions import Role
from sas.accounts.psc.reconciling import EXPIRED, NOT_FOUND, TOO_MANY
from sas.web.models import AuditLine
from tests.accounts.psc.conftest import LEA, PAUL, SETTING_UP, ZOE, Clock, Visitor, main_text
from tests.factories import directory

pytestmark = pytest.mark.django_db

PAGE = "/connexion/rattachement/"
TYPED = {"family_name": "Le Gall", "given_name": "Lea", "email": "Lea@Example.org"}


@pytest.fixture
def invited(account_of: Callable[..., User], clock: Clock) -> User:
    """Léa's account, made by an account manager: no card yet."""
    directory.territory()
    user = account_of(None, email="lea@example.org", family_name="Legall", given_name="Léa", territories=["SAS-59"])
    invite(user=user, by="test", at=clock.now)
    return user


@pytest.fixture
def lea(visitor: Visitor, invited: User) -> Visitor:
    """Léa, whose card came back and opens nothing yet."""
    assert visitor.enter(LEA, next="/sas/recherche")["Location"] == PAGE
    return visitor


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What packages above are told."""
    told: list[tuple[str, int]] = []
    monkeypatch.setattr("sas.accounts.changes._LISTENERS", [])
    listen(lambda change, user, at: told.append((str(change), user.pk)))
    return told


def test_the_first_sign_in_attaches_the_card_to_the_invited_account(
    lea: Visitor, invited: User, changes: list[tuple[str, int]]
) -> None:
    answer = lea.client.post(PAGE, TYPED)
    assert (answer.status_code, answer["Location"]) == (302, "/sas/recherche")
    invited.refresh_from_db()
    assert invited.national_id == LEA
    assert lea.user_id == invited.pk
    assert invited.invitations.get().used_at is not None
    assert changes[0] == (str(Change.UPDATED), invited.pk)
    assert (str(Change.SIGNED_IN), invited.pk) in changes
    line = AuditLine.objects.get(act="attach_national_id")
    assert (line.before, line.after) == ({"national_id": None}, {"national_id": LEA, "effector": False})


def test_the_next_sign_in_asks_nothing(lea: Visitor, invited: User) -> None:
    lea.client.post(PAGE, TYPED)
    again = Visitor(lea.provider)
    assert again.enter(LEA)["Location"] == "/"
    assert again.user_id == invited.pk


def test_a_regulator_whom_the_directory_knows_is_an_effector_too(lea: Visitor, invited: User) -> None:
    directory.place(directory.practitioner(national_id=LEA))
    lea.client.post(PAGE, TYPED)
    assert set(RoleGrant.objects.values_list("role", flat=True)) == {"regulator", "effector"}


def test_the_names_of_the_card_are_already_in_the_form(lea: Visitor) -> None:
    page = lea.client.get(PAGE).content.decode()
    assert 'value="LE GALL"' in page
    assert 'value="Léa"' in page


@pytest.mark.parametrize(
    ("typed", "noted"),
    [
        ({"email": "inconnue@example.org"}, "reconciliation_unknown"),
        ({"family_name": "Martin"}, "reconciliation_names"),
        ({"given_name": "Zoé"}, "reconciliation_names"),
    ],
)
def test_an_unknown_address_and_a_wrong_name_get_the_same_answer(
    lea: Visitor, invited: User, typed: dict[str, str], noted: str
) -> None:
    answer = lea.client.post(PAGE, TYPED | typed)
    assert answer.status_code == 422
    assert NOT_FOUND in main_text(answer)
    for value in (TYPED | typed).values():
        assert f'value="{value}"' in answer.content.decode()
    assert "<title>Erreur" in answer.content.decode()
    last = SignIn.objects.order_by("pk").last()
    assert last is not None
    assert (last.refusal, last.national_id) == (noted, LEA)
    invited.refresh_from_db()
    assert (invited.national_id, lea.user_id) == (None, None)


def test_the_card_must_be_that_of_the_account_whatever_is_typed(visitor: Visitor, invited: User) -> None:
    visitor.enter(PAUL)
    answer = visitor.client.post(PAGE, TYPED)
    assert answer.status_code == 422
    assert NOT_FOUND in main_text(answer)
    assert User.objects.get(pk=invited.pk).national_id is None


def test_an_account_that_nobody_invited_is_not_found(visitor: Visitor, account_of: Callable[..., User]) -> None:
    account_of(None, email="lea@example.org", family_name="Le Gall", given_name="Léa")
    visitor.enter(LEA)
    assert NOT_FOUND in main_text(visitor.client.post(PAGE, TYPED))


def test_a_closed_account_is_not_found(lea: Visitor, invited: User) -> None:
    close_account(user=invited, reason=User.ClosedFor.DECISION, **SETTING_UP)
    assert NOT_FOUND in main_text(lea.client.post(PAGE, TYPED))


def test_an_invitation_that_expired_says_to_ask_for_another(lea: Visitor, invited: User, clock: Clock) -> None:
    invited.invitations.update(expires_at=clock.now, created_at=clock.now - timedelta(days=8))
    answer = lea.client.post(PAGE, TYPED)
    assert answer.status_code == 422
    assert EXPIRED in main_text(answer)


def test_an_account_without_a_name_is_attached_by_its_link_only(lea: Visitor, invited: User) -> None:
    User.objects.filter(pk=invited.pk).update(family_name="", given_name="")
    assert NOT_FOUND in main_text(lea.client.post(PAGE, TYPED))
    session = lea.client.session
    session[INVITED] = invited.invitations.get().pk
    session.save()
    assert lea.client.post(PAGE, TYPED).status_code == 302


def test_an_account_of_another_card_says_so_and_changes_nothing(lea: Visitor, invited: User) -> None:
    User.objects.filter(pk=invited.pk).update(national_id=ZOE)
    answer = lea.client.post(PAGE, TYPED)
    assert answer.status_code == 422
    assert "déjà rattaché à une autre carte" in main_text(answer)
    assert User.objects.get(pk=invited.pk).national_id == ZOE


def test_too_many_tries_wait(lea: Visitor, clock: Clock) -> None:
    for number in range(5):
        lea.client.post(PAGE, TYPED | {"email": f"personne{number}@example.org"})
    answer = lea.client.post(PAGE, TYPED)
    assert answer.status_code == 422
    assert TOO_MANY in main_text(answer)
    clock.advance(minutes=16)
    again = Visitor(lea.provider)
    again.enter(LEA)
    assert again.client.post(PAGE, TYPED).status_code == 302


def test_a_card_waits_a_quarter_of_an_hour(lea: Visitor, clock: Clock) -> None:
    clock.advance(minutes=14)
    assert lea.client.get(PAGE).status_code == 200
    clock.advance(minutes=1)
    for answer in (lea.client.get(PAGE), lea.client.post(PAGE, TYPED)):
        assert answer.status_code == 400
        assert "Recommencer" in main_text(answer)


def test_without_a_card_there_is_nothing_to_attach(visitor: Visitor, invited: User) -> None:
    assert visitor.client.get(PAGE).status_code == 400
    assert visitor.client.post(PAGE, TYPED).status_code == 400
    assert User.objects.get(pk=invited.pk).national_id is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "pas une adresse"}, "mal formée"),
        ({"email": ""}, "Donnez l’adresse"),
        ({"family_name": " "}, "Donnez votre nom"),
        ({"given_name": "é" * 101}, "100"),
        ({"family_name": "a\x00b"}, "nul"),
    ],
)
def test_a_form_badly_filled_says_where(lea: Visitor, typed: dict[str, str], said: str) -> None:
    answer = lea.client.post(PAGE, TYPED | typed)
    assert answer.status_code == 422
    assert said in main_text(answer)
    page = answer.content.decode()
    name = next(iter(typed))
    assert f'href="#id_{name}"' in page
    assert 'aria-invalid="true"' in page
    assert f"id_{name}-erreur" in page


def test_fields_that_are_not_of_the_form_change_nothing(lea: Visitor, invited: User) -> None:
    hostile: dict[str, Any] = {"national_id": ZOE, "roles": "national_admin", "is_active": "0", "user": "1"}
    lea.client.post(PAGE, TYPED | hostile)
    invited.refresh_from_db()
    assert (invited.national_id, {str(role) for role in invited.roles}) == (LEA, {"regulator"})


def test_the_other_act_is_not_for_whom_the_directory_does_not_know(lea: Visitor) -> None:
    assert lea.client.post(PAGE, {"act": "effector"}).status_code == 422
    assert not User.objects.filter(national_id=LEA).exists()


class TestAnEffectorWhoIsAlsoInvited:
    """Two accounts for one person become that of the card."""

    @pytest.fixture
    def effector(self, visitor: Visitor, invited: User) -> User:
        """Entered as an effector first."""
        directory.place(directory.practitioner(national_id=LEA))
        visitor.enter(LEA)
        return User.objects.get(national_id=LEA)

    def test_the_invited_roles_join_the_account_of_the_card(
        self, visitor: Visitor, invited: User, effector: User, changes: list[tuple[str, int]]
    ) -> None:
        assert "aussi été invité" in main_text(visitor.client.get(PAGE))
        answer = visitor.client.post(PAGE, TYPED)
        assert (answer.status_code, answer["Location"]) == (302, "/")
        for user in (effector, invited):
            user.refresh_from_db()
        held = set(RoleGrant.objects.filter(user=effector).values_list("role", "territory__code"))
        assert held == {("effector", "SAS-59"), ("regulator", "SAS-59")}
        assert (effector.email, effector.is_active) == ("lea@example.org", True)
        assert (invited.email, invited.is_active, invited.national_id) == (None, False, LEA)
        assert invited.closed_for == "merged"
        assert visitor.user_id == effector.pk
        assert changes == [(str(Change.CLOSED), invited.pk), (str(Change.UPDATED), effector.pk)]
        assert visitor.client.get("/sas/recherche").status_code == 200
        merged = AuditLine.objects.get(act="merge_accounts")
        assert merged.after == {"from": f"compte {invited.pk}", "roles": ["regulator SAS-59"], "email_moved": True}

    def test_an_address_that_the_account_has_stays(self, visitor: Visitor, invited: User, effector: User) -> None:
        User.objects.filter(pk=effector.pk).update(email="cabinet@example.org")
        assert visitor.client.post(PAGE, TYPED).status_code == 302
        for user in (effector, invited):
            user.refresh_from_db()
        assert (effector.email, invited.email) == ("cabinet@example.org", "lea@example.org")

    def test_an_end_date_comes_along(self, visitor: Visitor, invited: User, effector: User, clock: Clock) -> None:
        day = (clock.now + timedelta(days=30)).date()
        User.objects.filter(pk=invited.pk).update(expires_on=day)
        visitor.client.post(PAGE, TYPED)
        effector.refresh_from_db()
        assert effector.expires_on == day

    def test_an_account_that_nobody_invited_gives_nothing_away(
        self, visitor: Visitor, invited: User, effector: User, account_of: Callable[..., User]
    ) -> None:
        account_of(None, email="chef@example.org", roles=[Role.NATIONAL_ADMIN], family_name="Autre", given_name="Léa")
        answer = visitor.client.post(PAGE, TYPED | {"email": "chef@example.org"})
        assert NOT_FOUND in main_text(answer)
        effector.refresh_from_db()
        assert effector.rank == 0
