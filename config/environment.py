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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent

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
    "SAS_SEARCH_DAYS": "3",
    "SAS_EDITOR_DEADLINE": "2.5",
    "SAS_EDITOR_TIMEOUT": "7",
    "SAS_CACHE_SECONDS": "60",
}
"""Every variable that is read, with the text that stands for an absent or empty one."""

ENVIRONMENTS = ("demo", "test", "production")
SHORTEST_SECRET_KEY = 50
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
class DatabaseAddress:
    """Where PostgreSQL is; ``parameters`` are libpq's connection keywords (``sslmode``, ``connect_timeout``…)."""

    name: str
    user: str
    password: str
    host: str
    port: str
    parameters: Mapping[str, str]


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
    search_days: int
    editor_deadline: float
    editor_timeout: float
    cache_seconds: float

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
    environment = reader.read("SAS_ENVIRONMENT", _one_of(ENVIRONMENTS), "demo")
    data_dir = reader.read("SAS_DATA_DIR", _directory, REPOSITORY)
    base_url = reader.read("SAS_BASE_URL", _web_address, "")
    editor_timeout = reader.read("SAS_EDITOR_TIMEOUT", _seconds(0.1, LONGEST_EDITOR_TIMEOUT), LONGEST_EDITOR_TIMEOUT)
    editor_deadline = reader.read("SAS_EDITOR_DEADLINE", _seconds(0.1, LONGEST_EDITOR_TIMEOUT), LONGEST_EDITOR_TIMEOUT)
    if environment == "production":
        for name in ("DATABASE_URL", "SAS_SECRET_KEY", "SAS_ALLOWED_HOSTS"):
            reader.require(name)
        if urlsplit(base_url).scheme != "https":
            reader.refuse("SAS_BASE_URL", "en production, l’adresse publique doit commencer par https://")
    values = Environment(
        environment=environment,
        data_dir=data_dir,
        base_url=base_url,
        allowed_hosts=reader.read("SAS_ALLOWED_HOSTS", _words, ())
        or tuple(dict.fromkeys(("127.0.0.1", "localhost", urlsplit(base_url).hostname or "localhost"))),
        trusted_proxies=reader.read("SAS_TRUSTED_PROXIES", _networks, ()),
        secret_key=reader.read("SAS_SECRET_KEY", _secret_key, ""),
        database=reader.read("DATABASE_URL", _database, None),
        origin=reader.read("SAS_ORIGIN", _origin, ""),
        geocoder_url=reader.read("SAS_GEOCODER_URL", lambda text: _web_address(text) if text else "", ""),
        search_days=int(reader.read("SAS_SEARCH_DAYS", _whole_number(1, 31), 1)),
        editor_deadline=min(editor_deadline, editor_timeout),
        editor_timeout=editor_timeout,
        cache_seconds=reader.read("SAS_CACHE_SECONDS", _seconds(0, 600), 0.0),
    )
    reader.raise_if_wrong()
    if values.secret_key:
        return values
    made = secrets.token_urlsafe(SHORTEST_SECRET_KEY) if environment == "test" else kept_secret_key(data_dir)
    return Environment(**{**vars(values), "secret_key": made})


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


def _one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"valeurs possibles : {', '.join(choices)} (reçu « {text} »)")
        return text

    return parse


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"un nombre de secondes entre {least:g} et {most:g} est attendu (reçu « {text} »)")
        return value

    return parse


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ValueError(f"un nombre entier entre {least} et {most} est attendu (reçu « {text} »)")
        return int(text)

    return parse


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _directory(text: str) -> Path:
    try:
        if "\0" in text:
            raise ValueError
        path = REPOSITORY / Path(text).expanduser()  # a relative path starts at the repository, wherever one stands
        is_something_else = path.exists() and not path.is_dir()
    except (OSError, RuntimeError, ValueError):  # name too long, unknown ~user, null character
        raise ValueError("ce chemin de répertoire n’est pas utilisable") from None
    if is_something_else:
        raise ValueError(f"« {path} » existe et n’est pas un répertoire")
    return path


def _web_address(text: str) -> str:
    hint = f"une adresse http(s)://hôte[:port][/chemin] est attendue (reçu « {text} »)"
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(hint) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid:
        raise ValueError(hint)
    if parts.query or parts.fragment or parts.username or not text.isascii() or any(c.isspace() for c in text):
        raise ValueError(hint)
    return text.rstrip("/")


def _networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word) for word in _words(text))
    except ValueError:
        hint = "des adresses ou réseaux séparés par des virgules sont attendus, comme 127.0.0.1, 10.0.0.0/8"
        raise ValueError(f"{hint} (reçu « {text} »)") from None


def _secret_key(text: str) -> str:
    if text and len(text) < SHORTEST_SECRET_KEY:
        raise ValueError(f"au moins {SHORTEST_SECRET_KEY} caractères imprévisibles sont attendus")
    return text


def _origin(text: str) -> str:
    # The value goes into links to editors: a short plain word is always safe there.
    if not (text.isascii() and len(text) <= 50 and all(c.isalnum() or c in "-_." for c in text)):
        raise ValueError("50 lettres, chiffres, tirets ou points au plus sont attendus")
    return text


def _database(text: str) -> DatabaseAddress | None:
    if not text:
        return None
    from psycopg import ProgrammingError  # only who names a database needs the driver
    from psycopg.conninfo import conninfo_to_dict

    # The address is never repeated in a message: it holds a password.
    hint = (
        "une adresse postgresql://utilisateur:mot-de-passe@hôte:port/base est attendue ; "
        "dans le mot de passe, les caractères @ : / ? # % s’écrivent en %XX"
    )
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError(hint)
    try:
        keywords = {key: str(value) for key, value in conninfo_to_dict(text).items()}
    except ProgrammingError:
        raise ValueError(hint) from None
    ports = keywords.get("port", "").split(",")
    if "@" in keywords.get("host", "") or not all(port.isdigit() or not port for port in ports):
        raise ValueError(hint)  # libpq only finds these out when it connects
    if "dbname" not in keywords:
        raise ValueError(f"le nom de la base manque ; {hint}")
    return DatabaseAddress(
        name=keywords.pop("dbname"),
        user=keywords.pop("user", ""),
        password=keywords.pop("password", ""),
        host=keywords.pop("host", ""),
        port=keywords.pop("port", ""),
        parameters=keywords,
    )
