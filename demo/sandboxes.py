"""What the sandboxes need, in the data directory: a port each, kept from one start to the next, and their people.

Knows no Django at the top: the supervisor, which has none, reads ports and file names from here.
"""

import json
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from demo.scenario_editors import EDITORS


def folder_of(data_dir: Path) -> Path:
    """Where the demonstration keeps its files."""
    return data_dir / "demo"


PSC = "pro-sante-connect"
"""The key of the Pro Santé Connect sandbox among the ports."""


def people_file(data_dir: Path, key: str) -> Path:
    """Whom this editor's sandbox serves, in the form of `python -m editor_kit.sandbox --people`."""
    return folder_of(data_dir) / f"people-{key}.json"


def token_file(data_dir: Path, key: str) -> Path:
    """The API token of this editor at the platform, for `--token-file`: readable by its owner only."""
    return folder_of(data_dir) / f"token-{key}"


def cards_file(data_dir: Path) -> Path:
    """Who can sign in at the Pro Santé Connect sandbox (`python -m demo.pro_sante_connect --people`)."""
    return folder_of(data_dir) / "cards.json"


def base_url(port: int) -> str:
    """The FHIR address of a sandbox on this machine."""
    return f"http://127.0.0.1:{port}/fhir"


def ports(data_dir: Path, *, check: bool = False) -> dict[str, int]:
    """Port of each sandbox, chosen once and written down; with `check`, those that somebody took since are changed.

    Editors by their keys, and `PSC`.
    """
    path = folder_of(data_dir) / "ports.json"
    try:
        known = {str(key): int(port) for key, port in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        known = {}
    chosen: dict[str, int] = {}
    for key in (*(editor.key for editor in EDITORS), PSC):
        port = known.get(key, 0)
        chosen[key] = port if port and (not check or is_free(port)) else free_port(set(chosen.values()))
    if chosen != known:
        write_whole(path, json.dumps(chosen, indent=2).encode())
    return chosen


def is_free(port: int) -> bool:
    """Whether this port of 127.0.0.1 can be listened on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return True


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a file that is read whole or not at all, whenever the process is killed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=mode)
    draft.chmod(mode)  # one that a killed process left keeps its own
    draft.write_bytes(content)
    draft.replace(path)


def people_of(locations: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The directory's places, sorted by `national_id`, as people of a sandbox: same sites and same addresses, so that
    slots find their place."""
    person: dict[str, Any] = {}
    for row in locations:
        if person.get("national_id") != row["national_id"]:
            if person:
                yield person
            person = {
                "national_id": row["national_id"],
                "family": row["family_name"],
                "given": row["given_name"] or "X",
                "specialty": row["savoir_faire"] or "SM54",
                "places": [],
            }
            if row["phone"].startswith("+"):
                person["phone"] = row["phone"]
        if len(person["places"]) < 9 and row["postal_code"]:
            person["places"].append(_place(row))
    if person:
        yield person


def _place(row: dict[str, Any]) -> dict[str, Any]:
    place = {
        "line": row["line"] or row["name"] or "Cabinet médical",
        "postal_code": row["postal_code"],
        "city": row["city"] or "Ville",
        "insee": row["insee"],
        "latitude": row["latitude"],
        "longitude": row["longitude"],
        "timezone": row["timezone"],
    }
    optional = {"name": row["name"], "structure_id": row["structure_national_id"]}
    return place | {key: value for key, value in optional.items() if value}


def free_port(taken: set[int] | frozenset[int] = frozenset()) -> int:
    """A port of 127.0.0.1 that nobody listens on, and not one of `taken`."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port
