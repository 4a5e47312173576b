"""Acting on other people's accounts: never above one's rank, never elsewhere, never on oneself, never half."""

from datetime import date, timedelta
from typing import Any

import pytest

from sas.accounts.administration import services
from sas.accounts.administration.drafts import Draft, draft_of, seal
from sas.accounts.administration.services import AlreadyThere, Stale, create_invited_account, edit_account
from sas.accounts.administration.structures import attach_structure, create_with_structures, detach_structure
from sas.accounts.closing import close_account
from sas.accounts.invitations import State, invite, invited, use_invitation
from sas.accounts.models import User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.factories import directory as factories

pytestmark = pytest.mark.django_db


def draft(*grants: tuple[Role, str], **given: Any) -> Draft:
    values: dict[str, Any] = {"email": "lea@example.org", "family_name": "Durand", "given_name": "Léa"} | given
    return Draft(**values, grants=frozenset(grants or {(Role.REGULATOR, "SAS-59")}))


def edited(user: User, by: User, **changes: Any) -> bool:
    wanted = draft_of(user)
    return edit_account(user=user, draft=Draft(**({**vars_of(wanted)} | changes)), seal=seal(user), by=by, at=AT)


def vars_of(wanted: Draft) -> dict[str, Any]:
    return wanted.values() | {"grants": wanted.grants}


def link_in(mail: OutgoingMail) -> str:
    return mail.text.partition("/invitation/")[2].partition("/")[0]


def test_an_account_and_its_invitation_are_made_together(nord: Territory, manager: User) -> None:
    user = create_invited_account(draft=draft(email="Lea@Example.org"), by=manager, at=AT)
    mail = OutgoingMail.objects.get()
    assert (user.email, mail.to, mail.about) == ("lea@example.org", "lea@example.org", user.audit_label)
    found = invited(link_in(mail), now=AT)
    assert found.state is State.OPEN
    assert found.invitation is not None
    assert link_in(mail) not in str(vars(found.invitation))
    assert set(AuditLine.objects.values_list("act", flat=True)) == {"create_account", "post_mail", "invite_account"}


@pytest.mark.parametrize(
    ("grants", "given", "said"),
    [
        ([(Role.NATIONAL_ADMIN, "")], {}, "rang supérieur"),
        ([(Role.REGULATOR, "SAS-80")], {}, "SAS-80"),
        ([(Role.REGULATOR, "")], {}, "vos territoires"),
        ([(Role.DELEGATE, "SAS-59")], {}, "délégation"),
        ([(Role.REGULATOR, "SAS-59")], {"family_name": ""}, "nom"),
        ([(Role.REGULATOR, "SAS-59")], {"email": "pas une adresse"}, "adresse"),
        ([(Role.REGULATOR, "SAS-59")], {"email": ""}, "adresse"),
        ([(Role.REGULATOR, "SAS-59")], {"expires_on": date(2026, 1, 1)}, "passée"),
    ],
)
def test_what_may_not_be_made_says_why_and_leaves_nothing(
    nord: Territory, somme: Territory, manager: User, grants: Any, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(AccountRefused, match=said):
        create_invited_account(draft=draft(*grants, **given), by=manager, at=AT)
    assert (User.objects.count(), OutgoingMail.objects.count()) == (1, 0)


def test_an_address_that_exists_is_told_apart_by_territory(nord: Territory, somme: Territory, manager: User) -> None:
    make_account("ici@example.org", (Role.IOA, nord))
    make_account("ailleurs@example.org", (Role.IOA, somme))
    for email, managed in (("ici@example.org", True), ("AILLEURS@example.org", False)):
        with pytest.raises(AlreadyThere) as refused:
            create_invited_account(draft=draft(email=email), by=manager, at=AT)
        assert refused.value.managed is managed


def test_roles_of_own_territories_may_be_added_to_an_account_of_elsewhere_and_nothing_else_changes(
    nord: Territory, somme: Territory, manager: User
) -> None:
    user = make_account("lea@example.org", (Role.IOA, somme), family_name="DURAND-AUTRE", given_name="LEA")
    assert services.add_roles(user=user, draft=draft(), by=manager, at=AT)
    assert not services.add_roles(user=user, draft=draft(), by=manager, at=AT)
    user = User.objects.get(pk=user.pk)
    assert (user.family_name, set(user.roles), user.session_stamp) == ("DURAND-AUTRE", {Role.IOA, Role.REGULATOR}, 1)


@pytest.mark.parametrize("names", [{"family_name": "Martin"}, {"given_name": "Zoé"}])
def test_roles_never_go_to_somebody_else_who_took_the_address(
    nord: Territory, somme: Territory, manager: User, names: dict[str, str]
) -> None:
    thief = make_account(
        "lea@example.org", (Role.EFFECTOR, somme), **({"family_name": "Durand", "given_name": "Léa"} | names)
    )
    with pytest.raises(AlreadyThere) as there:
        create_invited_account(draft=draft(), by=manager, at=AT)
    for said in (str(there.value), there.value.other or ""):
        assert "Vérifiez auprès de la personne" in said
        assert not any(name in said for name in (thief.family_name, thief.given_name))
    with pytest.raises(AccountRefused, match="Vérifiez auprès de la personne"):
        services.add_roles(user=thief, draft=draft(), by=manager, at=AT)
    assert User.objects.get(pk=thief.pk).roles == (Role.EFFECTOR,)


def test_nobody_adds_roles_to_somebody_above(nord: Territory, manager: User, admin: User) -> None:
    with pytest.raises(AccountRefused, match="rang"):
        services.add_roles(user=admin, draft=draft(family_name="Nationale", given_name="Lou"), by=manager, at=AT)


def test_a_change_of_roles_ends_sessions_and_a_change_of_name_does_not(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord))
    assert edited(user, manager, family_name="Martin")
    user.refresh_from_db()
    assert (user.family_name, user.session_stamp) == ("Martin", 0)
    assert edited(user, manager, grants=frozenset({(Role.REGULATOR, "SAS-59")}))
    user = User.objects.get(pk=user.pk)
    assert (user.roles, user.session_stamp) == ((Role.REGULATOR,), 1)
    assert not edited(user, manager)


