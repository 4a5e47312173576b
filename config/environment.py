"""Reads and checks every environment variable, once, with a hint for each mistake.

Nothing else in the product reads the environment: ``config/settings.py`` calls `read_environment` and passes values
on. ``docs/settings.md`` lists the same variables for operators (in French); a test compares the two. Messages are in
French, since the person who deploys reads them.
"""

import copy
import ipaddress
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from config import environment_values as shape
from config.environment_values import REPOSITORY, SHORTEST_SECRET_KEY, DatabaseAddress, EmailTransport

__all__ = ["DEFAULTS", "REPOSITORY", "Environment", "InvalidEnvironmentError", "read_environment"]

DEFAULTS: dict[str, str] = {
    "SAS_ENVIRONMENT": "demo",
    "DATABASE_URL": "",
    "SAS_DATA_DIR": ".data",
    "SAS_BASE_URL": "http://127.0.0.1:8000",
    "SAS_ALLOWED_HOSTS": "",
    "SAS_TRUSTED_PROXIES": "",
    "SAS_SECRET_KEY": "",
    "SAS_ORIGIN": "sas",
    "SAS_GEOCODER_URL": "",
    "SAS_TILES_URL": "",
    "SAS_TILES_ATTRIBUTION": "",
    "SAS_SEARCH_DAYS": "3",
    "SAS_EDITOR_DEADLINE": "2.5",
    "SAS_EDITOR_TIMEOUT": "7",
    "SAS_CACHE_SECONDS": "60",
    "SAS_FHIR_AUTH": "token",
    "PSC_ISSUER": "",
    "PSC_CLIENT_ID": "",
    "PSC_CLIENT_SECRET": "",
    "SAS_PASSWORD_SIGN_IN": "open",
    "SAS_SECOND_FACTOR": "",
    "SAS_SESSION_IDLE_MINUTES": "240",
    "SAS_SESSION_HOURS": "12",
    "SAS_INVITATION_DAYS": "7",
    "SAS_DORMANT_MONTHS": "8,9",
    "SAS_DORMANT_DAYS": "7",
    "HUB_ENABLED": "no",
    "HUB_URL": "",
    "HUB_CLIENT_ID": "",
    "HUB_CERT": "",
    "HUB_KEY": "",
    "HUB_CA": "",
    "HUB_MESSAGE_HOURS": "24",
    "HUB_ACK_MINUTES": "15",
    "SAS_EMAIL_URL": "",
    "SAS_EMAIL_FROM": "plateforme SAS <ne-pas-repondre@sas.invalid>",
}
"""Every variable that is read, with the text that stands for an absent or empty one."""

ENVIRONMENTS = ("demo", "test", "production")
LONGEST_EDITOR_TIMEOUT = 7.0
"""Seconds. The interoperability guide gives an editor 7 s to answer, so waiting longer only holds a connection."""

# A connection string that cannot work, and says why: libpq answers
# « definition of service "…" not found » at the first query, at once and without any network.
NO_DATABASE: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "",
    "OPTIONS": {"service": "DATABASE_URL absente : passer par ./run manage"},
}

Value = TypeVar("Value")


class InvalidEnvironmentError(Exception):
    """One or more environment variables are wrong; the message lists all of them, with what to do (French)."""


@dataclass(frozen=True)
class Entering:
    """How people enter: Pro Santé Connect (off without issuer), passwords, sessions, invitations, dormant accounts."""

    psc_issuer: str
    psc_client_id: str
    psc_client_secret: str
    password_sign_in: bool
    second_factor_required: bool
    session_idle: timedelta
    session_limit: timedelta
    invitation_days: int
    dormant_months: tuple[int, int]
    dormant_days: int


@dataclass(frozen=True)
class Hub:
    """Hub Santé: off, nothing is sent and messages wait. The three files are those of mutual TLS (`amqps://`).

    `message_life`: how long a message waits for its LRM; `ack_patience`: how long its answer may take unremarked.
    """

    enabled: bool
    url: str
    client_id: str
    certificate: str
    key: str
    authorities: str
    message_life: timedelta
    ack_patience: timedelta


