"""Cards on other people's accounts: whose identifier fits whom, and who is told."""

import pytest

from sas.accounts.administration import services
from sas.accounts.administration.drafts import Draft
from sas.accounts.administration.imports.parsing import parse
from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused, create_account
from sas.directory.models import Territory
from sas.web.models import OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.accounts.signing import signed_in_client

pytestmark = pytest.mark.django_db

RPPS, OTHER_RPPS, OF_ESTABLISHMENT = "810000000001", "810000000002", "3456780581/ab 42"


def kinds() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.IOA, Role.ACCOUNT_MANAGER])
def test_the_card_of_an_establishment_fits_whoever_is_in_no_register(nord: Territory, admin: User, role: Role) -> None:
    user = make_account("lea@example.org", (role, nord))
    where = f"/gestion/comptes/{user.pk}/identifiant/"
    assert signed_in_client(admin).post(where, {"national_id": OF_ESTABLISHMENT}).status_code == 302
    user.refresh_from_db()
    assert user.national_id == "3456780581/ab42"


def test_it_does_not_fit_an_effector(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.EFFECTOR, nord))
    with pytest.raises(AccountRefused, match="carte à son nom"):
        services.set_national_id(user=user, national_id=OF_ESTABLISHMENT, by=manager, at=AT)


@pytest.mark.parametrize(
    ("roles", "typed", "kept", "wrong"),
    [
        ("regulator", OF_ESTABLISHMENT, "3456780581/ab42", ""),
        ("ioa|effector", OF_ESTABLISHMENT, "3456780581/ab42", ""),
        ("effector", OF_ESTABLISHMENT, "3456780581/ab42", "carte à son nom"),
        ("effector", "02a1234567", "02A1234567", ""),
        ("regulator", "3456780581/", "3456780581/", "mal formé"),
        ("regulator", "12", "12", "mal formé"),
    ],
)
def test_a_file_follows_the_same_rule(roles: str, typed: str, kept: str, wrong: str) -> None:
    (line,) = parse(f"email;nom;prenom;roles;rpps\nlea@example.org;Durand;Léa;{roles};{typed}\n")
    assert (line.national_id, bool(line.errors)) == (kept, bool(wrong))
    assert wrong in " ".join(line.errors)


def test_a_person_is_told_each_time_that_somebody_else_changes_their_card(nord: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.REGULATOR, nord))
    for typed, said in ((RPPS, "rattachée"), (OTHER_RPPS, "remplacé"), ("", "retiré")):
        assert services.set_national_id(user=user, national_id=typed, by=manager, at=AT)
        assert not services.set_national_id(user=user, national_id=typed, by=manager, at=AT)
        mail = OutgoingMail.objects.latest("pk")
        for text in (mail.text, mail.html):
            assert said in text
            assert "par un gestionnaire de comptes, le 2 mars 2026" in text
            assert (RPPS in text, OTHER_RPPS in text) == (False, False)
        assert (mail.to, said[:6] in mail.subject) == ("lea@example.org", True)
    assert kinds() == ["security_national_id"] * 3


def test_a_command_that_gives_a_card_to_an_account_tells_its_person(nord: Territory) -> None:
    given = {"email": "lea@example.org", "roles": [Role.REGULATOR], "by": "test", "at": AT}
    create_account(**given)  # type: ignore[arg-type]
    assert kinds() == []
    for _ in range(2):
        create_account(**given, national_id=RPPS)  # type: ignore[arg-type]
    assert kinds() == ["security_national_id"]


def test_a_person_is_told_of_roles_that_a_manager_adds(nord: Territory, somme: Territory, manager: User) -> None:
    user = make_account("lea@example.org", (Role.IOA, somme), family_name="Durand", given_name="Léa")
    draft = Draft("lea@example.org", "Durand", "Léa", grants=frozenset({(Role.REGULATOR, "SAS-59")}))
    for _ in range(2):
        services.add_roles(user=user, draft=draft, by=manager, at=AT)
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.to, mail.about) == ("roles_added", "lea@example.org", user.audit_label)
    for text in (mail.text, mail.html):
        assert f"{Role.REGULATOR.label}, {nord.label}" in text
        assert somme.label not in text


def test_an_account_without_an_address_is_changed_in_silence(nord: Territory, manager: User) -> None:
    user = make_account(None, (Role.EFFECTOR, nord), national_id=RPPS)
    assert services.set_national_id(user=user, national_id=OTHER_RPPS, by=manager, at=AT)
    assert kinds() == []