def test_a_form_too_old_is_refused_with_what_changed(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), family_name="Durand")
    old = seal(user)
    edited(user, manager, family_name="Martin")
    user.refresh_from_db()
    with pytest.raises(Stale) as stale:
        edit_account(user=user, draft=draft(), seal=old, by=manager, at=AT)
    assert stale.value.changes == ["nom : « Durand » est devenu « Martin »"]


@pytest.mark.parametrize("forged", ["", "n’importe quoi", "autre"])
def test_a_form_without_its_own_seal_is_refused(nord: Territory, manager: User, forged: str) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord))
    held = seal(make_account("max@example.org", (Role.IOA, nord))) if forged == "autre" else forged
    with pytest.raises(Stale):
        edit_account(user=user, draft=draft(), seal=held, by=manager, at=AT)


def test_a_new_address_gets_the_invitation_and_the_old_link_dies(nord: Territory, manager: User) -> None:
    user = create_invited_account(draft=draft(), by=manager, at=AT)
    old = link_in(OutgoingMail.objects.get())
    edited(user, manager, email="vraie@example.org")
    new = OutgoingMail.objects.filter(kind="invitation").latest("pk")
    assert invited(old, now=AT).state is State.REPLACED
    assert (new.to, invited(link_in(new), now=AT).state) == ("vraie@example.org", State.OPEN)


@pytest.mark.parametrize(("new", "said"), [("neuve@example.org", "remplacée par une autre"), ("", "retirée")])
def test_the_old_address_is_told_that_it_is_no_longer_that_of_the_account(
    nord: Territory, manager: User, new: str, said: str
) -> None:
    user = make_account("lea@example.org", (Role.EFFECTOR, nord), national_id="810000000001")
    edited(user, manager, email=new)
    mail = OutgoingMail.objects.get(kind="security_email_changed")
    assert (mail.to, mail.about, "Adresse" in mail.subject) == ("lea@example.org", user.audit_label, True)
    for text in (mail.text, mail.html):
        assert f"{said} par un gestionnaire de comptes, le 2 mars 2026" in " ".join(text.split())
        assert "neuve@example.org" not in text


def test_no_old_address_is_told_of_what_did_not_change_it(nord: Territory, manager: User) -> None:
    user = make_account(None, (Role.EFFECTOR, nord), national_id="810000000001")
    for change in ({"email": "lea@example.org"}, {"email": "LEA@example.org"}, {"family_name": "Martin"}):
        edited(user, manager, **change)
        user.refresh_from_db()
    assert user.family_name == "Martin"
    assert not OutgoingMail.objects.filter(kind="security_email_changed").exists()


def test_an_old_address_that_was_none_may_be_corrected(nord: Territory, manager: User) -> None:
    user = make_account("lea arobase example", (Role.IOA, nord))
    assert edited(user, manager, email="lea@example.org")
    assert not OutgoingMail.objects.exists()


def test_an_address_that_is_taken_tells_nobody(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord))
    make_account("max@example.org", (Role.IOA, nord))
    with pytest.raises(AccountRefused, match="Un autre compte"):
        edited(user, manager, email="max@example.org")
    assert not OutgoingMail.objects.exists()


def test_roles_that_the_form_may_not_touch_stay(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), (Role.DELEGATE, None))
    edited(user, manager, grants=frozenset({(Role.REGULATOR, "SAS-59")}))
    assert set(User.objects.get(pk=user.pk).roles) == {Role.REGULATOR, Role.DELEGATE}


def test_an_account_of_several_territories_only_loses_ones_own_roles(
    nord: Territory, somme: Territory, manager: User
) -> None:
    user = make_account("lea@example.org", (Role.IOA, nord), (Role.IOA, somme))
    with pytest.raises(AccountRefused, match="SAS-80"):
        edited(user, manager, family_name="Martin")
    with pytest.raises(AccountRefused, match="SAS-80"):
        services.deactivate_account(user=user, by=manager, at=AT)
    services.remove_own_roles(user=user, by=manager, at=AT)
    assert [grant.territory for grant in User.objects.get(pk=user.pk).held] == [somme]


