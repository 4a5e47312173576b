"""An import does what its preview says, or nothing."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from sas.accounts.administration.imports.announcing import announce_account
from sas.accounts.administration.imports.parsing import UnreadableFile, parse
from sas.accounts.administration.imports.planning import Fate, plan
from sas.accounts.administration.imports.services import apply_import, prepare_import
from sas.accounts.changes import Change
from sas.accounts.invitations import invite_account
from sas.accounts.models import AccountImport, Invitation, RoleGrant, User
from sas.accounts.permissions import Role
from sas.accounts.services import AccountRefused
from sas.directory.models import Territory
from sas.web.models import AuditLine, OutgoingMail
from tests.accounts.administration.conftest import AT, make_account
from tests.accounts.signing import signed_in_client
from tests.factories import directory as factories

pytestmark = pytest.mark.django_db

HEADER = "email;nom;prenom;profession;roles;territoires;identifiant national;sans carte;echeance;structures"


def file(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines]).encode()


def line(email: str = "lea@example.org", **given: str) -> str:
    values = {"nom": "Durand", "prenom": "Léa", "profession": "", "roles": "regulator", "territoires": "SAS-59"}
    values |= {"id": "", "carte": "", "echeance": "", "structures": ""} | given
    return ";".join([email, *values.values()])


def prepared(by: User, *lines: str) -> AccountImport:
    return prepare_import(file_name="comptes.csv", content=file(*lines), by=by, at=AT)


def fates(by: User, *lines: str) -> list[tuple[Fate, str]]:
    found = plan(parse(file(*lines).decode()), actor=by, at=AT)
    return [(planned.fate, " ".join(planned.errors or planned.changes)) for planned in found.lines]


def test_good_lines_are_written_and_invited_wrong_ones_are_not(nord: Territory, manager: User) -> None:
    factories.structure(national_id="1590000001", department="59")
    kept = prepared(
        manager,
        line(),
        line("max@example.org", roles="structure_manager", structures="590000001", carte="oui"),
        line("roi@example.org", roles="roi"),
    )
    assert User.objects.count() == 1
    done = apply_import(kept=kept, by=manager, at=AT)
    assert (done.created_count, done.updated_count, done.skipped_count, done.content) == (2, 0, 1, "")
    made = User.objects.get(email="max@example.org")
    assert (made.may_use_password, made.attachments.count(), made.has_usable_password()) == (True, 1, False)
    jobs = ProcrastinateJob.objects.filter(task_name="sas.accounts.invite_account")
    assert {job.args["user_id"] for job in jobs} == set(
        User.objects.exclude(pk=manager.pk).values_list("pk", flat=True)
    )
    assert AuditLine.objects.filter(act="create_account").count() == 2
    for _ in range(2):
        invite_account(user_id=made.pk, by=manager.audit_label)
    assert Invitation.objects.filter(user=made).count() == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"territoires": "SAS-80"}, "SAS-80"),
        ({"territoires": "SAS-99"}, "inconnu : SAS-99"),
        ({"territoires": ""}, "vos territoires"),
        ({"roles": "national_admin"}, "rang supérieur"),
        ({"roles": "delegate"}, "délégation"),
        ({"structures": "590000009", "roles": "structure_manager"}, "Structure inconnue"),
        ({"email": "comptes@example.org"}, "propre compte"),
        ({"email": "ailleurs@example.org"}, "ailleurs"),
        ({"email": "ailleurs@example.org", "nom": "Autre"}, "à un autre nom"),
        ({"email": "ferme@example.org"}, "désactivé"),
        ({"email": "chef@example.org"}, "rang supérieur"),
        ({"id": "810000000009"}, "autre compte"),
        ({"echeance": "2020-01-01"}, "passée"),
    ],
)
def test_a_line_that_may_not_be_applied_says_why(
    nord: Territory, somme: Territory, manager: User, given: dict[str, str], said: str
) -> None:
    names = {"family_name": "DURAND", "given_name": "Lea"}
    make_account("ailleurs@example.org", (Role.IOA, somme), national_id="810000000009", **names)
    make_account("ferme@example.org", (Role.IOA, nord), is_active=False, closed_for="decision", closed_at=AT, **names)
    make_account("chef@example.org", (Role.NATIONAL_ADMIN, None), (Role.IOA, nord), **names)
    ((fate, reason),) = fates(manager, line(**given))
    assert (fate, said in reason) == (Fate.REFUSED, True), reason


def test_what_is_empty_stays_and_roles_are_added_never_taken(nord: Territory, manager: User) -> None:
    user = make_account(
        "lea@example.org", (Role.IOA, nord), family_name="Durand", given_name="Léa", profession="Infirmière"
    )
    assert fates(manager, line(roles="ioa")) == [(Fate.UNCHANGED, "")]
    kept = prepared(manager, line(echeance="2030-01-01"))
    apply_import(kept=kept, by=manager, at=AT)
    user = User.objects.get(pk=user.pk)
    assert (user.profession, set(user.roles), user.session_stamp) == ("Infirmière", {Role.IOA, Role.REGULATOR}, 1)
    assert not ProcrastinateJob.objects.filter(task_name="sas.accounts.invite_account").exists()


def test_two_lines_never_share_a_national_id(nord: Territory, manager: User) -> None:
    first, second = fates(manager, line(id="810000000001"), line("max@example.org", id="810000000001"))
    assert (first[0], second) == (Fate.CREATE, (Fate.REFUSED, "Même identifiant national que la ligne 2."))


def test_anything_that_changed_since_the_preview_stops_the_whole(nord: Territory, manager: User) -> None:
    kept = prepared(manager, line(), line("max@example.org"))
    make_account("max@example.org", (Role.IOA, nord))
    with pytest.raises(AccountRefused, match="rien n’a été enregistré"):
        apply_import(kept=kept, by=manager, at=AT)
    assert not User.objects.filter(email="lea@example.org").exists()
    kept.refresh_from_db()
    assert kept.applied_at is None


def test_rights_lost_since_the_preview_stop_the_whole(nord: Territory, manager: User) -> None:
    kept = prepared(manager, line())
    RoleGrant.objects.filter(user=manager).delete()
    with pytest.raises(AccountRefused):
        apply_import(kept=kept, by=User.objects.get(pk=manager.pk), at=AT)


def test_an_import_is_applied_once(nord: Territory, manager: User) -> None:
    kept = prepared(manager, line())
    apply_import(kept=kept, by=manager, at=AT)
    with pytest.raises(AccountRefused, match="déjà"):
        apply_import(kept=kept, by=manager, at=AT)


def test_a_preview_costs_the_same_whatever_the_number(nord: Territory, manager: User) -> None:
    def cost(number: int) -> int:
        lines = parse(file(*(line(f"p{n}@example.org") for n in range(number))).decode())
        with CaptureQueriesContext(connection) as seen:
            plan(lines, actor=User.objects.get(pk=manager.pk), at=AT)
        return len(seen)

    assert cost(3) == cost(300)


def test_applying_costs_the_same_whatever_the_number(nord: Territory, manager: User) -> None:
    def cost(names: range, **given: str) -> int:
        kept = prepared(manager, *(line(f"p{n}@example.org", **given) for n in names))
        with CaptureQueriesContext(connection) as seen:
            apply_import(kept=kept, by=User.objects.get(pk=manager.pk), at=AT)
        return len(seen)

    assert cost(range(3)) == cost(range(100, 400))
    assert cost(range(3), roles="ioa", profession="Médecin") == cost(range(100, 400), roles="ioa", profession="Médecin")


def test_accounts_that_an_import_changes_are_announced_by_a_job_each(
    nord: Territory, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[Change, int]] = []
    monkeypatch.setattr("sas.accounts.changes._LISTENERS", [lambda change, user, at: heard.append((change, user.pk))])
    user = make_account("lea@example.org", (Role.IOA, nord), family_name="Durand", given_name="Léa")
    apply_import(kept=prepared(manager, line(profession="Médecin", id="810000000001")), by=manager, at=AT)
    assert heard == []
    jobs = ProcrastinateJob.objects.filter(task_name="sas.accounts.announce_account")
    for _ in range(2):
        announce_account(**jobs.get().args)
    assert heard == [(Change.UPDATED, user.pk)] * 2
    changed = AuditLine.objects.get(act="edit_account")
    assert (changed.before, changed.target) == ({"profession": "", "national_id": None}, user.audit_label)
    User.objects.filter(pk=user.pk).update(is_active=False, closed_for="decision", closed_at=AT)
    announce_account(user_id=user.pk, by="test", at=AT.isoformat())
    assert len(heard) == 2
    assert sorted(OutgoingMail.objects.values_list("kind", flat=True)) == ["roles_added", "security_national_id"]
    assert set(OutgoingMail.objects.values_list("to", "created_at")) == {("lea@example.org", AT)}


def test_the_pages_lead_from_the_file_to_what_was_done(nord: Territory, manager: User) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = signed_in_client(manager)
    assert b"email;family_name" in b"".join(client.get("/gestion/comptes/import/modele.csv"))
    for wrong in ({}, {"file": SimpleUploadedFile("x.csv", b"a;b")}):
        assert client.post("/gestion/comptes/import/", wrong).status_code == 422
    sent = SimpleUploadedFile("comptes.csv", file(line(), line("roi@example.org", roles="roi")))
    where = client.post("/gestion/comptes/import/", {"file": sent})["Location"]
    page = client.get(where).content.decode()
    assert "Appliquer 1 ligne" in page
    assert "Rôle inconnu : roi." in page
    stranger: Any = signed_in_client(make_account("autre@example.org", (Role.ACCOUNT_MANAGER, nord)))
    assert (stranger.get(where).status_code, stranger.post(where).status_code) == (404, 404)
    assert client.post(where).status_code == 302
    assert "1 compte créé" in client.get(where).content.decode()
    assert client.post(where).status_code == 422
    assert User.objects.filter(email="lea@example.org").exists()


def test_a_preview_made_void_is_shown_anew_and_may_be_applied(nord: Territory, manager: User) -> None:
    client = signed_in_client(manager)
    kept = prepared(manager, line(), line("max@example.org"))
    make_account("max@example.org", (Role.IOA, nord), given_name="Léa", family_name="Durand")
    where = f"/gestion/comptes/import/{kept.pk}/"
    answer = client.post(where)
    assert (answer.status_code, "Voici le nouvel aperçu" in answer.content.decode()) == (422, True)
    assert client.post(where).status_code == 302
    assert User.objects.filter(email="lea@example.org").exists()


def test_a_file_too_large_is_refused_before_it_is_read(client: Client, nord: Territory, manager: User) -> None:
    with pytest.raises(UnreadableFile, match="1 Mio"):
        prepare_import(file_name="x", content=b"x" * (1024 * 1024 + 1), by=manager, at=AT)
