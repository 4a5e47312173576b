"""How the text of one environment variable is read: each function returns the value, or raises `ValueError` with what
is expected, in French (`config/environment.py` names the variable)."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
SHORTEST_SECRET_KEY = 50


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
class EmailTransport:
    """How e-mails leave: `kind` is `console`, `file` (a directory, in `path`), `smtp` or, in tests, `memory`."""

    kind: str
    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    tls: str = ""  # "", "starttls" or "implicit"
    path: Path | None = None


NO_EMAIL = EmailTransport("console")


def one_of(choices: tuple[str, ...]) -> Callable[[str], str]:
    """One of these words, as written."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"valeurs possibles : {', '.join(choices)} (reçu « {text} »)")
        return text

    return parse


def seconds(least: float, most: float) -> Callable[[str], float]:
    """A number of seconds between both bounds."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise ValueError(f"un nombre de secondes entre {least:g} et {most:g} est attendu (reçu « {text} »)")
        return value

    return parse


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A whole number between both bounds."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ValueError(f"un nombre entier entre {least} et {most} est attendu (reçu « {text} »)")
        return int(text)

    return parse


def words(text: str) -> tuple[str, ...]:
    """Words between commas."""
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def directory(text: str) -> Path:
    """A directory that exists, or may be made."""
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


def web_address(text: str) -> str:
    """An http(s) address without query, without its last slash."""
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


def tiles(text: str) -> str:
    """The address of map tiles, `{z}`, `{x}` and `{y}` standing for the zoom, the column and the row; or nothing."""
    if not text:
        return ""
    hint = f"une adresse http(s):// qui contient {{z}}, {{x}} et {{y}} est attendue (reçu « {text} »)"
    try:
        parts = urlsplit(text)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        raise ValueError(hint) from None
    if wrong or parts.username or any(f"{{{name}}}" not in parts.path + parts.query for name in "zxy"):
        raise ValueError(hint)
    # Its host enters the Content-Security-Policy, where these characters separate.
    if not text.isascii() or any(c.isspace() or c in ";,'\"" for c in parts.netloc) or any(c.isspace() for c in text):
        raise ValueError(hint)
    return text


def sentence(text: str) -> str:
    """A line of plain text, at most 200 characters."""
    if len(text) > 200 or not text.isprintable():
        raise ValueError("une ligne de texte de 200 caractères au plus est attendue")
    return text


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """Addresses or networks between commas."""
    try:
        return tuple(ipaddress.ip_network(word) for word in words(text))
    except ValueError:
        hint = "des adresses ou réseaux séparés par des virgules sont attendus, comme 127.0.0.1, 10.0.0.0/8"
        raise ValueError(f"{hint} (reçu « {text} »)") from None


def secret_key(text: str) -> str:
    """A key that is long enough; empty is left to the caller."""
    if text and len(text) < SHORTEST_SECRET_KEY:
        raise ValueError(f"au moins {SHORTEST_SECRET_KEY} caractères imprévisibles sont attendus")
    return text


def origin(text: str) -> str:
    """The short word given to editors."""
    # The value goes into links to editors: a short plain word is always safe there.
    if not (text.isascii() and len(text) <= 50 and all(c.isalnum() or c in "-_." for c in text)):
        raise ValueError("50 lettres, chiffres, tirets ou points au plus sont attendus")
    return text


def database(text: str) -> DatabaseAddress | None:
    """Where PostgreSQL is, or None."""
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


def two_months(text: str) -> tuple[int, int]:
    """Two rising numbers of months."""
    parts = words(text)
    if len(parts) != 2 or not all(part.isdecimal() for part in parts) or not 0 < int(parts[0]) < int(parts[1]) <= 60:
        raise ValueError("deux nombres de mois croissants sont attendus, comme 8,9")
    return int(parts[0]), int(parts[1])


def mailbox(text: str) -> str:
    """The address that e-mails come from."""
    if "@" not in parseaddr(text)[1] or any(ord(letter) < 32 for letter in text):
        raise ValueError("une adresse électronique est attendue, comme « SAS <ne-pas-repondre@sas.example> »")
    return text


def email_transport(text: str, environment: str, data_dir: Path) -> EmailTransport:
    """How e-mails leave; each environment has its own way when nothing is said."""
    if not text:
        usual = {"demo": EmailTransport("file", path=data_dir / "courriels"), "test": EmailTransport("memory")}
        return usual.get(environment, NO_EMAIL)
    hint = (
        "une adresse console:, file:///répertoire, smtp://[utilisateur:mot-de-passe@]hôte[:port][?tls=starttls] "
        "ou smtps://… est attendue"
    )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(hint) from None
    if parts.scheme == "console":
        return NO_EMAIL
    if parts.scheme == "file" and parts.path.startswith("/"):
        return EmailTransport("file", path=directory(unquote(parts.path)))
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.query not in ("", "tls=starttls"):
        raise ValueError(hint)
    tls = "implicit" if parts.scheme == "smtps" else "starttls" if parts.query else ""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return EmailTransport("smtp", parts.hostname, port or (465 if tls == "implicit" else 25), user, password, tls)


def broker(text: str) -> str:
    """An AMQP address, virtual host included; or nothing."""
    if not text:
        return ""
    hint = "une adresse amqps://hôte[:port]/espace est attendue (amqp:// hors production)"
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError(hint) from None
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname or not port_is_valid:
        raise ValueError(hint)  # without quoting it: it may hold a password
    if parts.query or parts.fragment or not text.isascii() or any(c.isspace() for c in text):
        raise ValueError(hint)
    return text


def hub_client(text: str) -> str:
    """A client id of the Hub, or nothing."""
    if text and not re.fullmatch(r"fr\.health\.[A-Za-z0-9.\-]{1,80}", text):
        raise ValueError(f"« fr.health. » puis lettres, chiffres, points ou traits d’union attendus (reçu « {text} »)")
    return text


def readable_file(text: str) -> str:
    """The path of a file that can be read, or nothing."""
    if not text:
        return ""
    try:
        path = REPOSITORY / Path(text).expanduser()
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb"):
            return str(path)
    except (OSError, RuntimeError, ValueError):
        raise ValueError("ce fichier n’existe pas, ou ne peut pas être lu") from None
