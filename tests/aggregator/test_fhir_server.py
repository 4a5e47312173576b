"""The doors of /fhir/: who is known by a certificate, from which proxy, and what /fhir/metadata promises."""

import ipaddress
import json
import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern
from hypothesis import given
from hypothesis import strategies as st

from sas.aggregator.fhir_server.access import fhir_caller
from sas.aggregator.fhir_server.distinguished_names import presented_name, registered_name
from sas.aggregator.fhir_server.metadata import offered
from sas.aggregator.models import Editor
from sas.web.proxies import TrustedProxyMiddleware
from tests.access.asking import ROUTES
from tests.orientation.messages import Sender

NAME = "CN=agenda.alpha.fr,OU=318751275100020,O=Alpha Société,C=FR"
VERIFIED = {"HTTP_X_SSL_CLIENT_VERIFY": "SUCCESS", "HTTP_X_SSL_CLIENT_DN": NAME}
SAME = [
    "cn=Agenda.Alpha.fr, ou=318751275100020, o=alpha  société, c=fr",
    "CN=agenda.alpha.fr,OU=318751275100020,O=Alpha Soci\\C3\\A9t\\C3\\A9,C=FR",
    'CN="agenda.alpha.fr",OU=318751275100020,O=Alpha Société,C=FR',
]
OTHERS = [
    "CN=agenda.alpha.fr,O=Alpha Société,C=FR",
    "OU=318751275100020,CN=agenda.alpha.fr,O=Alpha Société,C=FR",
    "CN=agenda.alpha.fr\\,OU=318751275100020,O=Alpha Société,C=FR",
    "CN=agenda.alpha.fr+OU=318751275100020,O=Alpha Société,C=FR",
    "CN=agenda.beta.fr,OU=318751275100020,O=Alpha Société,C=FR",
    "/C=FR/O=Alpha Société/OU=318751275100020/CN=agenda.alpha.fr",
    "",
    "CN=",
    "=x",
    "agenda.alpha.fr",
]


@pytest.mark.parametrize("presented", SAME)
def test_one_certificate_is_written_in_several_ways(presented: str) -> None:
    assert presented_name(presented) == registered_name(NAME)
    assert registered_name("/C=FR/O=Alpha Société/OU=318751275100020/CN=agenda.alpha.fr") == registered_name(NAME)


@pytest.mark.parametrize("presented", OTHERS)
def test_another_certificate_is_not_that_one(presented: str) -> None:
    assert presented_name(presented) != registered_name(NAME)


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_none(text: str) -> None:
    for read in (presented_name, registered_name):
        assert read(text) is None or read(text)


def caller(settings: Any, auth: str, *, peer: str = "10.0.0.2", **meta: Any) -> Any:
    """Who is found behind a request that arrived from that address, with 10.0.0.0/8 trusted."""
    settings.SAS_TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    settings.SAS_FHIR_AUTH = auth
    kept: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        kept.append(request)
        return HttpResponse()

    TrustedProxyMiddleware(view)(RequestFactory().get("/fhir/Appointment", REMOTE_ADDR=peer, **meta))
    return fhir_caller(kept[0])


def test_a_certificate_counts_when_the_proxy_verified_it_and_the_setting_says_so(settings: Any, db: None) -> None:
    alpha = Sender(client_dn="/C=FR/O=Alpha Société/OU=318751275100020/CN=agenda.alpha.fr")
    utf8 = {**VERIFIED, "HTTP_X_SSL_CLIENT_DN": NAME.encode().decode("latin-1")}
    for auth, expected in (("mtls", alpha.editor), ("both", alpha.editor), ("token", None)):
        assert caller(settings, auth, **VERIFIED) == expected
        assert caller(settings, auth, **utf8) == expected
    for verdict in ("NONE", "FAILED:certificate revoked", "", "success"):
        assert caller(settings, "both", **{**VERIFIED, "HTTP_X_SSL_CLIENT_VERIFY": verdict}) is None


def test_a_stranger_cannot_claim_a_certificate(settings: Any, db: None) -> None:
    Sender(client_dn=NAME)
    assert caller(settings, "mtls", peer="203.0.113.9", **VERIFIED) is None


def test_with_certificates_only_no_token_counts(settings: Any, db: None) -> None:
    alpha = Sender(client_dn=NAME)
    signed = {"HTTP_AUTHORIZATION": f"Bearer {alpha.token}"}
    assert caller(settings, "mtls", **signed) is None
    assert caller(settings, "both", **signed) == alpha.editor
    assert caller(settings, "token", **signed) == alpha.editor


def test_a_name_that_two_editors_declared_is_nobody_s(settings: Any, db: None) -> None:
    alpha, beta = Sender(client_dn=NAME), Sender("Agenda Bêta", client_dn=SAME[0])
    assert caller(settings, "mtls", **VERIFIED) is None
    Editor.objects.filter(pk=beta.editor.pk).update(is_active=False)
    assert caller(settings, "mtls", **VERIFIED) == alpha.editor


def statement() -> dict[str, Any]:
    answer = Client().get("/fhir/metadata")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/fhir+json;charset=UTF-8")
    told: dict[str, Any] = json.loads(answer.content)
    return told


def test_the_statement_is_one_that_fhir_accepts(settings: Any) -> None:
    told = statement()
    assert (told["resourceType"], told["fhirVersion"], told["status"]) == ("CapabilityStatement", "4.0.1", "active")
    assert told["implementation"]["url"] == "http://127.0.0.1:8000/fhir"
    assert "application/fhir+json" in told["format"]
    assert not [text for text in texts(told) if text in ("", [], {}, None)]
    settings.SAS_FHIR_AUTH = "mtls"
    assert "certificat" in statement()["rest"][0]["security"]["description"]


def texts(value: Any) -> list[Any]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(found for member in members for found in texts(member))]


def test_every_type_that_is_addressed_is_declared_and_no_other() -> None:
    addressed = {found[1] for path in ROUTES if (found := re.match(r"/fhir/([A-Z]\w+)", path))}
    declared = {resource["type"] for resource in statement()["rest"][0]["resource"]}
    assert declared == addressed
    assert "Appointment" in declared


ASKED = {
    "create": ("POST", "/fhir/{}"),
    "update": ("PUT", "/fhir/{}?identifier=x"),
    "read": ("GET", "/fhir/{}/0d2f1f5c-7c55-4d4d-8a58-6f3c6f1d7a01"),
    "search-type": ("GET", "/fhir/{}"),
}
KINDS = sorted(path for path in ROUTES if path.startswith("/fhir/"))


def test_every_interaction_that_is_declared_is_there_for_those_who_may(db: None) -> None:
    for resource in offered():
        for code in resource.interactions:
            method, path = ASKED[code]
            answer = Client().generic(method, path.format(resource.kind), b"")
            assert answer.status_code == 401, (resource.kind, code)
            assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", KINDS)
def test_every_fhir_address_says_which_machines_may_enter(path: str) -> None:
    pattern: URLPattern = ROUTES[path]
    assert getattr(pattern.callback, "access", None) in ("public", "editor", "client")
    assert getattr(pattern.callback, "csrf_exempt", False)
