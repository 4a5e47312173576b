"""Closed by default: the URL map is walked, and every view says who may enter."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from sas.accounts.permissions import Permission, Role
from sas.accounts.services import create_account
from sas.web.http import WriteInReadError, public, reads
from sas.web.models import AuditLine
from tests.factories import directory

PUBLIC = {"/", "/connexion/", "/deconnexion/", "/compte-desactive/", "/healthz", "/readyz"}
PUBLIC |= {f"/connexion/{way}/" for way in ("second-facteur", "abandonner", "cle", "secours")}
PUBLIC |= {"/mot-de-passe-oublie/", "/mot-de-passe-oublie/<str:uid>/<str:token>/"}
PUBLIC |= {"/connexion/psc/", "/connexion/psc/retour", "/connexion/rattachement/"}
PUBLIC |= {"/fhir/metadata"}
MACHINES = {"editor", "client"}
"""Who may enter below /fhir/: programs, which no session stands for (sas/aggregator/fhir_server/access.py)."""

INVITATION = "/invitation/<str:token>/"
PUBLIC |= {INVITATION, f"{INVITATION}carte/", f"{INVITATION}mot-de-passe/"}
WRITES = PUBLIC - {"/", "/compte-desactive/", "/healthz", "/readyz", INVITATION}
WRITES |= {f"/compte/{page}/" for page in ("mot-de-passe", "adresse", "adresse/plus-tard")}
WRITES |= {f"/compte/sessions/{act}/" for act in ("terminer", "terminer-les-autres")}
WRITES |= {f"/compte/securite/{act}/" for act in ("application", "cle", "renommer", "retirer", "codes", "plus-tard")}
WRITES |= {"/conditions/", "/conditions/refuser/", "/connexion/confirmer/", "/connexion/psc/confirmer"}
WRITES |= {"/gestion/editeurs/comptes/1/relancer/", "/gestion/editeurs/un-nom/comptes/relancer/"}

WRITES |= {f"/gestion/comptes/{page}" for page in ("nouveau/", "import/", "import/1/")}
ON_AN_ACCOUNT = ("modifier", "desactiver", "reactiver", "retirer", "inviter", "deverrouiller", "identifiant")
WRITES |= {f"/gestion/comptes/1/{act}/" for act in (*ON_AN_ACCOUNT, "structures")}
WRITES |= {"/gestion/demandes/1/", "/gestion/demandes/1/refuser/"}
PUBLIC |= {"/demander-un-compte/", "/demander-un-compte/envoyee/"}
TERRITORY = "/gestion/territoires/<str:code>"
WRITES |= {"/demander-un-compte/", "/gestion/territoires/nouveau/"}
WRITES |= {f"{TERRITORY}/{page}/" for page in ("modifier", "contacts", "etat", "etat/retirer", "filieres/ajouter")}
WRITES |= {f"{TERRITORY}/filieres/1/", f"{TERRITORY}/filieres/1/terminer/"}
WRITES |= {f"/exploitation/{act}/" for act in ("taches/relancer", "taches/relancer-toutes", "courriels/relancer")}
WRITES |= {"/exploitation/audit/exporter/", "/exploitation/secours/"}
DELEGATION = "/delegations/invitation/<str:token>/"
PUBLIC |= {DELEGATION, f"{DELEGATION}accepter/", f"{DELEGATION}refuser/"}
WRITES |= {"/delegations/nouvelle/", f"{DELEGATION}accepter/", f"{DELEGATION}refuser/"}
WRITES |= {f"/delegations/1/{act}/" for act in ("accepter", "confirmer", "refuser", "terminer", "renvoyer")}
WRITES |= {f"/gestion/comptes/1/delegation/{act}" for act in ("", "1/renvoyer/", "1/terminer/")}
WRITES |= {f"/gestion/{what}" for what in ("comptes/export.csv", "editeurs/comptes/export.csv")}
WRITES |= {"/gestion/territoires/<str:code>/acces.csv"}
WRITES |= {f"/reglages/<str:key>/partage/{act}" for act in ("", "tout/")}
WRITES |= {f"/reglages/<str:key>/{act}/" for act in ("participer", "arreter", "visibilite")}
WRITES |= {f"/gestion/structures-declarees/1/{act}/" for act in ("identifier", "refuser")}
WRITES |= {f"/apercu/<str:key>/{act}" for act in ("", "carte/", "masquer/", "montrer/")}
WRITES |= {"/editeurs/un-nom/etape/"}
MOBILISED = "/gestion/mobilisation/<str:code>"
WRITES |= {f"{MOBILISED}/{act}" for act in ("export.csv", "medecins/1/contact/", "contacts/1/retirer/")}
ORGANISATIONS = "/gestion/organisations"
WRITES |= {f"{ORGANISATIONS}/{page}/" for page in ("nouvelle", "1/modifier", "1/valider", "1/fin-de-validation")}
WRITES |= {f"{ORGANISATIONS}/1/{page}/" for page in ("membres", "membres/1/fin", "fermer")}
WRITES |= {f"/lieux/<str:key>/{act}/" for act in ("modifier", "horaires")}
WRITES |= {f"/agenda/<str:key>/{page}/" for page in ("nouveau", "copier")}
WRITES |= {f"/agenda/<str:key>/serie/1/<str:day>/{act}" for act in ("", "supprimer/", "pris/", "libre/")}
WRITES |= {
    f"/indisponibilites/<str:key>/{act}" for act in ("", "pause/", "reprendre/", "1/", "1/terminer/", "1/retirer/")
}
WRITES |= {f"/agenda/<str:key>/icalendar/{act}" for act in ("", "ouvrir/")}
WRITES |= {"/sas/recherche/creneau", "/sas/recherche/creneau/appel"}
WRITES |= {"/structures/<str:key>/membres/<str:national_id>/modifier/"}
WRITES |= {f"/structures/<str:key>/{act}/" for act in ("modifier", "horaires", "medecins", "medecins/retirer")}
HUB_MESSAGE = "/exploitation/hub/messages/0d2f1f5c-7c55-4d4d-8a58-6f3c6f1d7a01"
WRITES |= {"/exploitation/hub/renvoyer/", *(f"{HUB_MESSAGE}/{act}/" for act in ("renvoyer", "abandonner"))}
WRITES |= {"/mes-orientations/<str:uuid>/acte/", "/sas/orientation/conseil/1/"}
WRITES |= {f"/orientations/recues/<str:key>/<str:uuid>/{act}/" for act in ("acte", "medecin")}
WRITES |= {"/gestion/orientations/<str:code>/export.csv"}
SLOT_ACTS = ("tenir", "fermer", "confirmer", "plus-libre", "plus-libre/annuler")
WRITES |= {f"/sas/orientation/agenda/<str:slot>/{act}/" for act in SLOT_ACTS}
WRITES |= {f"/sas/orientation/en-sus/<str:key>/{act}/" for act in ("appel", "appel/1/retirer", "accepte")}
WRITES |= {f"/sas/orientations/0d2f1f5c-7c55-4d4d-8a58-6f3c6f1d7a01/{act}/" for act in ("acte", "medecin", "heure")}


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield _filled(path), pattern


def _filled(path: str) -> str:
    path = re.sub(r"<slug:\w+>", "un-nom", re.sub(r"<int:\w+>", "1", path))
    return re.sub(r"<uuid:\w+>", "0d2f1f5c-7c55-4d4d-8a58-6f3c6f1d7a01", path)


ROUTES = dict(routes(get_resolver().url_patterns))
CLOSED = sorted(set(ROUTES) - PUBLIC)
FOR_MACHINES = {path for path in ROUTES if getattr(ROUTES[path].callback, "access", None) in MACHINES}


def signed_in(*roles: Role) -> Client:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    territory = directory.territory(ioa_open=True)
    user, _ = create_account(email="x@example.org", roles=roles, territories=[territory.code], by="test", at=at)
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_every_view_says_who_may_enter(path: str) -> None:
    access = getattr(ROUTES[path].callback, "access", None)
    assert access in {"public", "signed_in", *MACHINES, *Permission}
    assert (access == "public") == (path in PUBLIC)


@pytest.mark.parametrize("path", CLOSED)
def test_nobody_enters_unknown(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    if path.startswith("/api/"):
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    elif path in FOR_MACHINES:
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/fhir+json;charset=UTF-8")
    elif path == "/sas/recherche/flux":
        assert "session est terminée" in answer.content.decode()
        assert "event: fin" in answer.content.decode()
    else:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/connexion/")


@pytest.mark.parametrize("role", [Role.EFFECTOR, Role.STRUCTURE_MANAGER, Role.DELEGATE, Role.TERRITORIAL_REFERENT])
def test_those_who_do_not_regulate_do_not_search(db: None, role: Role) -> None:
    client = signed_in(role)
    for path in (path for path in CLOSED if ROUTES[path].callback.access == Permission.SEARCH):  # type: ignore[attr-defined]
        answer = client.get(path, {"loc": "Lille 59000"})
        if path == "/sas/recherche/flux":
            assert "ne donne plus accès" in answer.content.decode()
        else:
            assert answer.status_code == 403


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.IOA, Role.NATIONAL_ADMIN])
def test_regulators_search(db: None, role: Role) -> None:
    assert signed_in(role).get("/sas/recherche").status_code == 200


@pytest.mark.parametrize("path", sorted(set(ROUTES) - WRITES - FOR_MACHINES))
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_page_that_reads_refuses_to_write(transactional_db: None, path: str, method: str) -> None:
    answer = getattr(signed_in(Role.REGULATOR), method)(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    if path.startswith("/api/"):
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", sorted(FOR_MACHINES))
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_no_session_opens_what_is_for_machines(db: None, path: str, method: str) -> None:
    answer = getattr(signed_in(Role.NATIONAL_ADMIN), method)(path)
    assert (answer.status_code, answer.json()["resourceType"]) == (401, "OperationOutcome")


def test_a_view_that_only_reads_cannot_write(transactional_db: None) -> None:
    def sly(request: HttpRequest) -> HttpResponse:
        AuditLine.objects.create(at=datetime(2026, 1, 1, tzinfo=UTC), actor="x", act="y", target="z")
        return HttpResponse()

    request = RequestFactory().get("/")
    with pytest.raises(WriteInReadError):
        reads(sly)(request)
    assert sly(request).status_code == 200


def test_the_mark_of_a_view_survives_its_decorators() -> None:
    view = reads(public(lambda request: None))  # type: ignore[arg-type,return-value]
    assert (view.access, view.login_required) == ("public", False)  # type: ignore[attr-defined]
