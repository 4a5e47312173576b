"""`python -m editor_kit.sandbox`: the command of interfaces.md §3."""

import argparse
import asyncio
import errno
import re
import signal
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

from editor_kit.sandbox.people import PeopleError, Person, read_people
from editor_kit.sandbox.running import running_sandbox
from editor_kit.sandbox.state import SLOW_MS, Behaviour

LATER_PROFILES = {
    "cpts": "Le profil « cpts » (INT_R04) n’est pas encore disponible dans ce bac à sable.",
    "sos": "Le profil « sos » (SOS Médecins) n’est pas encore disponible dans ce bac à sable.",
}
_ACCOUNTS_HELP = "compte régulateur (INT_R02) exigé par la page de réservation, ou non (%(default)s)"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0 (stopped), 1 (could not start) or 2 (usage)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    _refuse_unavailable(parser, options)
    options.token = _token(parser, options)
    try:
        people = read_people(options.people) if options.people else ()
        asyncio.run(_serve(options, people, _ssl_context(options)))
    except PeopleError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(_explain(error, options))
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m editor_kit.sandbox",
        description="Éditeur d’agenda fictif et conforme (INT_R01, INT_R02, INT_R03), pour essayer sans la plateforme.",
        epilog="Les praticiens d’essai sont nommés dans editor_kit/sandbox/inputs-ps.json.",
    )
    add = parser.add_argument
    add("--port", type=_port, required=True, help="port d’écoute ; 0 pour un port libre")
    add("--host", default="127.0.0.1", help="adresse d’écoute (%(default)s)")
    add("--profile", choices=("ps", "cpts", "sos", "kit"), default="ps", help="flux servi (%(default)s)")
    add("--behaviour", choices=[b.value for b in Behaviour], default="ok", help="comportement (%(default)s)")
    add("--latency-ms", type=_latency, help=f"délai de réponse en ms (slow : {SLOW_MS} ; sinon 0)")
    add("--seed", type=int, default=1, help="graine des créneaux : même graine, mêmes créneaux (%(default)s)")
    add("--people", type=Path, help="fichier JSON de praticiens servis en plus")
    add("--accounts", choices=("required", "open"), default="required", help=_ACCOUNTS_HELP)
    add("--name", default="Bac à sable", help="nom montré par /_sandbox/state")
    add(
        "--notify",
        type=_web_address,
        metavar="URL",
        help="base FHIR de la plateforme à prévenir des rendez-vous (INT_R03)",
    )
    add("--token", help="jeton de l’éditeur à la plateforme (add_editor l’affiche)")
    add(
        "--token-file",
        type=Path,
        metavar="FICHIER",
        help="le même, lu dans un fichier : la liste des processus ne le montre pas",
    )
    add(
        "--system", metavar="URI", help="système des identifiants de rendez-vous (par défaut, l’adresse du bac à sable)"
    )
    add("--tls-cert", type=Path, help="certificat du serveur (PEM) ; active TLS")
    add("--tls-key", type=Path, help="clé du certificat (PEM)")
    add("--client-ca", type=Path, help="autorité des certificats clients (PEM) ; active le TLS mutuel")
    return parser


def _refuse_unavailable(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    if options.profile in LATER_PROFILES:
        parser.error(LATER_PROFILES[options.profile])
    if options.token and options.token_file:
        parser.error("--token et --token-file disent la même chose : donnez l’un des deux.")
    if bool(options.notify) != bool(options.token or options.token_file):
        parser.error("--notify et --token (ou --token-file) vont ensemble.")
    if bool(options.tls_cert) != bool(options.tls_key):
        parser.error("--tls-cert et --tls-key vont ensemble.")
    if options.client_ca and not options.tls_cert:
        parser.error("--client-ca demande --tls-cert et --tls-key.")


def _token(parser: argparse.ArgumentParser, options: argparse.Namespace) -> str:
    token = options.token or ""
    if options.token_file:
        try:
            token = options.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            parser.error(f"--token-file : impossible de lire {options.token_file} ({error}).")
    if options.notify and not re.fullmatch(r"[!-~]+", token):
        parser.error("Le jeton est vide, ou contient autre chose que des caractères ASCII sans espace.")
    return str(token)


def _ssl_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    if options.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(options.tls_cert, options.tls_key)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _serve(options: argparse.Namespace, people: tuple[Person, ...], ssl_context: ssl.SSLContext | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with running_sandbox(
        behaviour=options.behaviour,
        latency_ms=options.latency_ms,
        people=people,
        seed=options.seed,
        accounts=options.accounts,
        name=options.name,
        host=options.host,
        port=options.port,
        ssl_context=ssl_context,
        notify=options.notify or "",
        token=options.token,
        system=options.system or "",
    ) as sandbox:
        print(f"READY {sandbox.base_url}", flush=True)  # noqa: T201 - the command's contract
        await stop.wait()


def _explain(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Le port {options.port} est déjà utilisé : choisissez-en un autre avec --port (0 = un port libre)."
    if error.errno == errno.EACCES and options.port:
        return f"Le port {options.port} est réservé : choisissez-en un au-dessus de 1023."
    if isinstance(error, ssl.SSLError | FileNotFoundError):
        return f"Certificat, clé ou autorité TLS inutilisable : {error}."
    return f"Impossible d’écouter sur {options.host}:{options.port} : {error}."


def _fail(message: str) -> int:
    print(message, file=sys.stderr)  # noqa: T201 - the command's only output on failure
    return 1


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("un port va de 0 à 65535")
    return int(text)


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError("une adresse http(s) est attendue, par exemple http://127.0.0.1:8000/fhir")
    return text


def _latency(text: str) -> int:
    if not text.isdecimal() or int(text) > 600_000:
        raise argparse.ArgumentTypeError("un délai va de 0 à 600000 millisecondes")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
