#!/usr/bin/env python3
"""Django's command line, with a database: the one of DATABASE_URL, else the embedded PostgreSQL, started on demand.

``--data-dir DIRECTORY``, anywhere on the line, says where the embedded one lives (else SAS_DATA_DIR, else ``.data``).
"""

import os
import sys
import warnings
from contextlib import ExitStack
from pathlib import Path

from config.embedded_postgres import EmbeddedPostgresError, running
from config.environment import InvalidEnvironmentError, read_environment

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "makemigrations",
    "startapp",
    "version",
}


def main(arguments: list[str]) -> None:
    """Run the command; exit 1 with a sentence in French when the environment or the database is in the way."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    arguments = take_data_dir(arguments)
    with ExitStack() as stack:
        try:
            if needs_database(arguments) and not os.environ.get("DATABASE_URL"):
                os.environ["DATABASE_URL"] = stack.enter_context(running(read_environment(os.environ).data_dir))
        except (EmbeddedPostgresError, InvalidEnvironmentError) as error:
            sys.exit(str(error))
        from django.core.management import execute_from_command_line

        # makemigrations compares with the database if it can; here it has none on purpose.
        warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
        try:
            execute_from_command_line(["manage.py", *arguments])
        except KeyboardInterrupt:
            sys.exit(130)


def take_data_dir(arguments: list[str]) -> list[str]:
    """Take ``--data-dir`` out of the line; relative to where one stands, as any path that one types."""
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, _, value = word.partition("=")
        if name != "--data-dir":
            rest.append(word)
            continue
        value = value or next(words, "")
        if not value:
            print("--data-dir : le nom du répertoire manque.", file=sys.stderr)  # noqa: T201  (before Django)
            sys.exit(2)
        os.environ["SAS_DATA_DIR"] = str(Path(value).expanduser().resolve())
    return rest


def needs_database(arguments: list[str]) -> bool:
    """Whether the command may use the database; an unknown one may."""
    if {"-h", "--help", "--version"} & set(arguments):
        return False
    return any(arguments) and arguments[0] not in WITHOUT_DATABASE


if __name__ == "__main__":
    main(sys.argv[1:])
