"""`python -m demo.pro_sante_connect`: the provider as a program, which says READY and its issuer."""

import argparse
import asyncio
import errno
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from demo.pro_sante_connect.behaviour import Behaviour
from demo.pro_sante_connect.people import Claims, PeopleError, read_people
from demo.pro_sante_connect.running import serving_provider


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0 (stopped), 1 (could not start) or 2 (usage)."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options, read_people(options.people)))
    except PeopleError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(_explain(error, options))
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m demo.pro_sante_connect",
        description="Fournisseur OpenID Connect qui imite Pro Santé Connect, avec des personnes inventées.",
        epilog="Change ensuite par PUT /_sandbox/behaviour, /_sandbox/keys et /_sandbox/people/<identifiant>.",
    )
    add = parser.add_argument
    add("--port", type=_port, required=True, help="port d’écoute ; 0 pour un port libre")
    add("--host", default="127.0.0.1", help="adresse d’écoute (%(default)s)")
    add("--people", type=Path, required=True, help="fichier JSON : liste de personnes, avec leurs attributs")
    add("--client-id", required=True, help="identifiant du service")
    add("--client-secret", required=True, help="secret du service")
    add("--redirect-uri", type=_address, action="append", required=True, help="adresse de retour ; répétable")
    add(
        "--post-logout-uri",
        type=_address,
        action="extend",
        nargs="+",
        default=[],
        help="adresses de retour après déconnexion",
    )
    add("--behaviour", choices=[b.value for b in Behaviour], default="ok", help="comportement (%(default)s)")
    return parser


async def _serve(options: argparse.Namespace, people: list[Claims]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving_provider(
        people=people,
        client_id=options.client_id,
        client_secret=options.client_secret,
        redirect_uris=options.redirect_uri,
        post_logout_uris=options.post_logout_uri,
        host=options.host,
        port=options.port,
    ) as provider:
        provider.set_behaviour(options.behaviour)
        print(f"READY {provider.issuer}", flush=True)
        await stop.wait()


def _explain(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Le port {options.port} est déjà utilisé : choisissez-en un autre avec --port (0 = un port libre)."
    if error.errno == errno.EACCES and options.port and error.filename is None:
        return f"Le port {options.port} est réservé : choisissez-en un au-dessus de 1023."
    if error.filename is not None:
        return f"Le fichier {error.filename} est illisible : {error.strerror}."
    return f"Impossible d’écouter sur {options.host}:{options.port} : {error}."


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("un port va de 0 à 65535")
    return int(text)


def _address(text: str) -> str:
    address = urlsplit(text)
    if address.scheme not in ("http", "https") or not address.netloc or address.fragment:
        raise argparse.ArgumentTypeError("une adresse http:// ou https:// entière, sans fragment, est attendue")
    return text


if __name__ == "__main__":
    sys.exit(main())
