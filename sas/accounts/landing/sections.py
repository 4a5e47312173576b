"""Parts of the home page, one per role or per package. Registered by `AppConfig.ready`: `accounts` never calls up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sas.accounts.models import User
from sas.accounts.permissions import Permission


@dataclass(frozen=True)
class Section:
    """One part of the home page. `template` reads `data`; `urgent`: somebody waits, it comes first."""

    title: str
    template: str
    data: Any
    urgent: bool = False


Maker = Callable[[User, datetime], Section | None]
_MAKERS: list[tuple[int, Permission, Maker]] = []


def add_home_section(permission: Permission, maker: Maker, *, order: int) -> None:
    """Show what `maker` says (None: nothing) to accounts that hold `permission`, in a constant number of queries.

    Sections stand by `order`: what regulators see of somebody 10, next days 20, patients sent 25, participation 30,
    places 40, who may act 50, who saw 60. Twice the same is once.
    """
    if all(known is not maker for _, _, known in _MAKERS):
        _MAKERS.append((order, permission, maker))
        _MAKERS.sort(key=lambda one: one[0])


def sections_for(user: User, at: datetime) -> list[Section]:
    """What the other packages say to this account."""
    made = [maker(user, at) for _, permission, maker in _MAKERS if user.may(permission)]
    return [section for section in made if section is not None]
