"""An invited account that joins that of a card: what its person had accepted goes along."""

from sas.accounts.delegations.queries import delegators_of
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.psc.services import merge_invited
from tests.accounts.delegations.conftest import AT, accepted, account


def test_the_account_of_the_card_acts_where_the_invited_one_did(doctor: User, secretary: User) -> None:
    accepted(doctor, secretary)
    card = account("carte@example.org", Role.EFFECTOR, national_id="899900000042")
    merge_invited(into=card, invited=secretary, by="test", at=AT)
    assert [one.delegator for one in delegators_of(card, AT.date())] == [doctor]
    assert delegators_of(secretary, AT.date()) == []
