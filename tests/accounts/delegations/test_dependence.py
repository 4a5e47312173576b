"""What a delegation depends on: accounts, roles, attachments, the last day; and what people read of it."""

from datetime import date, timedelta

from sas.accounts.closing import close_account, reopen_account
from sas.accounts.delegations.answering import (
    move_delegations,
)
from sas.accounts.delegations.queries import delegation_in_force, delegators_of
from sas.accounts.models import Delegation, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.psc.services import merge_invited
from sas.web.models import OutgoingMail
from tests.accounts.delegations.conftest import (
    AT,
    accepted,
    account,
    mails,
    proposed,
)
from tests.factories import directory as factories

TODAY = AT.date()
LATER = AT + timedelta(hours=1)
AGENDA, SETTINGS = Delegation.Scope.AGENDA, Delegation.Scope.SETTINGS
Side = Delegation.Side


def acts_for(delegate: User, doctor: User, scope: Delegation.Scope = AGENDA, on: date = TODAY) -> bool:
    return delegation_in_force(delegate, delegator=doctor.pk, scope=scope, on=on) is not None


def fresh(user: User) -> User:
    """The account as a new request reads it."""
    return User.objects.get(pk=user.pk)


def test_a_closed_account_ends_what_depends_on_it_at_once_and_a_mistake_is_undone(
    doctor: User, secretary: User
) -> None:
    accepted(doctor, secretary)
    for who in (doctor, secretary):
        close_account(user=who, reason=User.ClosedFor.DECISION, by="x", at=AT)
        assert not acts_for(secretary, doctor)
        reopen_account(user=who, by="x", at=AT)
        assert acts_for(secretary, doctor)


def test_a_lost_role_or_attachment_ends_what_depends_on_it_at_once(doctor: User, chief: User, secretary: User) -> None:
    structure = chief.attachments.get().structure_id
    accepted(doctor, secretary)
    accepted(chief, secretary, structure=structure)
    doctor.grants.all().delete()
    assert not acts_for(secretary, doctor)
    assert delegation_in_force(secretary, structure=structure, scope=AGENDA, on=TODAY)
    StructureAttachment.objects.all().delete()
    assert not delegation_in_force(secretary, structure=structure, scope=AGENDA, on=TODAY)


def test_the_last_day_of_an_account_counts(doctor: User, secretary: User) -> None:
    accepted(doctor, secretary)
    User.objects.filter(pk=secretary.pk).update(expires_on=TODAY + timedelta(days=1))
    assert acts_for(secretary, doctor, on=TODAY + timedelta(days=1))
    assert not acts_for(secretary, doctor, on=TODAY + timedelta(days=2))


def test_two_accounts_made_one_keep_what_was_accepted(doctor: User, secretary: User) -> None:
    kept = account("carte@example.org", Role.EFFECTOR)
    accepted(doctor, secretary)
    own = accepted(kept, secretary)
    assert move_delegations(left=secretary, kept=kept, by="x", at=LATER) == 1
    assert acts_for(kept, doctor)
    own.refresh_from_db()
    assert own.ended_for == "delegate_gone"
    assert Role.DELEGATE in fresh(kept).roles


def test_an_effector_without_address_reads_it_on_the_page(db: None, secretary: User) -> None:
    doctor = account(None, Role.EFFECTOR, national_id="810000000002", may_use_password=False)
    proposed(doctor)
    assert mails() == [("invitation", "secretaire@example.org")]


def test_a_structure_is_said_in_the_e_mail_and_what_is_typed_is_not_html(chief: User) -> None:
    made = factories.structure(name="CDS <b>PARC</b>")
    StructureAttachment.objects.create(user=chief, structure=made, attached_at=AT)
    proposed(chief, structure=made.pk)
    mail = OutgoingMail.objects.get(kind="delegation_invitation")
    assert "&lt;b&gt;PARC" in mail.html
    assert "CDS <b>PARC</b>" in mail.text
    assert "1 septembre 2026" in mail.text


def test_the_account_of_the_card_acts_where_the_invited_one_did(doctor: User, secretary: User) -> None:
    accepted(doctor, secretary)
    card = account("carte@example.org", Role.EFFECTOR, national_id="899900000042")
    merge_invited(into=card, invited=secretary, by="test", at=AT)
    assert [one.delegator for one in delegators_of(card, AT.date())] == [doctor]
    assert delegators_of(secretary, AT.date()) == []
