"""The page of partial sharing, as a doctor, a delegate and a stranger."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from sas.accounts.models import User
from sas.accounts.permissions import Role
from sas.accounts.services import create_account
from sas.directory.models import Practitioner
from sas.participation.models import Visibility
from sas.participation.queries import visibility_now
from sas.participation.sharing.rules import Band, Limits
from sas.participation.sharing.services import limit_sharing
from tests.accounts.signing import signed_in_client
from tests.factories import directory

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def doctor(db: None) -> Practitioner:
    made = directory.practitioner()
    directory.place(made, place_key="R1", name="Cabinet A")
    directory.place(made, place_key="R2", name="Cabinet B")
    return made


def client_of(doctor: Practitioner | None, role: Role = Role.EFFECTOR) -> Client:
    user, _ = create_account(email=f"{role}@example.org", roles=[role], by="test", at=AT)
    if doctor:
        User.objects.filter(pk=user.pk).update(national_id=doctor.national_id)
        user.refresh_from_db()
    return signed_in_client(user)


@pytest.fixture
def own(doctor: Practitioner) -> Client:
    return client_of(doctor)


def path_of(doctor: Practitioner) -> str:
    return f"/reglages/{doctor.national_id}/partage/"


def sent(**given: Any) -> dict[str, Any]:
    return {"version": "0"} | given


def limits_of(doctor: Practitioner) -> Limits:
    return visibility_now([doctor.pk])[doctor.pk].limits


def test_nothing_is_ticked_for_who_never_said_anything(own: Client, doctor: Practitioner) -> None:
    page = own.get(path_of(doctor)).content.decode()
    assert "tout est partagé" in page
    assert " checked" not in page
    assert "un éditeur ne peut pas filtrer à votre place" in page


def test_every_limit_is_saved_and_read_back(own: Client, doctor: Practitioner) -> None:
    form = sent(
        day_1="8 h–12 h, 14:00 à 18:30", day_5="22 h-24 h", per_day="3", horizon_hours="24", types=["SNP", "PRO"],
        modalities=["AMB"], places=["R1"], reasons=" Consultation  urgente \n\nSuivi",
    )  # fmt: skip
    answer = own.post(path_of(doctor), form, follow=True)
    clock = datetime.strptime
    wanted = Limits(
        bands=tuple(
            Band(day, clock(start, "%H").replace(tzinfo=UTC).time(), clock(end, "%H:%M").replace(tzinfo=UTC).time())
            for day, start, end in ((1, "08", "12:00"), (1, "14", "18:30"), (5, "22", "00:00"))
        ),
        per_day=3,
        horizon_hours=24,
        modalities=frozenset({"AMB"}),
        types=frozenset({"SNP", "PRO"}),
        places=frozenset({"R1"}),
        reasons=frozenset({"Consultation urgente", "Suivi"}),
    )
    assert limits_of(doctor) == wanted
    page = answer.content.decode()
    assert 'value="8 h–12 h, 14 h–18 h 30"' in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "3 créneaux visibles par jour au plus" in page
    version = Visibility.objects.get(ends_at=None).pk
    own.post(path_of(doctor), form | {"version": str(version)})
    assert Visibility.objects.count() == 1, "the form that was read back says the same"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("day_0", "le matin", "Écrivez par exemple"),
        ("day_0", "20 h–2 h", "passe minuit"),
        ("day_0", "8 h–12 h, 11 h–13 h", "se chevauchent"),
        ("per_day", "0", "de 1 à 100"),
        ("per_day", "beaucoup", "de 1 à 100"),
        ("horizon_hours", "500", "de 1 à 72"),
        ("types", "AUTRE", "Choisissez parmi"),
        ("places", "R9", "Choisissez parmi"),
        ("reasons", "x\n" * 40, "30 actes au plus"),
    ],
)
def test_what_cannot_be_read_is_said_beside_it_and_kept(
    own: Client, doctor: Practitioner, field: str, value: str, sentence: str
) -> None:
    answer = own.post(path_of(doctor), sent(**{field: value, "day_4": "9 h–10 h"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "9 h–10 h" in page
    assert not Visibility.objects.exists()


def test_a_stale_form_says_who_and_keeps_what_was_typed(own: Client, doctor: Practitioner) -> None:
    limit_sharing(practitioner=doctor, limits=Limits(per_day=2), by="secrétariat", at=AT)
    stale = own.post(path_of(doctor), sent(per_day="5"))
    page = stale.content.decode()
    assert stale.status_code == 409
    assert "secrétariat" in page
    assert 'value="5"' in page
    again = sent(per_day="5", version=str(Visibility.objects.get(ends_at=None).pk))
    assert own.post(path_of(doctor), again).status_code == 302
    assert limits_of(doctor).per_day == 5


def test_one_press_shares_everything_again(own: Client, doctor: Practitioner) -> None:
    limit_sharing(practitioner=doctor, limits=Limits(per_day=2), by="test", at=AT)
    assert "Tout partager de nouveau" in own.get(path_of(doctor)).content.decode()
    own.post(f"{path_of(doctor)}tout/")
    assert limits_of(doctor).is_empty


def test_others_are_not_said_to_exist(own: Client, doctor: Practitioner) -> None:
    other = directory.practitioner()
    assert own.get(path_of(other)).status_code == 404
    assert own.post(path_of(other), sent(per_day="1")).status_code == 404
    assert client_of(None, Role.REGULATOR).get(path_of(doctor)).status_code == 403


def test_who_opted_out_is_told_that_limits_wait(own: Client, doctor: Practitioner) -> None:
    Visibility.objects.create(practitioner=doctor, opted_out=True, starts_at=AT, declared_by="test")
    assert "vous avez refusé d’afficher" in own.get(path_of(doctor)).content.decode()
