"""One's own history: what one did, what was done to one's account, nothing of others."""

from datetime import timedelta

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import User
from sas.accounts.operations.history import own_history
from sas.accounts.permissions import Role
from sas.directory.models import Territory
from sas.web.audit_queries import PAGE
from tests.accounts.operations.conftest import AT, make_account
from tests.accounts.operations.test_trail import line
from tests.accounts.signing import signed_in_client


def regulator(nord: Territory, email: str = "rita@example.org") -> User:
    return make_account(email, (Role.REGULATOR, nord), family_name="Lenoir", given_name="Rita")


def text_of(user: User, **asked: str) -> str:
    answer = signed_in_client(user).get("/compte/historique/", asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_sees_what_one_did_and_what_was_done_in_words(nord: Territory) -> None:
    rita = regulator(nord)
    line("sign_in", actor=rita.audit_label, target=rita.audit_label, address="192.0.2.10", after={"method": "psc"})
    line(target=rita.audit_label, actor="compte 999999", address="198.51.100.7", after={"family_name": "Lenoir"})
    line("warn_dormant_account", target=rita.audit_label, actor="tâche des comptes dormants")
    text = text_of(rita)
    for said in ("Connexion", "192.0.2.10", "vous", "Compte modifié", "un autre compte", "la plateforme", "Lenoir"):
        assert said in text
    for hidden in ("sign_in", "edit_account", "198.51.100.7", "compte 999999"):
        assert hidden not in text


def test_lines_of_others_are_never_shown(nord: Territory) -> None:
    rita, other = regulator(nord), regulator(nord, "olga@example.org")
    line("sign_in", actor=other.audit_label, target=other.audit_label, address="192.0.2.99")
    line(actor=f"{rita.audit_label}0", target=f"{rita.audit_label}0", after={"family_name": "Voisin"})
    line(actor="compte 999999", target=other.audit_label)
    assert own_history(rita).lines == []
    text = text_of(rita, qui=other.audit_label, objet=other.audit_label)
    assert "192.0.2.99" not in text
    assert "Rien encore." in text


def test_what_was_changed_of_somebody_else_is_not_detailed(nord: Territory) -> None:
    manager = make_account("m@example.org", (Role.ACCOUNT_MANAGER, nord), family_name="Comptoir")
    line(actor=manager.audit_label, target="compte 999999", after={"family_name": "Secrète"})
    text = text_of(manager)
    assert "compte 999999" in text
    assert "Secrète" not in text


def test_managers_read_the_names_of_those_they_still_administer_only(nord: Territory) -> None:
    manager = make_account("m@example.org", (Role.ACCOUNT_MANAGER, nord), family_name="Comptoir")
    near = regulator(nord)
    far = make_account("far@example.org", (Role.REGULATOR, None), family_name="Lointaine")
    for other in (near, far):
        line(actor=manager.audit_label, target=other.audit_label)
    text = text_of(manager)
    assert "Rita Lenoir" in text
    assert "Lointaine" not in text
    assert far.audit_label in text


def test_hostile_values_are_text(nord: Territory) -> None:
    rita = regulator(nord)
    line("<img src=x>", actor=rita.audit_label, target="<img src=y>")
    line(actor="compte 1", target=rita.audit_label, after={"family_name": "<img src=z>"})
    text = text_of(rita)
    assert "<img" not in text
    assert "&lt;img src=y&gt;" in text


def test_pages_follow_each_other_at_the_same_cost(
    nord: Territory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    manager = make_account("m@example.org", (Role.ACCOUNT_MANAGER, nord))
    for number in range(PAGE + 3):
        line(actor=manager.audit_label, target=f"compte {number + 10**6}", at=AT + timedelta(seconds=number))
    with django_assert_num_queries(4):
        first = own_history(manager)
    second = own_history(manager, after=first.next)
    seen = [one.at for one in (*first.lines, *second.lines)]
    assert len(seen) == PAGE + 3
    assert seen == sorted(seen, reverse=True)
    assert second.next == ""


def test_a_cursor_that_is_none_leads_to_the_first_page(desk: Client) -> None:
    answer = desk.get("/compte/historique/", {"suite": "n’importe quoi"})
    assert (answer.status_code, answer["Location"]) == (302, "/compte/historique/")
