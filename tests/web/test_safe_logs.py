"""What a link of an e-mail holds is in no log line."""

import logging
from typing import Any

import pytest
from django.conf import settings

from sas.web.safe_logs import WithoutLinks

TOKEN = "difham-9554ef51f4c9ad32e4c6c7f168f27cbd"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        (f"/invitation/{TOKEN}/mot-de-passe/", "/invitation/…"),
        (f"/delegations/invitation/{TOKEN}/accepter/", "/delegations/invitation/…"),
        (f"/mot-de-passe-oublie/NA/{TOKEN}/", "/mot-de-passe-oublie/…"),
        ("/mot-de-passe-oublie/", "/mot-de-passe-oublie/"),
        ("/gestion/comptes/12/", "/gestion/comptes/12/"),
    ],
)
def test_a_refused_path_is_logged_without_its_token(path: str, kept: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Forbidden (token)", path), None)
    assert WithoutLinks().filter(record)
    assert record.getMessage() == f"Forbidden (token): {kept}"


def test_every_line_that_is_written_passes_there() -> None:
    logged: Any = settings.LOGGING
    assert "links" in logged["handlers"]["stderr"]["filters"]
    assert logged["filters"]["links"]["()"] == f"{WithoutLinks.__module__}.{WithoutLinks.__name__}"
    assert logged["root"]["handlers"] == ["stderr"]
