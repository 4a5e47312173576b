from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from sas.accounts.models import Delegation, StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account, token_digest
from sas.aggregator.services import register_editor
from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.editors import editors
from sas.participation.models import DeclaredStructure, Participation, StructureParticipation, Visibility
from sas.participation.services import declare_participation
from sas.participation.visibility import declare_visibility
from tests.accounts.signing import signed_in_client
from tests.factories import directory

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
KEY = "810000000001"

pytestmark = pytest.mark.django_db


def account(role: Role, name: str = "moi") -> User:
    user, _ = create_account(
        email=f"{name}@example.org", roles=[role], territories=[], family_name="MARTIN", given_name="Alex",
        by="test", at=AT,
    )  # fmt: skip
    return user


@pytest.fixture
def doctor(person: Callable[..., Practitioner]) -> Practitioner:
    directory.territory()
    return person(KEY)


@pytest.fixture
def client(doctor: Practitioner) -> Client:
    user = account(Role.EFFECTOR)
    User.objects.filter(pk=user.pk).update(national_id=KEY)
    return signed_in_client(User.objects.get(pk=user.pk))


def page(client: Client, path: str = "", key: str = KEY) -> str:
    answer = client.get(f"/reglages/{key}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, act: str, key: str = KEY, **data: object) -> tuple[int, str]:
    answer = client.post(f"/reglages/{key}/{act}/", data)
    return answer.status_code, answer.content.decode()


def test_nothing_is_ticked_for_whoever_never_came(client: Client) -> None:
    text = page(client)
    assert " checked" not in text
    assert "Vous ne participez pas au SAS" in text
    assert "Conditions non remplies" in text
    assert "2 heures de disponibilité par semaine" not in text


def test_the_only_subject_opens_at_once(client: Client) -> None:
    answer = client.get("/reglages/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/reglages/{KEY}/")


def test_a_doctor_takes_part_for_one_place_then_no_longer(client: Client) -> None:
    assert post(client, "participer", via="individual", places=["a"], version=0)[0] == 302
    assert Participation.objects.get().place_keys == ["a"]
    assert "Vous participez</strong> à titre individuel" in page(client)
    assert post(client, "arreter", version=Participation.objects.get().pk)[0] == 302
    assert not PracticeLocation.objects.filter(participates=True).exists()


def test_a_question_without_its_answer_says_so_and_keeps_the_rest(client: Client) -> None:
    status, text = post(client, "participer", places=["a"], version=0)
    assert status == 422
    assert "Choisissez comment vous participez." in text
    assert 'value="a" checked' in text
    status, text = post(client, "participer", via="individual", version=0)
    assert (status, "Cochez au moins un lieu." in text) == (422, True)
    status, text = post(client, "participer", via="cpts", places=["a"], version=0)
    assert (status, "Choisissez la structure (CPTS)" in text) == (422, True)


def test_the_cpts_of_one_s_commune_is_offered_and_chosen(client: Client, cpts: Structure) -> None:
    Structure.objects.filter(pk=cpts.pk).update(zone=["59350"])
    assert "CPTS de l’Essai" in page(client)
    assert post(client, "participer", via="cpts", structure=cpts.pk, places=["a", "b"], version=0)[0] == 302
    assert Participation.objects.get().structure == cpts


def test_a_structure_is_looked_for_without_losing_what_was_typed(client: Client) -> None:
    far = directory.structure(name="CPTS Littoral Nord", department="62", national_id="1620000009")
    for typed in ("littoral", "620000009"):
        status, text = post(client, "participer", via="cpts", places=["b"], look_for=typed, chercher=1, version=0)
        assert status == 200
        assert "CPTS Littoral Nord" in text
        assert 'value="cpts" checked' in text
        assert 'value="b" checked' in text
    assert post(client, "participer", via="cpts", structure=far.pk, places=["b"], version=0)[0] == 302


def test_a_structure_not_found_is_described_and_awaited(client: Client) -> None:
    status, text = post(client, "participer", via="msp", structure="inconnue", name="MSP des Lilas", places=["a"])
    assert (status, "Écrivez un téléphone" in text, "MSP des Lilas" in text) == (422, True, True)
    said = {"name": "MSP des Lilas", "city": "Lille", "contact": "0320000000"}
    assert post(client, "participer", via="msp", structure="inconnue", places=["a", "b"], version=0, **said)[0] == 302
    assert DeclaredStructure.objects.get().territory
    assert "En attente" in page(client)


def test_a_stale_form_is_told_who_changed_it_and_keeps_what_was_typed(client: Client, doctor: Practitioner) -> None:
    other = account(Role.DELEGATE, "autre")
    declare_participation(
        practitioner=doctor, via="individual", place_keys=["a"], by=f"{other.audit_label} pour compte 1", at=AT
    )
    status, text = post(client, "participer", via="individual", places=["b"], version=0)
    assert status == 409
    assert "Changés par Alex MARTIN le 20 mars 2026" in text
    assert 'value="b" checked' in text
    assert Participation.objects.get().place_keys == ["a"]


def test_visibility_is_kept_and_editors_are_linked(client: Client, doctor: Practitioner) -> None:
    register_editor(name="Alpha", base_url="https://alpha.invalid/fhir", by="test", at=AT)
    assert "Alpha" in page(client)
    assert post(client, "visibilite", editors=["alpha"], opted_out="on", shown=0)[0] == 302
    row = Visibility.objects.get()
    assert (row.opted_out, row.uses_editors) == (True, True)
    assert [one.key for one in editors().used_by([KEY])[KEY]] == ["alpha"]
    assert post(client, "visibilite", editors=["inconnu"], shown=row.pk)[0] == 422


def test_a_stale_visibility_is_not_overwritten(client: Client, doctor: Practitioner) -> None:
    declare_visibility(of=doctor, opted_out=True, by="reprise", at=AT)
    status, text = post(client, "visibilite", shown=0)
    assert (status, "Changés par la plateforme" in text) == (409, True)
    assert Visibility.objects.get().opted_out


def test_the_page_does_not_depend_on_which_editor_is_used(client: Client, doctor: Practitioner) -> None:
    """S0: swap the editors; but for the name that was ticked, the page is the same."""
    texts = []
    for name in ("Alpha", "Omega"):
        register_editor(name=name, base_url=f"https://{name}.invalid/fhir", by="test", at=AT)
    for key in ("alpha", "omega"):
        declare_participation(practitioner=doctor, via="individual", by="x", at=AT)
        declare_visibility(of=doctor, editor_keys=[key], by="x", at=AT)
        text = page(client)
        body = text[text.index("<h1>") :].replace(" checked", "")
        texts.append("\n".join(line for line in body.splitlines() if "csrf" not in line and "nonce" not in line))
    assert texts[0] == texts[1]


def test_the_history_says_what_when_and_who(client: Client, doctor: Practitioner) -> None:
    declare_participation(practitioner=doctor, via="individual", place_keys=["a"], by="reprise", at=AT)
    post(client, "visibilite", opted_out="on", shown=0)
    text = page(client, "historique/")
    assert "Participation à titre individuel" in text
    assert "la plateforme, le 20 mars 2026" in text
    assert "Créneaux éditeurs refusés" in text
    assert "vous, le" in text


def test_a_delegate_of_settings_acts_for_the_doctor_only(doctor: Practitioner, client: Client) -> None:
    delegator, delegate = User.objects.get(national_id=KEY), account(Role.DELEGATE, "delegue")
    made = {"delegator": delegator, "delegate": delegate, "delegate_email": "delegue@example.org"}
    Delegation.objects.create(
        **made, scopes=["settings"], ends_on="2099-01-01", token_sha256=token_digest("x"), prepared_by="x",
        prepared_at=AT, confirmed_at=AT, accepted_at=AT, delegate_family_name="X", delegate_given_name="Y",
    )  # fmt: skip
    acting = signed_in_client(delegate)
    assert post(acting, "participer", via="individual", places=["a", "b"], version=0)[0] == 302
    assert Participation.objects.get().declared_by == f"{delegate.audit_label} pour {delegator.audit_label}"
    Delegation.objects.update(scopes=["agenda"])
    assert acting.get(f"/reglages/{KEY}/").status_code == 404


@pytest.mark.parametrize("path", ["", "historique/"])
def test_the_settings_of_others_do_not_exist(client: Client, person: Callable[..., Practitioner], path: str) -> None:
    person("810000000002")
    assert client.get(f"/reglages/810000000002/{path}").status_code == 404


@pytest.fixture
def manager() -> Client:
    user = account(Role.STRUCTURE_MANAGER)
    for number, kind in enumerate(["cds", "cpts", "sos", "establishment"]):
        one = directory.structure(kind=kind, national_id=f"159000000{number}", name=f"Structure {kind}")
        StructureAttachment.objects.create(user=user, structure=one, attached_at=AT)
    return signed_in_client(user)


def test_a_centre_takes_part_with_its_number_of_doctors(manager: Client) -> None:
    assert "Structure cds" in manager.get("/reglages/").content.decode()
    status, text = post(manager, "participer", "1590000000", gp_count="beaucoup", version=0)
    assert (status, "nombre entier" in text) == (422, True)
    assert post(manager, "participer", "1590000000", gp_count="", version=0)[0] == 422
    assert post(manager, "participer", "1590000000", gp_count=4, version=0)[0] == 302
    assert StructureParticipation.objects.get().gp_count == 4
    assert post(manager, "visibilite", "1590000000", uses_editors="on", shown=0)[0] == 302
    assert "4 médecins" in page(manager, "historique/", "1590000000")
    assert post(manager, "arreter", "1590000000", version=StructureParticipation.objects.get().pk)[0] == 302


def test_a_cpts_takes_part_by_its_members_and_declares_nothing(manager: Client, doctor: Practitioner) -> None:
    assert "aucun membre" in page(manager, key="1590000001")
    cpts = Structure.objects.get(national_id="1590000001")
    declare_participation(practitioner=doctor, via="cpts", structure=cpts, by="x", at=AT)
    assert "par 1 membre." in page(manager, key="1590000001")
    assert post(manager, "participer", "1590000001", via="individual")[0] == 404


def test_an_sos_association_is_seen_by_its_agenda_only(manager: Client) -> None:
    text = page(manager, key="1590000002")
    assert "par son agenda SAS" in text
    assert "Je refuse d’afficher" not in text
    assert post(manager, "participer", "1590000002", version=0)[0] == 302


def test_another_kind_of_structure_has_nothing_to_declare(manager: Client) -> None:
    assert "ne déclare pas de participation" in page(manager, key="1590000003")
    assert post(manager, "visibilite", "1590000003")[0] == 404


def test_the_number_of_queries_does_not_grow_with_places(
    client: Client, doctor: Practitioner, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(6):
        directory.place(doctor)
    with django_assert_max_num_queries(40):  # type: ignore[attr-defined]
        page(client)


def test_one_button_pauses_and_the_same_place_then_offers_to_resume(client: Client) -> None:
    before = page(client)
    assert ("Mettre en pause</button>" in before, "Reprendre</button>" in before) == (True, False)
    answer = client.post(f"/indisponibilites/{KEY}/pause/", {"next": f"/reglages/{KEY}/"})
    assert answer.headers["Location"] == f"/reglages/{KEY}/"
    after = page(client)
    assert ("Mettre en pause</button>" in after, "Reprendre</button>" in after) == (False, True)