@pytest.mark.parametrize(
    "act",
    [
        services.deactivate_account,
        services.reactivate_account,
        services.resend_invitation,
        services.unlock_account,
        services.remove_own_roles,
    ],
)
def test_nobody_acts_on_oneself_elsewhere_or_above(
    nord: Territory, somme: Territory, manager: User, admin: User, act: Any
) -> None:
    elsewhere = make_account("max@example.org", (Role.IOA, somme))
    boss = make_account("chef@example.org", (Role.NATIONAL_ADMIN, None), (Role.IOA, nord))
    for target in (manager, elsewhere, boss, admin):
        with pytest.raises(AccountRefused):
            act(user=target, by=manager, at=AT)
    assert not AuditLine.objects.exists()


def test_a_closed_account_is_told_and_opens_again_with_its_roles(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord), last_login=AT)
    assert services.deactivate_account(user=user, by=manager, at=AT)
    assert not services.deactivate_account(user=user, by=manager, at=AT)
    assert OutgoingMail.objects.get().kind == "account_closed"
    assert services.reactivate_account(user=user, by=manager, at=AT)
    assert User.objects.get(pk=user.pk).may(Permission.SEARCH)


def test_the_last_national_administrator_stays(admin: User) -> None:
    other = make_account("deux@example.org", (Role.NATIONAL_ADMIN, None))
    services.deactivate_account(user=other, by=admin, at=AT)
    third = make_account("ferme@example.org", (Role.NATIONAL_ADMIN, None))
    close_account(user=admin, reason=User.ClosedFor.DECISION, by="test", at=AT)
    with pytest.raises(AccountRefused, match="dernier administrateur"):
        services.deactivate_account(user=third, by=admin, at=AT)
    with pytest.raises(AccountRefused, match="dernier administrateur"):
        edited(third, admin, grants=frozenset({(Role.REGULATOR, "")}))


def test_a_national_id_is_attached_and_detached_and_belongs_to_one(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    make_account("max@example.org", (Role.REGULATOR, nord), national_id="810000000002")
    assert services.set_national_id(user=user, national_id="8 10000000001", by=manager, at=AT)
    for wrong, said in (("12", "mal formé"), ("810000000002", "autre compte")):
        with pytest.raises(AccountRefused, match=said):
            services.set_national_id(user=user, national_id=wrong, by=manager, at=AT)
    assert services.set_national_id(user=user, national_id="", by=manager, at=AT)
    user.refresh_from_db()
    assert (user.national_id, user.session_stamp) == (None, 2)


def test_an_account_that_only_a_card_opens_keeps_its_card(nord: Territory, manager: User) -> None:
    user = make_account(None, (Role.EFFECTOR, nord), national_id="810000000001")
    with pytest.raises(AccountRefused, match="adresse"):
        services.set_national_id(user=user, national_id="", by=manager, at=AT)


def test_an_invitation_opens_once_and_until_its_end(nord: Territory, manager: User) -> None:
    user = create_invited_account(draft=draft(), by=manager, at=AT)
    token = link_in(OutgoingMail.objects.get())
    found = invited(token, now=AT)
    assert found.invitation is not None
    assert invited(token, now=AT + timedelta(days=7)).state is State.EXPIRED
    assert not use_invitation(invitation=found.invitation, by="x", at=AT + timedelta(days=7))
    assert use_invitation(invitation=found.invitation, by="x", at=AT)
    assert not use_invitation(invitation=found.invitation, by="x", at=AT)
    assert invited(token, now=AT).state is State.USED
    assert invited("x" * 5000, now=AT).state is State.UNKNOWN
    User.objects.filter(pk=user.pk).update(last_login=AT)
    with pytest.raises(AccountRefused, match="déjà entrée"):
        invite(user=user, by="test", at=AT)


def test_structures_are_attached_by_identifier_within_ones_territories(nord: Territory, manager: User) -> None:
    here = factories.structure(national_id="1590000001", department="59")
    factories.structure(national_id="1800000001", department="80")
    role = draft((Role.STRUCTURE_MANAGER, "SAS-59"))
    user = create_with_structures(draft=role, typed=["590000001"], by=manager, at=AT)
    assert [attachment.structure for attachment in user.attachments.all()] == [here]
    with pytest.raises(AccountRefused, match="introuvable"):
        create_with_structures(draft=draft(email="b@example.org"), typed=["800000001"], by=manager, at=AT)
    assert not User.objects.filter(email="b@example.org").exists()
    assert not attach_structure(user=user, structure=here, by=manager, at=AT)
    assert detach_structure(user=user, structure=here, by=manager, at=AT)
    regulator = make_account("max@example.org", (Role.REGULATOR, nord))
    with pytest.raises(AccountRefused, match="rôle"):
        attach_structure(user=regulator, structure=here, by=manager, at=AT)
