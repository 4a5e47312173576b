"""Asks every address as everybody, and writes the answers as the lines of a table that a person can read.

`python -m tests.access.writing` writes the table anew after a change; what changed is then read, and committed or not.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.access.world import ACTORS, NONE, OTHER, OWN, Sample, World

TABLE = Path(__file__).with_name("table.md")
METHODS = ("GET", "POST")
SIGN_IN = "/connexion/?next="


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the URL map with its view; one that is there twice under two names comes twice."""
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


ROUTES = dict(routes(get_resolver().url_patterns))


def lines_of(path: str, world: World) -> list[str]:
    """The lines of the table for one address: a line by object and method, a cell by actor."""
    sample = world.sample(path)
    clients = {actor: world.client(actor) for actor in ACTORS}
    lines = []
    for thing in (NONE,) if sample is None else (OWN, OTHER):
        address = filled(path, sample, thing)
        for method in METHODS:
            cells = [_answer(clients[actor], method, address) for actor in ACTORS]
            lines.append(f"| `{path}` | {thing} | {method} | {' | '.join(cells)} |")
    return lines


def filled(path: str, sample: Sample | None, thing: str) -> str:
    """The address with the values of that object."""
    if sample is None:
        return path
    values = sample.own if thing == OWN else sample.other
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), path)


def _answer(client: Client, method: str, address: str) -> str:
    """The status, or `sign-in` for whoever is sent there; nothing of what the request did is kept."""
    with transaction.atomic():
        answer = client.generic(method, address)
        status = str(answer.status_code)
        if answer.status_code == 302 and answer["Location"].startswith(SIGN_IN):
            status = "sign-in"
        list(answer)  # a stream does its work as it is read
        transaction.set_rollback(True)
    return status


def table_lines() -> list[str]:
    """The lines of the table as it is kept, without its head."""
    return [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]


def head() -> str:
    """What comes before the lines."""
    titles = ["address", "object", "method", *ACTORS]
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n"
