from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import Practitioner, Structure
from sas.participation.declared_structures import Described, declare_unknown_structure
from sas.participation.models import DeclaredStructure, Participation
from sas.participation.visibility import declare_visibility
from tests.accounts.signing import signed_in_client
from tests.factories import directory

AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
LIST = "/gestion/structures-declarees/"

pytestmark = pytest.mark.django_db


def signed_in(role: Role, territory: str = "", national_id: str | None = None) -> Client:
    user, _ = create_account(
        email=f"{role}-{territory}@example.org", roles=[role], territories=[territory] if territory else [],
        by="test", at=AT,
    )  # fmt: skip
    User.objects.filter(pk=user.pk).update(national_id=national_id)
    return signed_in_client(User.objects.get(pk=user.pk))


@pytest.fixture
def waiting(person: Callable[..., Practitioner]) -> DeclaredStructure:
    directory.territory()
    directory.territory(code="SAS-62", label="SAS du Pas-de-Calais")
    described = Described("cpts", "CPTS de l’Essai", "Lille", "03 20 00 00 00")
    declare_unknown_structure(practitioner=person(), described=described, by="x", at=AT)
    return DeclaredStructure.objects.get()


def test_a_manager_finds_the_structure_and_says_that_it_is_the_one(waiting: DeclaredStructure, cpts: Structure) -> None:
    Structure.objects.filter(pk=cpts.pk).update(name_key="cpts de l essai")
    client = signed_in(Role.ACCOUNT_MANAGER, "SAS-59")
    sheet = client.get(f"{LIST}{waiting.pk}/?texte=590000001").content.decode()
    assert f'name="structure" value="{cpts.pk}"' in sheet
    answer = client.post(f"{LIST}{waiting.pk}/identifier/", {"structure": cpts.pk})
    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert Participation.objects.get(ended_on=None).structure == cpts
    assert client.get(f"{LIST}{waiting.pk}/").status_code == 404


def test_a_structure_that_is_none_is_refused_with_a_reason(waiting: DeclaredStructure) -> None:
    client = signed_in(Role.ACCOUNT_MANAGER, "SAS-59")
    empty = client.post(f"{LIST}{waiting.pk}/refuser/", {"because": " "})
    assert (empty.status_code, "la personne le lira" in empty.content.decode()) == (422, True)
    assert client.post(f"{LIST}{waiting.pk}/identifier/", {"structure": "autre"}).status_code == 422
    assert client.post(f"{LIST}{waiting.pk}/refuser/", {"because": "Inconnue de l’ARS."}).status_code == 302
    doctor = signed_in(Role.EFFECTOR, national_id="810000000001")
    assert "Inconnue de l’ARS." in doctor.get("/reglages/810000000001/").content.decode()


def test_managers_of_other_territories_do_not_see_it(waiting: DeclaredStructure) -> None:
    client = signed_in(Role.ACCOUNT_MANAGER, "SAS-62")
    assert "Aucune structure" in client.get(LIST).content.decode()
    assert client.get(f"{LIST}{waiting.pk}/").status_code == 404
    assert client.post(f"{LIST}{waiting.pk}/refuser/", {"because": "x"}).status_code == 404


def test_the_home_of_a_doctor_says_how_they_take_part_and_what_is_missing(
    waiting: DeclaredStructure, person: Callable[..., Practitioner]
) -> None:
    client = signed_in(Role.EFFECTOR, national_id="810000000001")
    text = client.get("/").content.decode()
    assert "Votre participation au SAS" in text
    assert "en attente : la structure reste à identifier" in text
    assert "non remplies" in text
    declare_visibility(of=Practitioner.objects.get(), opted_out=True, by="x", at=AT)
    assert "Aucun logiciel d’agenda interfacé n’est connu" in client.get("/").content.decode()


def test_the_home_of_a_manager_counts_what_waits(waiting: DeclaredStructure) -> None:
    assert "structure déclarée à identifier" in signed_in(Role.ACCOUNT_MANAGER, "SAS-59").get("/").content.decode()
