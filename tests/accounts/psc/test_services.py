"""What the database holds when two cards, two tabs or two people come at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from sas.accounts.closing import close_account
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc.claims import Card
from sas.accounts.psc.services import (
    CLOSED,
    OTHER_CARD,
    TAKEN,
    attach_national_id,
    create_effector,
    merge_invited,
)
from sas.accounts.services import MALFORMED_ID, AccountRefused
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.psc.conftest import LEA, SETTING_UP, ZOE
from tests.factories import directory

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CARD = Card(subject="x", national_id=ZOE, family_names=("DURAND",), given_names=("Zoé",), email="zoe@example.org")


def both(*acts: Callable[[], object]) -> list[object]:
    """Do these at the same moment, each on its own connection; what each returned or refused."""
    together = threading.Barrier(len(acts), timeout=30)
    answers: list[object] = [None] * len(acts)

    def run(place: int) -> None:
        try:
            together.wait()
            answers[place] = acts[place]()
        except AccountRefused as refused:
            answers[place] = str(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_that_take_one_card_at_once_one_gets_it(account_of: Callable[..., User]) -> None:
    first, second = (account_of(None, email=f"{name}@example.org") for name in ("a", "b"))
    answers = both(
        *(
            lambda user=user: attach_national_id(user=user, national_id=ZOE, by="test", at=AT)
            for user in (first, second)
        )
    )
    assert answers.count(TAKEN) == 1
    assert User.objects.filter(national_id=ZOE, is_active=True).count() == 1
    assert AuditLine.objects.filter(act="attach_national_id").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_first_sign_ins_at_once_one_makes_the_account() -> None:
    directory.place(directory.practitioner(national_id=ZOE))
    answers = both(*[lambda: create_effector(card=CARD, at=AT)] * 2)
    user = User.objects.get()
    assert answers == [user, user]
    assert AuditLine.objects.filter(act="create_account").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_effectors_of_one_address_both_enter() -> None:
    cards = [CARD, Card("y", LEA, ("LE GALL",), ("Léa",), "ZOE@example.org".lower())]
    both(*(lambda card=card: create_effector(card=card, at=AT) for card in cards))
    emails = User.objects.order_by("national_id").values_list("national_id", "email")
    assert {national_id for national_id, _ in emails} == {ZOE, LEA}
    assert sorted(email or "" for _, email in emails) == ["", "zoe@example.org"]


@pytest.mark.django_db
class TestAttaching:
    """One account, one card."""

    def test_again_changes_nothing(self, account_of: Callable[..., User]) -> None:
        user = account_of(None)
        for _ in range(2):
            attach_national_id(user=user, national_id=ZOE, by="test", at=AT)
        assert AuditLine.objects.filter(act="attach_national_id").count() == 1
        assert OutgoingMail.objects.count() == 1

    def test_an_identifier_that_is_none_is_refused(self, account_of: Callable[..., User]) -> None:
        with pytest.raises(AccountRefused) as refused:
            attach_national_id(user=account_of(None), national_id="12", by="test", at=AT)
        assert str(refused.value) == MALFORMED_ID

    def test_a_closed_account_and_one_of_another_card_are_left_alone(self, account_of: Callable[..., User]) -> None:
        closed = account_of(None, email="closed@example.org")
        close_account(user=closed, reason=User.ClosedFor.DECISION, **SETTING_UP)
        other = account_of(LEA, email="other@example.org")
        for user, said in ((closed, CLOSED), (other, OTHER_CARD)):
            with pytest.raises(AccountRefused) as refused:
                attach_national_id(user=user, national_id=ZOE, by="test", at=AT)
            assert str(refused.value) == said
        assert not User.objects.filter(national_id=ZOE).exists()

    def test_the_identifier_of_a_closed_account_may_be_taken(self, account_of: Callable[..., User]) -> None:
        former = account_of(ZOE, email="former@example.org")
        close_account(user=former, reason=User.ClosedFor.DORMANT, **SETTING_UP)
        attached = attach_national_id(user=account_of(None), national_id=ZOE, by="test", at=AT)
        assert attached.national_id == ZOE


@pytest.mark.django_db
def test_accounts_that_are_not_an_invited_one_and_that_of_a_card_do_not_merge(account_of: Callable[..., User]) -> None:
    zoe, lea = account_of(ZOE), account_of(LEA, email="lea@example.org")
    invited = account_of(None, email="invited@example.org", roles=[Role.IOA])
    for into, left in ((zoe, lea), (invited, invited), (invited, zoe)):
        with pytest.raises(AccountRefused):
            merge_invited(into=into, invited=left, by="test", at=AT)
    assert User.objects.filter(is_active=True).count() == 3
    assert AuditLine.objects.filter(act="merge_accounts").count() == 0