@dataclass(frozen=True)
class Environment:
    """What the environment says. Durations are in seconds; URLs have no trailing slash; empty text means « off »."""

    environment: str
    data_dir: Path
    base_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
    secret_key: str
    database: DatabaseAddress | None
    origin: str
    geocoder_url: str
    tiles_url: str
    tiles_attribution: str
    search_days: int
    editor_deadline: float
    editor_timeout: float
    cache_seconds: float
    fhir_auth: str
    entering: Entering
    hub: Hub
    email: EmailTransport
    email_from: str

    @property
    def production(self) -> bool:
        """Whether real people use this instance: strict cookies, HTTPS only, nothing generated."""
        return self.environment == "production"

    @property
    def database_settings(self) -> dict[str, Any]:
        """The value of Django's ``DATABASES["default"]``.

        The pool is what keeps pages answering while many event streams are open: a stream gives its connection back
        before it starts, and eight connections then serve hundreds of readers (docs/adr/0004).
        """
        if self.database is None:
            return copy.deepcopy(NO_DATABASE)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.database.name,
            "USER": self.database.user,
            "PASSWORD": self.database.password,
            "HOST": self.database.host,
            "PORT": self.database.port,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": True,  # else the pool hands out what a restart of the server has cut
            "OPTIONS": {**self.database.parameters, "pool": {"min_size": 2, "max_size": 8, "timeout": 5}},
        }


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read every variable of `DEFAULTS` from ``environ``; raise `InvalidEnvironmentError` naming each wrong one.

    Outside production, an absent secret key is made once and kept in the data directory (mode 0600), so that
    sessions survive a restart; in tests it lives in memory only.
    """
    reader = _Reader(environ)
    environment = reader.read("SAS_ENVIRONMENT", shape.one_of(ENVIRONMENTS), "demo")
    data_dir = reader.read("SAS_DATA_DIR", shape.directory, REPOSITORY)
    base_url = reader.read("SAS_BASE_URL", shape.web_address, "")
    patience = shape.seconds(0.1, LONGEST_EDITOR_TIMEOUT)
    editor_timeout = reader.read("SAS_EDITOR_TIMEOUT", patience, LONGEST_EDITOR_TIMEOUT)
    editor_deadline = reader.read("SAS_EDITOR_DEADLINE", patience, LONGEST_EDITOR_TIMEOUT)
    if environment == "production":
        _require_of_production(reader, base_url)
    values = Environment(
        environment=environment,
        data_dir=data_dir,
        base_url=base_url,
        allowed_hosts=reader.read("SAS_ALLOWED_HOSTS", shape.words, ())
        or tuple(dict.fromkeys(("127.0.0.1", "localhost", urlsplit(base_url).hostname or "localhost"))),
        trusted_proxies=reader.read("SAS_TRUSTED_PROXIES", shape.networks, ()),
        secret_key=reader.read("SAS_SECRET_KEY", shape.secret_key, ""),
        database=reader.read("DATABASE_URL", shape.database, None),
        origin=reader.read("SAS_ORIGIN", shape.origin, ""),
        geocoder_url=reader.read("SAS_GEOCODER_URL", lambda text: shape.web_address(text) if text else "", ""),
        tiles_url=reader.read("SAS_TILES_URL", shape.tiles, ""),
        tiles_attribution=reader.read("SAS_TILES_ATTRIBUTION", shape.sentence, ""),
        search_days=int(reader.read("SAS_SEARCH_DAYS", shape.whole_number(1, 31), 1)),
        editor_deadline=min(editor_deadline, editor_timeout),
        editor_timeout=editor_timeout,
        fhir_auth=reader.read("SAS_FHIR_AUTH", shape.one_of(("token", "mtls", "both")), "token"),
        cache_seconds=reader.read("SAS_CACHE_SECONDS", shape.seconds(0, 600), 0.0),
        entering=_read_entering(reader, environment),
        hub=_read_hub(reader, environment),
        email=reader.read(
            "SAS_EMAIL_URL", lambda text: shape.email_transport(text, environment, data_dir), shape.NO_EMAIL
        ),
        email_from=reader.read("SAS_EMAIL_FROM", shape.mailbox, ""),
    )
    if values.fhir_auth == "mtls" and not values.trusted_proxies:
        reader.refuse("SAS_FHIR_AUTH", "mtls demande SAS_TRUSTED_PROXIES : c’est le mandataire qui dit les certificats")
    reader.raise_if_wrong()
    return values if values.secret_key else replace(values, secret_key=_made_secret_key(environment, data_dir))


def _require_of_production(reader: "_Reader", base_url: str) -> None:
    for name in ("DATABASE_URL", "SAS_SECRET_KEY", "SAS_ALLOWED_HOSTS", "SAS_EMAIL_URL"):
        reader.require(name)
    if urlsplit(base_url).scheme != "https":
        reader.refuse("SAS_BASE_URL", "en production, l’adresse publique doit commencer par https://")


def _made_secret_key(environment: str, data_dir: Path) -> str:
    return secrets.token_urlsafe(SHORTEST_SECRET_KEY) if environment == "test" else kept_secret_key(data_dir)


def _read_entering(reader: "_Reader", environment: str) -> Entering:
    given = [reader.text(name) for name in ("PSC_ISSUER", "PSC_CLIENT_ID", "PSC_CLIENT_SECRET")]
    if any(given) and not all(given):
        reader.refuse("PSC_ISSUER", "PSC_ISSUER, PSC_CLIENT_ID et PSC_CLIENT_SECRET vont ensemble")
    second_factor = reader.read("SAS_SECOND_FACTOR", shape.one_of(("", "required", "offered")), "")
    return Entering(
        psc_issuer=reader.read("PSC_ISSUER", lambda text: shape.web_address(text) if text else "", ""),
        psc_client_id=given[1],
        psc_client_secret=given[2],
        password_sign_in=reader.read("SAS_PASSWORD_SIGN_IN", shape.one_of(("open", "closed")), "open") == "open",
        second_factor_required=second_factor == "required" or (second_factor == "" and environment != "demo"),
        session_idle=timedelta(minutes=reader.read("SAS_SESSION_IDLE_MINUTES", shape.whole_number(5, 24 * 60), 5)),
        session_limit=timedelta(hours=reader.read("SAS_SESSION_HOURS", shape.whole_number(1, 72), 1)),
        invitation_days=reader.read("SAS_INVITATION_DAYS", shape.whole_number(1, 60), 1),
        dormant_months=reader.read("SAS_DORMANT_MONTHS", shape.two_months, (8, 9)),
        dormant_days=reader.read("SAS_DORMANT_DAYS", shape.whole_number(1, 60), 1),
    )


def _read_hub(reader: "_Reader", environment: str) -> Hub:
    enabled = reader.read("HUB_ENABLED", shape.one_of(("no", "yes")), "no") == "yes"
    url = reader.read("HUB_URL", shape.broker, "")
    files = {name: reader.read(name, shape.readable_file, "") for name in ("HUB_CERT", "HUB_KEY", "HUB_CA")}
    if enabled:
        for name in ("HUB_URL", "HUB_CLIENT_ID"):
            if not reader.text(name):
                reader.refuse(name, "obligatoire quand HUB_ENABLED vaut « yes », voir docs/settings.md")
        for name in files:
            if url.startswith("amqps:") and not reader.text(name):
                reader.refuse(name, "obligatoire avec une adresse amqps://, voir docs/settings.md")
        if environment == "production" and url.startswith("amqp:"):
            reader.refuse("HUB_URL", "en production, l’adresse doit commencer par amqps://")
    return Hub(
        enabled=enabled,
        url=url,
        client_id=reader.read("HUB_CLIENT_ID", shape.hub_client, ""),
        certificate=files["HUB_CERT"],
        key=files["HUB_KEY"],
        authorities=files["HUB_CA"],
        message_life=timedelta(hours=reader.read("HUB_MESSAGE_HOURS", shape.whole_number(1, 72), 24)),
        ack_patience=timedelta(minutes=reader.read("HUB_ACK_MINUTES", shape.whole_number(1, 24 * 60), 15)),
    )


def kept_secret_key(data_dir: Path) -> str:
    """The secret key of ``data_dir``, made at the first call; two processes that start together get the same one."""
    path = data_dir / "secret-key"
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = data_dir / f"secret-key.{os.getpid()}.{secrets.token_hex(4)}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(SHORTEST_SECRET_KEY), encoding="ascii")
        try:
            os.link(draft, path)  # unlike a rename, a link never replaces the key of a quicker process
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")


class _Reader:
    """Reads variables one by one and gathers what is wrong, so that an operator sees all of it at once."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._wrong: dict[str, str] = {}

    def text(self, name: str) -> str:
        return self._environ.get(name, "").strip() or DEFAULTS[name]

    def read(self, name: str, parse: Callable[[str], Value], otherwise: Value) -> Value:
        """The parsed value, or ``otherwise`` when it is wrong: reading goes on to find the other mistakes."""
        try:
            return parse(self.text(name))
        except ValueError as error:
            self.refuse(name, str(error))
            return otherwise

    def require(self, name: str) -> None:
        if not self.text(name):
            self.refuse(name, "obligatoire en production (SAS_ENVIRONMENT=production), voir docs/settings.md")

    def refuse(self, name: str, reason: str) -> None:
        self._wrong.setdefault(name, reason)

    def raise_if_wrong(self) -> None:
        if self._wrong:
            lines = "\n".join(f"  {name} : {reason}" for name, reason in self._wrong.items())
            raise InvalidEnvironmentError(f"Variables d’environnement à corriger (voir docs/settings.md) :\n{lines}")
