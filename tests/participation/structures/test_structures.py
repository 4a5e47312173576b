"""Structures that somebody manages: what they read of them, what they say of them, the doctors of SOS Médecins."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from sas.accounts.models import StructureAttachment, User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import PracticeLocation, Structure
from sas.participation.models import Participation
from sas.participation.places.wording import Description, DescriptionChanged
from sas.participation.services import declare_participation
from sas.participation.structures.services import DoctorRefused, describe_structure, list_doctor, unlist_doctor
from sas.web.models import AuditLine
from tests.accounts.signing import signed_in_client
from tests.factories import directory as make

AT = datetime(2026, 3, 20, 9, tzinfo=UTC)
NOTHING = Description().version
RPPS = "10000000017"


@pytest.fixture
def manager(db: None) -> User:
    return create_account(
        email="g@example.org", roles=[Role.STRUCTURE_MANAGER], given_name="Ana", family_name="GÈRE", by="test", at=AT
    )[0]


def managed(manager: User, **given: object) -> Structure:
    made = make.structure(**({"department": "59", "insee": "59350"} | given))
    StructureAttachment.objects.create(user=manager, structure=made, attached_at=AT)
    return made


def text_of(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_list_says_what_the_ror_lacks_and_a_constant_number_of_queries(
    manager: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make.territory()
    for number in range(6):
        managed(manager, name=f"CPTS {number}")
    client = signed_in_client(manager)
    with django_assert_max_num_queries(20):
        text = text_of(client, "/structures/")
    assert text.count("téléphone de l’unité de soins non programmés") == 6
    assert text.count("aucun numéro à elle") == 6


def test_a_finess_number_is_a_switchboard_never_the_regulation_s(manager: User) -> None:
    known = {"phone": {"source": "finess", "on": "2026-01-05"}}
    one = managed(manager, kind="cds", phone="+33320445566", sources=known)
    text = text_of(signed_in_client(manager), f"/structures/{one.national_id}/")
    assert "Standard, source FINESS" in text
    assert "jamais donné comme un contact de régulation" in text
    assert '<span class="sas-number">' not in text


def test_the_zone_is_a_list_of_communes_and_points_for_a_map(manager: User) -> None:
    one = managed(manager, zone=["59350", "59009"])
    text = text_of(signed_in_client(manager), f"/structures/{one.national_id}/")
    assert "Lille (59)" in text
    assert 'data-zone-map="[{&quot;name&quot;:' in text


def test_a_cpts_without_zone_is_told_what_it_costs(manager: User) -> None:
    one = managed(manager)
    assert "n’apparaît pour aucune commune" in text_of(signed_in_client(manager), f"/structures/{one.national_id}/")


def test_what_a_manager_says_survives_and_is_audited(manager: User) -> None:
    one = managed(manager)
    client, page = signed_in_client(manager), f"/structures/{one.national_id}/modifier/"
    sent = {"phone": "0320112233", "information": "Portail <b>vert</b>", "version": NOTHING}
    assert client.post(page, sent).status_code == 302
    text = text_of(client, f"/structures/{one.national_id}/")
    assert "03 20 11 22 33" in text
    assert "Portail &lt;b&gt;vert&lt;/b&gt;" in text
    assert AuditLine.objects.get(act="describe_structure").after == {
        "phone": "+33320112233", "information": "Portail <b>vert</b>",
    }  # fmt: skip
    stale = client.post(page, sent | {"information": "autre"})
    assert stale.status_code == 409
    assert ", par vous le " in stale.content.decode()


def test_a_stale_description_is_refused_with_who_and_when(manager: User) -> None:
    one = managed(manager)
    describe_structure(structure=one, phone="", information="un", version=NOTHING, by=manager.audit_label, at=AT)
    with pytest.raises(DescriptionChanged) as stale:
        describe_structure(structure=one, phone="", information="deux", version=NOTHING, by="compte 2", at=AT)
    assert (stale.value.by, stale.value.at) == (manager.audit_label, AT)


def test_another_s_structure_does_not_exist(manager: User) -> None:
    other = make.structure(kind="sos")
    client = signed_in_client(manager)
    for act in ("", "modifier/"):
        assert client.get(f"/structures/{other.national_id}/{act}").status_code == 404
    for act in ("modifier/", "medecins/", "medecins/retirer/"):
        assert client.post(f"/structures/{other.national_id}/{act}", {"rpps": RPPS}).status_code == 404


def test_an_association_shows_its_places_with_their_hours(manager: User) -> None:
    association = managed(manager, kind="sos", national_id="3" + "1" * 14)
    hours = [{"day": 0, "from": "09:00", "to": "20:00"}]
    make.structure(kind="sos_place", name="Maison médicale", parent=association, opening_hours=hours)
    text = text_of(signed_in_client(manager), f"/structures/{association.national_id}/")
    assert "Maison médicale" in text
    assert "lundi : 9 h–20 h" in text
    assert "SIRET" in text


def test_a_doctor_is_listed_by_rpps_takes_part_and_is_taken_off(manager: User) -> None:
    association = managed(manager, kind="sos")
    doctor = make.practitioner(national_id=f"8{RPPS}", family_name="SOSSON")
    make.place(doctor)
    client, page = signed_in_client(manager), f"/structures/{association.national_id}/"
    assert client.post(f"{page}medecins/", {"rpps": "10 000 000 017"}).status_code == 302
    assert PracticeLocation.objects.get(practitioner=doctor).participates
    assert "SOSSON" in text_of(client, page)
    assert client.post(f"{page}medecins/retirer/", {"medecin": doctor.national_id}).status_code == 302
    assert not PracticeLocation.objects.get(practitioner=doctor).participates
    assert "Aucun médecin n’est encore inscrit" in text_of(client, page)


@pytest.mark.parametrize(
    ("typed", "said"), [("", "onze chiffres"), ("abc", "onze chiffres"), ("10000000099", "ne connaît personne")]
)
def test_a_number_that_is_nobody_s_is_kept_beside_the_reason(manager: User, typed: str, said: str) -> None:
    association = managed(manager, kind="sos")
    answer = signed_in_client(manager).post(f"/structures/{association.national_id}/medecins/", {"rpps": typed})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert said in text
    assert f'value="{typed}"' in text


def test_nobody_moves_a_doctor_who_takes_part_otherwise(manager: User) -> None:
    association = managed(manager, kind="sos")
    doctor = make.practitioner(national_id=f"8{RPPS}")
    declare_participation(practitioner=doctor, via="individual", by="x", at=AT)
    with pytest.raises(DoctorRefused, match="participe déjà à titre individuel"):
        list_doctor(association=association, typed=RPPS, by="x", at=AT)
    assert unlist_doctor(association=association, national_id=doctor.national_id, by="x", at=AT) is None
    assert Participation.objects.get(practitioner=doctor).ended_on is None


def test_listing_a_doctor_opens_nobody_s_agenda(manager: User) -> None:
    """Anybody's number can be typed: the list is the association's word, not the doctor's."""
    association, doctor = managed(manager, kind="sos"), make.practitioner(national_id=f"8{RPPS}")
    make.place(doctor)
    list_doctor(association=association, typed=RPPS, by="compte 1", at=AT)
    client = signed_in_client(manager)
    for page in ("agenda", "indisponibilites", "reglages", "lieux", "apercu", "vues"):
        assert client.get(f"/{page}/{doctor.national_id}/").status_code == 404
    assert client.post(f"/indisponibilites/{doctor.national_id}/pause/").status_code == 404


def test_only_an_sos_association_lists_doctors(manager: User) -> None:
    with pytest.raises(DoctorRefused, match="association SOS"):
        list_doctor(association=managed(manager), typed=RPPS, by="x", at=AT)
