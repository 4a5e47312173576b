"""The pages of delegations: what each side sees and does, and what nobody else does."""

from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import Delegation, User
from sas.accounts.permissions import Role
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.delegations.conftest import account, last_token, seal
from tests.accounts.delegations.pages import accepted, filled, prepared, proposed, state, text
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories


def test_a_doctor_proposes_and_sees_who_is_awaited(doctor: User) -> None:
    client = signed_in_client(doctor)
    assert "Personne." in text(client.get("/delegations/"))
    answer = client.post("/delegations/nouvelle/", filled(), follow=True)
    assert answer.redirect_chain[-1][0] == f"/delegations/{Delegation.objects.get().pk}/"
    assert "Accord encore attendu : Eve Secretaire" in text(answer)
    assert "Délégation à Eve Secretaire" in text(client.get("/delegations/"))


def test_a_wrong_form_says_why_keeps_what_was_typed_and_writes_nothing(doctor: User) -> None:
    client = signed_in_client(doctor)
    page = client.post("/delegations/nouvelle/", filled(email="medecin@example.org", scopes=[], ends_on="hier"))
    assert page.status_code == 422
    assert "<title>Erreur — Nouvelle délégation" in text(page)
    for said in ("Cochez au moins", "Date incomprise", 'href="#id_scopes_0"', 'value="Secretaire"', 'value="hier"'):
        assert said in text(page)
    page = client.post("/delegations/nouvelle/", filled(email="medecin@example.org"))
    assert page.status_code == 422
    assert "à soi-même" in text(page)
    assert 'aria-invalid="true"' in text(page)
    assert not Delegation.objects.exists()


def test_what_a_form_does_not_ask_is_not_read(doctor: User, secretary: User) -> None:
    more = {"delegator": secretary.pk, "delegate": secretary.pk, "accepted_at": "2026-01-01", "confirmed_at": ""}
    signed_in_client(doctor).post("/delegations/nouvelle/", filled(**more))
    made = Delegation.objects.get()
    assert (made.delegator, made.delegate, made.accepted_at) == (doctor, None, None)


def test_a_structure_that_is_not_theirs_is_no_choice(chief: User) -> None:
    other = factories.structure()
    client = signed_in_client(chief)
    for target in ("own", str(other.pk), "x"):
        assert client.post("/delegations/nouvelle/", filled(target=target)).status_code == 422
    own = str(chief.attachments.get().structure_id)
    assert client.post("/delegations/nouvelle/", filled(target=own)).status_code == 302


def test_a_manager_without_structure_reads_what_is_missing(db: None) -> None:
    client = signed_in_client(account("seul@example.org", Role.STRUCTURE_MANAGER))
    assert "rattaché à une structure" in text(client.get("/delegations/nouvelle/"))
    assert client.post("/delegations/nouvelle/", filled()).status_code == 422


def test_those_who_have_nothing_to_delegate_have_no_form(secretary: User) -> None:
    client = signed_in_client(secretary)
    assert client.get("/delegations/nouvelle/").status_code == 403
    assert "Vous n’agissez pour personne" in text(client.get("/delegations/"))


