"""The files of this repository as git sees them: tracked, or about to be (not ignored)."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def paths() -> tuple[str, ...]:
    """Every file, relative to the root, sorted; one that was deleted but not committed yet is left out."""
    # Whoever owns the clone: a container may run as another user than the one who fetched it.
    git = ["git", "-c", "safe.directory=*", "-C", str(REPOSITORY)]
    command = [*git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in set(listed.split("\0")) if path and (REPOSITORY / path).is_file()))


@cache
def text(path: str) -> str:
    """The content of one of them."""
    return (REPOSITORY / path).read_text(encoding="utf-8")


def under(*folders: str, suffixes: tuple[str, ...] = ()) -> Iterator[str]:
    """The files of these folders (`""`: the whole repository) that end with one of `suffixes` (none: all of them)."""
    for path in paths():
        if any(not folder or path.startswith(f"{folder}/") for folder in folders) and path.endswith(suffixes or ("",)):
            yield path


def python(*folders: str) -> Iterator[str]:
    """Python files written by hand: migrations are Django's."""
    return (path for path in under(*folders, suffixes=(".py",)) if "migrations" not in PurePosixPath(path).parts)


def exists(path: str) -> bool:
    """Whether the repository holds this file or folder."""
    wanted = path.rstrip("/")
    return any(known == wanted or known.startswith(f"{wanted}/") for known in paths())
