"""`python -m demo.prepare --scale S`: migrations, cache table, demonstration, static files; each quick when done.

Run by the supervisor in a process of its own, so that what Django takes of memory is given back before serving.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SCALES = ("small", "department", "national")


def main() -> int:
    """Exit 0 when the demonstration is there; 1 with a sentence in French."""
    parser = argparse.ArgumentParser(description="Prépare la démonstration.")
    parser.add_argument("--scale", choices=SCALES, default="department")
    scale_name = parser.parse_args().scale
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import CommandError
    from django.db import OperationalError

    from demo.loading import DemoRefused

    try:
        _prepare(scale_name)
    except (DemoRefused, CommandError) as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"La base de données ne répond pas, ou refuse ce compte : {error}", file=sys.stderr)
        return 1
    return 0


def _prepare(scale_name: str) -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from demo.loading import has_people, is_loaded, load, register_editors, write_people
    from demo.people import write_cards
    from demo.scenario import SCALES as KNOWN

    scale = KNOWN[scale_name]
    with step("Base de données à jour"):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
    with step("Fichiers statiques"):
        call_command("collectstatic", verbosity=0, interactive=False)
    if not is_loaded(scale):
        with step(f"Démonstration chargée ({scale.label})"):
            load(scale=scale, territories=[], data_dir=settings.SAS_DATA_DIR, say=_say, at=timezone.now())
    register_editors(settings.SAS_DATA_DIR, at=timezone.now())
    if not has_people(settings.SAS_DATA_DIR):
        with step("Professionnels des éditeurs"):
            write_people(settings.SAS_DATA_DIR)
            write_cards(settings.SAS_DATA_DIR)


@contextmanager
def step(label: str, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Say when a step is done, and how long it took."""
    began = clock()
    yield
    print(f"{label} ({clock() - began:.1f} s)", flush=True)


def _say(label: str) -> None:
    print(f"  {label}…", flush=True)


if __name__ == "__main__":
    sys.exit(main())
