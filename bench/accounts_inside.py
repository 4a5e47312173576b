"""The inside of `bench.accounts`: needs Django's settings, an empty database in the environment. Prints JSON rows."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django

django.setup()

import requests  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402

from bench import accounts_permissions  # noqa: E402
from config.collector import settle  # noqa: E402
from demo.pro_sante_connect.browser import Browser  # noqa: E402
from demo.pro_sante_connect.people import person  # noqa: E402
from sas.accounts.permissions import Role  # noqa: E402
from sas.accounts.psc.leaving import provider  # noqa: E402
from sas.accounts.psc.provider import Asked, Provider  # noqa: E402
from sas.accounts.psc.tokens import Expected, id_token_claims  # noqa: E402
from sas.accounts.services import create_account  # noqa: E402

AT = datetime(2026, 1, 5, tzinfo=UTC)
ZOE = "899900000001"
CLIENT, SECRET = "sas", "un secret"
SITE = urlsplit(settings.SAS_BASE_URL).netloc
BACK = f"{settings.SAS_BASE_URL}/connexion/psc/retour"


def main(*, small: bool) -> list[dict[str, Any]]:
    """Make the account, start the provider, measure."""
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    create_account(
        email="zoe@example.org",
        roles=[Role.REGULATOR],
        national_id=ZOE,
        family_name="Durand",
        given_name="Zoé",
        by="bench",
        at=AT,
    )
    with _provider() as issuer:
        settings.SAS_ENTERING = replace(
            settings.SAS_ENTERING, psc_issuer=issuer, psc_client_id=CLIENT, psc_client_secret=SECRET
        )
        settings.SAS_TERMS_VERSION = ""
        connected = provider()
        assert connected is not None
        rounds = 5 if small else 100
        return [*_sign_in(connected, rounds), *accounts_permissions.measures(rounds)]


def _sign_in(connected: Provider, rounds: int) -> list[dict[str, Any]]:
    """The return of somebody known, and its two halves; measured in turn, so that both meet the same machine."""
    metadata = requests.get(f"{connected.issuer}/.well-known/openid-configuration", timeout=5).json()
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=5).json())
    _enter(connected.issuer)
    settle()
    ours, bare, verified, decoded = [], [], [], []
    for _ in range(rounds):
        client, back = _arrived(connected.issuer)
        ours.append(_milliseconds(client.get, back)[0])
        asked, code = _asked(connected)
        spent, token = _milliseconds(_bare_sign_in, metadata, keys, asked.verifier, code)
        bare.append(spent)
        id_token = token["id_token"]
        expected = Expected(connected.issuer, CLIENT, asked.nonce, token["access_token"], datetime.now(UTC))
        verified.append(_milliseconds(id_token_claims, id_token, keys, expected)[0])
        decoded.append(_milliseconds(jwt.decode, id_token, keys, ["RS256"])[0])
    return [
        accounts_permissions.row(
            "return of a known card", median(ours), median(bare), "two bare calls and one bare decoding", 8.0
        ),
        accounts_permissions.row("id_token verified", median(verified), median(decoded), "bare decoding", 4.0),
    ]


def _arrived(issuer: str) -> tuple[Client, str]:
    """A browser that the provider just brought back: (the client, the path of the return)."""
    client = Client(HTTP_HOST=SITE)
    leaving = client.post("/connexion/psc/")
    found = urlsplit(Browser(issuer).sign_in(leaving["Refresh"].partition("url=")[2], ZOE))
    return client, f"{found.path}?{found.query}"


def _enter(issuer: str) -> None:
    client, back = _arrived(issuer)
    answer = client.get(back)
    assert (answer.status_code, "_auth_user_id" in client.session) == (302, True), answer.content.decode()


def _asked(connected: Provider) -> tuple[Asked, str]:
    """A question and the code that answers it."""
    url, asked = connected.ask(at=datetime.now(UTC))
    query = urlsplit(Browser(connected.issuer).sign_in(url, ZOE)).query
    return asked, parse_qs(query)["code"][0]


def _bare_sign_in(metadata: dict[str, Any], keys: KeySet, verifier: str, code: str) -> dict[str, Any]:
    """What no client can do without: no state, no nonce, no claim is looked at, nobody is signed in."""
    with requests.Session() as http:
        http.trust_env = False
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
        token = http.post(metadata["token_endpoint"], form, auth=(CLIENT, SECRET), timeout=5).json()
        jwt.decode(token["id_token"], keys, ["RS256"])
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        assert http.get(metadata["userinfo_endpoint"], headers=bearer, timeout=5).json()["SubjectNameID"] == ZOE
    return dict(token)


def _milliseconds(act: Callable[..., Any], *given: Any) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = act(*given)
    return (time.perf_counter() - begun) * 1000, result


@contextmanager
def _provider() -> Iterator[str]:
    """The provider of the demonstration, in a process of its own; its issuer."""
    with tempfile.TemporaryDirectory() as directory:
        people = Path(directory) / "people.json"
        people.write_text(json.dumps([person(ZOE, "DURAND", "Zoé")]), encoding="utf-8")
        command = [sys.executable, "-m", "demo.pro_sante_connect", "--port", "0", "--people", str(people)]
        command += ["--client-id", CLIENT, "--client-secret", SECRET, "--redirect-uri", BACK]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()
            process.wait(timeout=10)


if __name__ == "__main__":
    print(json.dumps(main(small="--small" in sys.argv)))
