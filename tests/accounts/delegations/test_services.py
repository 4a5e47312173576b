"""Delegations from the proposal to the end, through the services."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sas.accounts.changes import _LISTENERS, Change, listen
from sas.accounts.delegations.answering import (
    accept_delegation,
    accept_with_new_account,
    confirm_delegation,
    refuse_delegation,
    revoke_delegation,
)
from sas.accounts.delegations.holding import DelegationRefused
from sas.accounts.delegations.queries import acting_label, delegation_in_force, delegators_of
from sas.accounts.delegations.rules import MOST_A_DAY
from sas.accounts.delegations.services import prepare_delegation, propose_delegation, resend_link
from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, token_digest
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.delegations.conftest import (
    AT,
    UNTIL,
    accepted,
    account,
    last_token,
    mails,
    proposal,
    proposed,
    seal,
)

TODAY = AT.date()
LATER = AT + timedelta(hours=1)
AGENDA, SETTINGS = Delegation.Scope.AGENDA, Delegation.Scope.SETTINGS
Side = Delegation.Side


def fresh(user: User) -> User:
    """The account as a new request reads it."""
    return User.objects.get(pk=user.pk)


def acts_for(delegate: User, doctor: User, scope: Delegation.Scope = AGENDA, on: date = TODAY) -> bool:
    return delegation_in_force(delegate, delegator=doctor.pk, scope=scope, on=on) is not None


def test_nobody_is_written_to_without_end_by_renewing(doctor: User) -> None:
    """Each renewal writes to an address that somebody typed: renewals count as proposals do."""
    for minute in range(MOST_A_DAY + 1):
        proposed(doctor, at=AT + timedelta(minutes=minute))
    with pytest.raises(DelegationRefused, match="demain"):
        proposed(doctor, at=LATER)
    assert OutgoingMail.objects.filter(to="secretaire@example.org").count() == MOST_A_DAY + 1
    assert proposed(doctor, at=AT + timedelta(days=2))


def test_a_proposal_writes_to_both_and_starts_nothing(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    assert mails() == [("invitation", "secretaire@example.org"), ("proposed", "medecin@example.org")]
    assert made.token_sha256 == token_digest(last_token())
    assert not acts_for(secretary, doctor)
    assert Role.DELEGATE not in fresh(secretary).roles
    line = AuditLine.objects.get(act="propose_delegation")
    assert (line.actor, line.target) == (doctor.audit_label, doctor.audit_label)
    assert "@" not in str(line.after)


def test_the_delegate_who_accepts_acts_on_what_was_said_and_nothing_else(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    assert acts_for(secretary, doctor)
    assert not acts_for(secretary, doctor, SETTINGS)
    assert acts_for(secretary, doctor, on=UNTIL)
    assert not acts_for(secretary, doctor, on=UNTIL + timedelta(days=1))
    assert not acts_for(doctor, secretary)
    assert fresh(secretary).roles == (Role.DELEGATE, Role.IOA)
    assert mails()[2:] == [("accepted", "medecin@example.org"), ("accepted", "secretaire@example.org")]
    assert acting_label(secretary, made) == f"compte {secretary.pk} pour compte {doctor.pk}"
    assert [row.pk for row in delegators_of(secretary, TODAY)] == [made.pk]
    assert delegators_of(doctor, TODAY) == []


def test_what_is_asked_about_a_structure_is_not_answered_by_a_practice(chief: User, secretary: User) -> None:
    structure = chief.attachments.get().structure_id
    accepted(chief, secretary, structure=structure, scopes=frozenset({"agenda", "settings"}))
    assert delegation_in_force(secretary, structure=structure, scope=SETTINGS, on=TODAY)
    assert not delegation_in_force(secretary, delegator=chief.pk, scope=SETTINGS, on=TODAY)
    assert not delegation_in_force(secretary, structure=structure + 1, scope=SETTINGS, on=TODAY)
    nonsense: tuple[dict[str, int], ...] = ({}, {"delegator": 1, "structure": 1})
    for wrong in nonsense:
        with pytest.raises(ValueError, match="asked about"):
            delegation_in_force(secretary, scope=AGENDA, on=TODAY, **wrong)


def test_the_access_function_asks_one_query(doctor: User, secretary: User, django_assert_num_queries: Any) -> None:
    accepted(doctor, secretary)
    with django_assert_num_queries(1):
        assert acts_for(secretary, doctor)
    with django_assert_num_queries(1):
        assert [str(row.delegator) for row in delegators_of(secretary, TODAY)] == ["Ada Medecin"]


def test_proposing_again_renews_rather_than_doubles(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    again = proposed(
        doctor, "SECRETAIRE@example.org", at=LATER, scopes=frozenset({"settings"}), ends_on=UNTIL + timedelta(days=60)
    )
    assert again.pk == made.pk
    assert Delegation.objects.count() == 1
    assert acts_for(secretary, doctor, SETTINGS, on=UNTIL + timedelta(days=60))
    assert not acts_for(secretary, doctor, AGENDA)
    assert mails()[4:] == [("renewed", "medecin@example.org"), ("renewed", "secretaire@example.org")]
    line = AuditLine.objects.get(act="renew_delegation")
    assert line.before is not None
    assert line.after is not None
    assert (line.before["scopes"], line.after["scopes"]) == (["agenda"], ["settings"])


def test_a_renewal_before_the_answer_replaces_the_link(doctor: User, secretary: User) -> None:
    proposed(doctor)
    old = last_token()
    made = proposed(doctor, at=LATER)
    with pytest.raises(DelegationRefused, match="remplacé"):
        accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), token=old, by="x", at=LATER)
    accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), token=last_token(), by="x", at=LATER)
    assert acts_for(secretary, doctor)


def test_the_database_refuses_two_open_delegations_for_one_person(doctor: User) -> None:
    made = proposed(doctor)
    made.pk, made.token_sha256, made.delegate_email = None, "0" * 64, made.delegate_email.upper()
    with pytest.raises(IntegrityError, match="delegation_open_once_per_person_named"), transaction.atomic():
        made.save(force_insert=True)


def test_after_its_end_the_same_person_is_named_anew(doctor: User, secretary: User) -> None:
    first = accepted(doctor, secretary)
    revoke_delegation(delegation=first.pk, side=Side.DELEGATOR, by="x", at=LATER)
    assert proposed(doctor, at=LATER).pk != first.pk


def test_a_past_delegation_that_the_night_has_not_seen_does_not_stand_in_the_way(doctor: User, secretary: User) -> None:
    first = accepted(doctor, secretary)
    year = AT + timedelta(days=300)
    second = proposed(doctor, at=year, ends_on=year.date() + timedelta(days=30))
    first.refresh_from_db()
    assert (first.pk != second.pk, first.ended_for) == (True, "date")
    assert Role.DELEGATE not in fresh(secretary).roles


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "medecin@example.org"}, "email"),
        ({"email": "pas une adresse"}, "email"),
        ({"family_name": "http://evil.example"}, "family_name"),
        ({"given_name": " "}, "given_name"),
        ({"structure": 10**9}, "target"),
        ({"scopes": frozenset()}, "scopes"),
        ({"ends_on": TODAY}, "ends_on"),
        ({"ends_on": TODAY + timedelta(days=366)}, "ends_on"),
    ],
)
def test_what_the_rules_refuse_writes_nothing(doctor: User, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(DelegationRefused) as refused:
        propose_delegation(delegator=doctor, proposal=proposal(**wrong), by="x", at=AT)
    assert refused.value.field == field
    assert not Delegation.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_delegate_does_not_delegate_in_turn(doctor: User) -> None:
    delegate = account("dora@example.org")
    accepted(doctor, delegate)
    with pytest.raises(DelegationRefused, match="à son tour"):
        proposed(fresh(delegate), "autre@example.org")


def test_nobody_writes_to_the_whole_country(doctor: User) -> None:
    for number in range(20):
        proposed(doctor, f"p{number}@example.org")
    with pytest.raises(DelegationRefused, match="20"):
        proposed(doctor, "encore@example.org")
    proposed(doctor, "p3@example.org", at=LATER)
    for made in Delegation.objects.all():
        revoke_delegation(delegation=made.pk, side=Side.DELEGATOR, by="x", at=LATER)
    with pytest.raises(DelegationRefused, match="demain"):
        proposed(doctor, "encore@example.org", at=LATER)
    proposed(doctor, "encore@example.org", at=AT + timedelta(days=2))


def test_nobody_accepts_in_another_name(doctor: User, secretary: User) -> None:
    other = account("autre@example.org", Role.IOA)
    made = proposed(doctor)
    for token in ("", last_token()):
        with pytest.raises(DelegationRefused, match="quelqu’un d’autre"):
            accept_delegation(delegation=made.pk, user=other, seen=seal(made), token=token, by="x", at=AT)
    made.refresh_from_db()
    assert (made.accepted_at, made.delegate) == (None, None)


def test_an_address_that_nobody_verified_needs_the_link(doctor: User) -> None:
    nurse = account("infirmiere@example.org", Role.EFFECTOR, may_use_password=False, national_id="810000000001")
    made = proposed(doctor, "infirmiere@example.org")
    with pytest.raises(DelegationRefused, match="ouvrez le lien"):
        accept_delegation(delegation=made.pk, user=nurse, seen=seal(made), by="x", at=AT)
    accept_delegation(delegation=made.pk, user=nurse, seen=seal(made), token=last_token(), by="x", at=AT)
    assert acts_for(nurse, doctor)


def test_terms_that_changed_since_they_were_read_are_not_agreed_to(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    with pytest.raises(DelegationRefused, match="modifiée"):
        accept_delegation(delegation=made.pk, user=secretary, seen="2026-01-01:agenda", by="x", at=AT)
    assert not acts_for(secretary, doctor)


def test_a_link_serves_once(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    given: dict[str, Any] = {"delegation": made.pk, "user": secretary, "seen": seal(made), "token": last_token()}
    accept_delegation(**given, by="x", at=AT)
    with pytest.raises(DelegationRefused, match="déjà servi"):
        accept_delegation(**given, by="x", at=LATER)
    with pytest.raises(DelegationRefused, match="déjà servi"):
        refuse_delegation(delegation=made.pk, side=Side.DELEGATE, token=last_token(), by="x", at=LATER)


def test_a_link_expires_and_another_is_sent(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    old, late = last_token(), AT + timedelta(days=7)
    with pytest.raises(DelegationRefused, match="expiré"):
        accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), token=old, by="x", at=late)
    resend_link(delegation=made.pk, by=doctor.audit_label, at=late)
    with pytest.raises(DelegationRefused, match="dix minutes"):
        resend_link(delegation=made.pk, by=doctor.audit_label, at=late)
    assert last_token() != old
    accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), token=last_token(), by="x", at=late)
    with pytest.raises(DelegationRefused, match="déjà acceptée"):
        resend_link(delegation=made.pk, by=doctor.audit_label, at=late + timedelta(hours=1))


def test_somebody_without_an_account_gets_one_that_opens_nothing_else(doctor: User) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    user = accept_with_new_account(
        token=last_token(), password="une phrase très longue à retenir", seen=seal(made), at=AT
    )
    assert (user.email, user.full_name, user.roles) == ("nouvelle@example.org", "Eve Secretaire", (Role.DELEGATE,))
    assert user.check_password("une phrase très longue à retenir")
    assert user.may_use_password
    assert acts_for(user, doctor)
    acts = list(AuditLine.objects.filter(target=user.audit_label).order_by("pk").values_list("act", flat=True))
    assert acts[0] == "create_account"
    assert "grant_role" in acts
    with pytest.raises(DelegationRefused, match="déjà servi"):
        accept_with_new_account(token=last_token(), password="une autre phrase longue", seen=seal(made), at=AT)


def test_a_refused_password_leaves_no_account_and_the_link_still_opens(doctor: User) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    with pytest.raises(AccountRefused, match="court"):
        accept_with_new_account(token=last_token(), password="court", seen=seal(made), at=AT)
    assert not User.objects.filter(email="nouvelle@example.org").exists()
    accept_with_new_account(token=last_token(), password=None, seen=seal(made), at=AT)
    assert not User.objects.get(email="nouvelle@example.org").has_usable_password()


def test_an_account_that_exists_is_never_made_again(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    with pytest.raises(DelegationRefused, match="connectez-vous"):
        accept_with_new_account(token=last_token(), password=None, seen=seal(made), at=AT)


def test_a_refusal_ends_it_and_tells_both(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    assert refuse_delegation(delegation=made.pk, side=Side.DELEGATE, token=last_token(), by="x", at=LATER)
    assert not refuse_delegation(delegation=made.pk, side=Side.DELEGATE, by="x", at=LATER)
    made.refresh_from_db()
    assert (made.ended_by, made.ended_for) == ("delegate", "refused")
    assert mails()[2:] == [("refused", "medecin@example.org"), ("refused", "secretaire@example.org")]
    with pytest.raises(DelegationRefused, match="terminée"):
        accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), by="x", at=LATER)


@pytest.mark.parametrize("side", [Side.DELEGATOR, Side.DELEGATE, Side.MANAGER])
def test_whoever_ends_it_ends_it_at_once(doctor: User, secretary: User, side: Delegation.Side) -> None:
    made = accepted(doctor, secretary)
    assert revoke_delegation(delegation=made.pk, side=side, by="x", at=LATER)
    assert not revoke_delegation(delegation=made.pk, side=side, by="x", at=LATER)
    assert not acts_for(secretary, doctor)
    assert fresh(secretary).roles == (Role.IOA,)
    assert mails()[4:] == [("revoked", "medecin@example.org"), ("revoked", "secretaire@example.org")]
    line = AuditLine.objects.get(act="end_delegation")
    assert line.after is not None
    assert (line.target, line.after["side"]) == (doctor.audit_label, side)


def test_the_role_stays_until_the_last_delegation_ends(doctor: User, chief: User, secretary: User) -> None:
    first = accepted(doctor, secretary)
    second = accepted(chief, secretary, structure=chief.attachments.get().structure_id)
    revoke_delegation(delegation=first.pk, side=Side.DELEGATE, by="x", at=LATER)
    assert Role.DELEGATE in fresh(secretary).roles
    revoke_delegation(delegation=second.pk, side=Side.DELEGATE, by="x", at=LATER)
    assert Role.DELEGATE not in fresh(secretary).roles


def test_listeners_hear_of_the_role(doctor: User, secretary: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sas.accounts.changes._LISTENERS", [*_LISTENERS])
    heard: list[tuple[Change, tuple[Role, ...]]] = []
    listen(lambda change, user, at: heard.append((change, fresh(user).roles)))
    made = accepted(doctor, secretary)
    revoke_delegation(delegation=made.pk, side=Side.DELEGATE, by="x", at=LATER)
    assert heard == [(Change.UPDATED, (Role.DELEGATE, Role.IOA)), (Change.UPDATED, (Role.IOA,))]


def test_what_a_manager_prepares_waits_for_both(doctor: User, secretary: User) -> None:
    made = prepare_delegation(delegator=doctor, proposal=proposal(), by="compte 9", at=AT)
    assert mails() == [("invitation", "secretaire@example.org"), ("proposed", "medecin@example.org")]
    accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), by="x", at=AT)
    assert not acts_for(secretary, doctor)
    with pytest.raises(DelegationRefused, match="Seule"):
        confirm_delegation(delegation=made.pk, user=secretary, seen=seal(made), by="x", at=LATER)
    with pytest.raises(DelegationRefused, match="modifiée"):
        confirm_delegation(delegation=made.pk, user=doctor, seen="", by="x", at=LATER)
    confirm_delegation(delegation=made.pk, user=doctor, seen=seal(made), by=doctor.audit_label, at=LATER)
    assert acts_for(secretary, doctor)
    with pytest.raises(DelegationRefused, match="déjà confirmé"):
        confirm_delegation(delegation=made.pk, user=doctor, seen=seal(made), by="x", at=LATER)


def test_a_prepared_delegation_may_be_confirmed_before_it_is_accepted(doctor: User, secretary: User) -> None:
    made = prepare_delegation(delegator=doctor, proposal=proposal(), by="compte 9", at=AT)
    confirm_delegation(delegation=made.pk, user=doctor, seen=seal(made), by="x", at=AT)
    assert not acts_for(secretary, doctor)
    accept_delegation(delegation=made.pk, user=secretary, seen=seal(made), by="x", at=AT)
    assert acts_for(secretary, doctor)


def test_a_manager_never_changes_what_the_doctor_agreed_to(doctor: User, secretary: User) -> None:
    proposed(doctor)
    with pytest.raises(DelegationRefused, match="c’est à elle"):
        prepare_delegation(delegator=doctor, proposal=proposal(), by="compte 9", at=LATER)
