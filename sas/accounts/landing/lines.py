"""What other packages add to the home pages of roles: a count that leads somewhere. Registered by `AppConfig.ready`.

`accounts` never calls upwards: the editors' provisioning tells here how many accounts are in error, and so on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sas.accounts.models import User
from sas.accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Line:
    """« 3 demandes à traiter ». `urgent`: somebody waits for it. `url` may be empty: nothing to open yet."""

    count: int
    label: str
    url: str = ""
    urgent: bool = False


Source = Callable[[User], list[Line]]
_SOURCES: dict[Permission, list[Source]] = {}


def add_home_lines(permission: Permission, source: Source) -> None:
    """Show what `source(user)` says, in a constant number of queries, to accounts that hold `permission`
    (`MANAGE_ACCOUNTS` or `OPERATE`). Twice the same is once."""
    known = _SOURCES.setdefault(permission, [])
    if source not in known:
        known.append(source)


def lines_for(permission: Permission, user: User) -> list[Line]:
    """What the other packages say."""
    return [line for source in _SOURCES.get(permission, []) for line in source(user)]