def test_the_form_of_a_renewal_is_filled_with_one_s_own_only(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    assert 'value="secretaire@example.org"' in text(
        signed_in_client(doctor).get(f"/delegations/nouvelle/?depuis={made.pk}")
    )
    other = signed_in_client(account("autre@example.org", Role.EFFECTOR))
    for wanted in (str(made.pk), "9" * 30, "x", "²"):
        page = other.get("/delegations/nouvelle/", {"depuis": wanted})
        assert page.status_code == 200
        assert "secretaire@example.org" not in text(page)


def test_the_person_named_accepts_with_one_press_and_has_a_home(doctor: User, secretary: User) -> None:
    made = proposed(doctor, scopes=frozenset({"agenda", "settings"}))
    client = signed_in_client(secretary)
    assert "Agir pour Ada Medecin" in text(client.get("/delegations/"))
    page = text(client.get(f"/delegations/{made.pk}/"))
    assert f'value="{seal(made)}"' in page
    answer = client.post(f"/delegations/{made.pk}/accepter/", {"seen": seal(made)}, follow=True)
    for said in (
        "Vous agissez maintenant pour Ada Medecin",
        "agenda et indisponibilités",
        "mailto:medecin@example.org",
    ):
        assert said in text(answer)
    assert state(made) == (True, True, None)
    again = client.post(f"/delegations/{made.pk}/accepter/", {"seen": seal(made)})
    assert (again.status_code, "déjà acceptée" in text(again)) == (422, True)


def test_the_rights_of_an_open_session_end_with_the_delegation(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    delegate, giver = signed_in_client(secretary), signed_in_client(doctor)
    assert "Pour joindre cette personne" in text(delegate.get("/delegations/"))
    assert giver.post(f"/delegations/{made.pk}/terminer/").status_code == 302
    page = text(delegate.get("/delegations/"))
    assert "Pour joindre cette personne" not in page
    assert "interrompue, par la personne qui délègue" in page
    assert giver.post(f"/delegations/{made.pk}/terminer/", follow=True).status_code == 200
    assert AuditLine.objects.filter(act="end_delegation").count() == 1


def test_the_delegate_ends_it_too(doctor: User, secretary: User) -> None:
    made = accepted(doctor, secretary)
    signed_in_client(secretary).post(f"/delegations/{made.pk}/terminer/")
    made.refresh_from_db()
    assert (made.ended_by, made.ended_for) == ("delegate", "revoked")


@pytest.mark.parametrize("act", ["", "accepter/", "confirmer/", "refuser/", "terminer/", "renvoyer/"])
@pytest.mark.parametrize("start", ["proposed", "accepted", "prepared"])
def test_the_delegation_of_others_is_not_said_to_exist(doctor: User, secretary: User, start: str, act: str) -> None:
    made = {"proposed": proposed, "prepared": prepared}[start](doctor) if start != "accepted" else None
    made = made or accepted(doctor, secretary)
    before = state(made)
    for stranger in (account("autre@example.org", Role.EFFECTOR), account("a@example.org", Role.NATIONAL_ADMIN)):
        client = signed_in_client(stranger)
        path = f"/delegations/{made.pk}/{act}"
        answer = client.post(path, {"seen": seal(made)}) if act else client.get(path)
        assert answer.status_code == 404
    assert state(made) == before


def test_nobody_answers_for_the_other_side(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    ready = prepared(account("autre.medecin@example.org", Role.EFFECTOR))
    giver, delegate = signed_in_client(doctor), signed_in_client(secretary)
    assert giver.post(f"/delegations/{made.pk}/accepter/", {"seen": seal(made)}).status_code == 422
    assert delegate.post(f"/delegations/{ready.pk}/confirmer/", {"seen": seal(ready)}).status_code == 422
    assert delegate.post(f"/delegations/{made.pk}/renvoyer/").status_code == 422
    assert (state(made), state(ready)) == ((True, False, None), (False, False, None))


def test_an_address_that_was_only_typed_shows_nothing_of_others(doctor: User) -> None:
    made = proposed(doctor, "infirmiere@example.org")
    nurse = account("infirmiere@example.org", Role.EFFECTOR, may_use_password=False, national_id="810000000001")
    client = signed_in_client(nurse)
    assert client.get(f"/delegations/{made.pk}/").status_code == 404
    path = f"/delegations/invitation/{last_token()}/"
    assert ">Accepter</button>" in text(client.get(path))
    assert client.post(f"{path}accepter/", {"seen": seal(made)}).status_code == 302
    assert state(made) == (True, True, None)


def test_both_confirm_what_a_manager_prepared(doctor: User, secretary: User) -> None:
    made = prepared(doctor)
    giver = signed_in_client(doctor)
    assert "Accord encore attendu : Ada Medecin et Eve Secretaire" in text(giver.get("/delegations/"))
    answer = giver.post(f"/delegations/{made.pk}/confirmer/", {"seen": seal(made)}, follow=True)
    assert "Accord encore attendu : Eve Secretaire" in text(answer)
    signed_in_client(secretary).post(f"/delegations/{made.pk}/accepter/", {"seen": seal(made)})
    assert "en vigueur" in text(giver.get("/delegations/"))


def test_a_refusal_on_the_page_ends_it(doctor: User, secretary: User) -> None:
    first, second = proposed(doctor), prepared(account("autre.medecin@example.org", Role.EFFECTOR))
    client = signed_in_client(secretary)
    for made in (first, second):
        assert client.post(f"/delegations/{made.pk}/refuser/").status_code == 302
        assert state(made)[2] == "refused"


def test_every_act_needs_its_token_against_forgery_and_no_page_writes_when_read(doctor: User, secretary: User) -> None:
    made = proposed(doctor)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in_client(secretary).cookies
    link = f"/delegations/invitation/{last_token()}/"
    acts = [f"/delegations/{made.pk}/{act}/" for act in ("accepter", "confirmer", "refuser", "terminer", "renvoyer")]
    acts += ["/delegations/nouvelle/", f"{link}accepter/", f"{link}refuser/"]
    for path in acts:
        assert strict.post(path, {"seen": seal(made)}).status_code == 403
    mails, lines = OutgoingMail.objects.count(), AuditLine.objects.count()
    client = signed_in_client(secretary)
    for path in [*acts, link, "/delegations/", f"/delegations/{made.pk}/"]:
        client.get(path)
        client.head(path)
    assert state(made) == (True, False, None)
    assert (OutgoingMail.objects.count(), AuditLine.objects.count()) == (mails, lines)


def test_the_page_asks_as_many_questions_for_one_delegation_as_for_fifteen(
    doctor: User, secretary: User, django_assert_max_num_queries: Any
) -> None:
    def queries(client: Client, path: str) -> int:
        client.get(path)
        with django_assert_max_num_queries(40) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    accepted(doctor, secretary)
    giver, delegate = signed_in_client(doctor), signed_in_client(secretary)
    paths = [(giver, "/delegations/"), (delegate, "/delegations/")]
    few = [queries(*each) for each in paths]
    for number in range(14):
        proposed(doctor, f"p{number}@example.org")
        accepted(account(f"m{number}@example.org", Role.EFFECTOR), secretary)
    assert [queries(*each) for each in paths] == few
    assert max(few) <= 14
