"""The pages of delegations: what each side sees and does, and what nobody else does."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone

from sas.accounts.delegations.services import prepare_delegation
from sas.accounts.entering import ENTERED_AT
from sas.accounts.models import Delegation, Invitation, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.delegations.conftest import accepted as accepted_then
from tests.accounts.delegations.conftest import account, last_token, proposal, seal
from tests.accounts.delegations.conftest import proposed as proposed_then
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories

SOON = timedelta(days=90)


def proposed(by: User, email: str = "secretaire@example.org", **given: Any) -> Delegation:
    """As of now: pages read the clock."""
    now = timezone.now()
    return proposed_then(by, email, at=now, **({"ends_on": now.date() + SOON} | given))


def accepted(by: User, delegate: User, **given: Any) -> Delegation:
    now = timezone.now()
    return accepted_then(by, delegate, at=now, **({"ends_on": now.date() + SOON} | given))


def prepared(by: User) -> Delegation:
    now = timezone.now()
    asked = proposal(ends_on=now.date() + SOON)
    return prepare_delegation(delegator=by, proposal=asked, by="compte 0", at=now)


def filled(**given: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    return {
        "given_name": "Eve",
        "family_name": "Secretaire",
        "email": "secretaire@example.org",
        "target": "own",
        "scopes": ["agenda"],
        "ends_on": (timezone.now().date() + SOON).isoformat(),
    } | given


def text(answer: Any) -> str:
    return str(answer.content.decode())


def state(made: Delegation) -> tuple[bool, bool, str | None]:
    made.refresh_from_db()
    return made.confirmed_at is not None, made.accepted_at is not None, made.ended_for


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


# The page behind the link.


def test_reading_the_link_uses_nothing_up_and_tells_its_address_to_nobody(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    for _ in range(2):
        page = client.get(path)
        assert page.status_code == 200
        assert "Ada Medecin vous propose d’agir" in text(page)
        assert (page["Referrer-Policy"], page["Cache-Control"]) == ("strict-origin", "no-store")
    assert state(made) == (True, False, None)
    assert last_token() not in made.token_sha256


def test_somebody_without_an_account_makes_one_and_is_in(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    wrong = client.post(f"{path}accepter/", {"seen": seal(made), "password": "court", "again": "court"})
    assert wrong.status_code == 422
    assert "<title>Erreur" in text(wrong)
    assert 'value="court"' not in text(wrong)
    assert not User.objects.filter(email="nouvelle@example.org").exists()
    phrase = "cheval correct pile agrafe"
    more = {"role": "national_admin", "email": "autre@example.org", "is_active": "1"}
    answer = client.post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase, **more})
    assert (answer.status_code, answer["Location"]) == (302, "/delegations/")
    user = User.objects.get(email="nouvelle@example.org")
    assert user.roles == (Role.DELEGATE,)
    assert client.session["_auth_user_id"] == str(user.pk)
    assert ENTERED_AT in client.session
    used = Client().post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase})
    assert (used.status_code, "déjà servi" in text(used)) == (410, True)


def test_a_new_delegate_with_a_card_goes_on_to_pro_sante_connect(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    answer = client.post(f"{path}accepter/", {"seen": seal(made), "card": "1"})
    assert (answer.status_code, answer["Location"]) == (302, "/connexion/")
    user = User.objects.get(email="nouvelle@example.org")
    assert client.session["sas_invitation"] == Invitation.objects.get(user=user).pk
    assert not user.has_usable_password()
    assert "_auth_user_id" not in client.session


def test_where_passwords_are_closed_none_is_asked_for(doctor: User, client: Client, settings: Any) -> None:
    from dataclasses import replace

    settings.SAS_ENTERING = replace(
        django_settings.SAS_ENTERING, password_sign_in=False, psc_issuer="https://psc.invalid"
    )
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    page = text(client.get(path))
    assert 'name="password"' not in page
    assert "Pro Santé Connect" in page
    phrase = "cheval correct pile agrafe"
    refused = client.post(f"{path}accepter/", {"seen": seal(made), "password": phrase, "again": phrase})
    assert (refused.status_code, "fermée" in text(refused)) == (422, True)


def test_somebody_with_an_account_signs_in_and_comes_back(doctor: User, secretary: User, client: Client) -> None:
    made = proposed(doctor)
    path = f"/delegations/invitation/{last_token()}/"
    assert f"/connexion/?next={path}" in text(client.get(path))
    refused = client.post(f"{path}accepter/", {"seen": seal(made), "password": "x", "again": "x"})
    assert refused.status_code == 403
    mine = signed_in_client(secretary)
    assert mine.post(f"{path}accepter/", {"seen": seal(made)}).status_code == 302
    assert state(made) == (True, True, None)
    page = mine.get(path)
    assert (page.status_code, "ouvrez vos délégations" in text(page)) == (410, True)


def test_somebody_else_is_told_so_and_changes_nothing(doctor: User) -> None:
    made = proposed(doctor)
    path = f"/delegations/invitation/{last_token()}/"
    for user in (account("autre@example.org", Role.IOA), doctor):
        client = signed_in_client(user)
        page = text(client.get(path))
        assert "n’est pas adressée à votre compte" in page
        assert "s…@example.org" in page
        assert "secretaire@example.org" not in page
        for act in ("accepter", "refuser"):
            assert client.post(f"{path}{act}/", {"seen": seal(made)}).status_code == 403
    assert state(made) == (True, False, None)


def test_the_account_of_the_address_is_closed(doctor: User, secretary: User, client: Client) -> None:
    made = proposed(doctor)
    User.objects.filter(pk=secretary.pk).update(is_active=False, closed_for="decision", closed_at=timezone.now())
    path = f"/delegations/invitation/{last_token()}/"
    assert "est désactivé" in text(client.get(path))
    assert client.post(f"{path}accepter/", {"seen": seal(made)}).status_code == 403


def test_refusing_by_the_link_needs_no_account(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    path = f"/delegations/invitation/{last_token()}/"
    page = client.post(f"{path}refuser/")
    assert (page.status_code, "Délégation refusée" in text(page)) == (200, True)
    assert state(made)[2] == "refused"
    assert not User.objects.filter(email="nouvelle@example.org").exists()
    assert client.get(path).status_code == 410
    assert AuditLine.objects.get(act="end_delegation").actor == f"lien de la délégation {made.pk}"


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 500])
def test_a_link_that_is_none_says_what_to_do(client: Client, db: None, token: str) -> None:
    for answer in (
        client.get(f"/delegations/invitation/{token}/"),
        client.post(f"/delegations/invitation/{token}/accepter/"),
        client.post(f"/delegations/invitation/{token}/refuser/"),
    ):
        assert (answer.status_code, "n’ouvre rien" in text(answer)) == (404, True)


def test_an_expired_link_says_whom_to_ask(doctor: User, client: Client) -> None:
    made = proposed(doctor, "nouvelle@example.org")
    Delegation.objects.update(invited_at=timezone.now() - timedelta(days=8))
    page = client.get(f"/delegations/invitation/{last_token()}/")
    assert (page.status_code, "a expiré" in text(page)) == (410, True)
    assert client.post(f"/delegations/invitation/{last_token()}/accepter/", {"seen": seal(made)}).status_code == 410


# What account managers do.


@pytest.fixture
def managed(db: None) -> tuple[Client, User, User]:
    """A manager of the Nord, a doctor of theirs, and one of elsewhere."""
    nord, somme = factories.territory(), factories.territory(code="SAS-80", departments=["80"])
    manager = account("comptes@example.org", Role.ACCOUNT_MANAGER, territory=nord)
    mine = account("nord@example.org", Role.EFFECTOR, territory=nord, family_name="Nord")
    other = account("somme@example.org", Role.EFFECTOR, territory=somme)
    return signed_in_client(manager), mine, other


def test_a_manager_prepares_for_accounts_of_their_territories_only(managed: tuple[Client, User, User]) -> None:
    client, mine, other = managed
    path = f"/gestion/comptes/{mine.pk}/delegation/"
    answer = client.post(path, filled(), follow=True)
    assert "Accord encore attendu : Lou Nord et Eve Secretaire" in text(answer)
    made = Delegation.objects.get()
    assert state(made) == (False, False, None)
    assert made.delegator == mine
    for method in (client.get, client.post):
        assert method(f"/gestion/comptes/{other.pk}/delegation/").status_code == 404
    wrong = client.post(path, filled(email="nord@example.org"))
    assert (wrong.status_code, "à soi-même" in text(wrong)) == (422, True)


def test_a_manager_ends_and_sends_again_for_their_accounts_only(managed: tuple[Client, User, User]) -> None:
    client, mine, other = managed
    own, foreign = proposed(mine), proposed(other)
    for path in (
        f"/gestion/comptes/{mine.pk}/delegation/{foreign.pk}",
        f"/gestion/comptes/{other.pk}/delegation/{foreign.pk}",
    ):
        assert client.post(f"{path}/terminer/").status_code == 404
        assert client.post(f"{path}/renvoyer/").status_code == 404
    assert state(foreign) == (True, False, None)
    path = f"/gestion/comptes/{mine.pk}/delegation/{own.pk}"
    assert "dix minutes" in text(client.post(f"{path}/renvoyer/", follow=True))
    Delegation.objects.filter(pk=own.pk).update(invited_at=timezone.now() - timedelta(hours=1))
    assert "nouveau lien part" in text(client.post(f"{path}/renvoyer/", follow=True))
    assert "prévenues" in text(client.post(f"{path}/terminer/", follow=True))
    own.refresh_from_db()
    assert own.ended_by == "manager"
    assert "déjà terminée" in text(client.post(f"{path}/terminer/", follow=True))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ACCOUNT_MANAGER, Role.NATIONAL_ADMIN)])
def test_nobody_else_prepares(doctor: User, role: Role) -> None:
    territory = factories.territory()
    client = signed_in_client(account("x@example.org", role, territory=territory))
    for path in ("", "1/terminer/", "1/renvoyer/"):
        assert client.post(f"/gestion/comptes/{doctor.pk}/delegation/{path}", filled()).status_code == 403


def test_an_account_with_nothing_to_delegate_says_so(managed: tuple[Client, User, User]) -> None:
    client, mine, _ = managed
    mine.grants.update(role=Role.REGULATOR)
    page = client.get(f"/gestion/comptes/{mine.pk}/delegation/")
    assert (page.status_code, "Seuls délèguent" in text(page)) == (200, True)
    assert client.post(f"/gestion/comptes/{mine.pk}/delegation/", filled()).status_code == 422


def test_a_structure_is_a_choice_of_the_manager_s_form(managed: tuple[Client, User, User]) -> None:
    client, mine, _ = managed
    mine.grants.update(role=Role.STRUCTURE_MANAGER)
    structure = factories.structure(name="MSP DU LAC")
    StructureAttachment.objects.create(user=mine, structure=structure, attached_at=timezone.now())
    path = f"/gestion/comptes/{mine.pk}/delegation/"
    assert "MSP DU LAC" in text(client.get(path))
    assert "MSP DU LAC" in text(client.post(path, filled(target=str(structure.pk)), follow=True))
