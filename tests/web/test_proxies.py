"""Whose address a request has: believed from the proxies of SAS_TRUSTED_PROXIES, from nobody else."""

import ipaddress
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from sas.web.proxies import TrustedProxyMiddleware


def seen(settings: Any, **meta: Any) -> HttpRequest:
    """The request as a view reads it, once the middleware has passed, with 10.0.0.0/8 trusted."""
    settings.SAS_TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    kept: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        kept.append(request)
        return HttpResponse()

    TrustedProxyMiddleware(view)(RequestFactory().get("/", **meta))
    return kept[0]


def test_a_trusted_proxy_says_who_the_client_is(settings: Any) -> None:
    request = seen(settings, REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="198.51.100.7, 203.0.113.9, 10.9.9.9")
    assert request.META["REMOTE_ADDR"] == "203.0.113.9"


def test_a_stranger_cannot_choose_its_address_or_scheme(settings: Any) -> None:
    forged = {"HTTP_X_FORWARDED_FOR": "10.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}
    request = seen(settings, REMOTE_ADDR="203.0.113.9", **forged)
    assert request.META["REMOTE_ADDR"] == "203.0.113.9"
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"} & set(request.META)


@pytest.mark.parametrize("header", ["", "n’importe quoi", "10.0.0.1", ",,,"])
def test_a_useless_header_leaves_the_proxy_address(settings: Any, header: str) -> None:
    assert seen(settings, REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR=header).META["REMOTE_ADDR"] == "10.1.2.3"
