"""The second half of `bench.accounts_inside`: what a permission costs, and pages of somebody with twelve roles.

Floor of a permission: the same rows of roles read by a bare cursor. Floor of a page: the same page of somebody with one
role on one territory; both make the same number of queries, which is checked here as well.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sas.accounts.entering import ENTERED_AT, METHOD, SECOND_FACTOR
from sas.accounts.models import User
from sas.accounts.permissions import Permission, Role
from sas.accounts.services import create_account
from sas.directory.models import Territory
from sas.directory.territories import Limits, create_territory

AT = datetime(2026, 1, 5, tzinfo=UTC)
TWELVE = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
PAGES = ("/", "/compte/", "/gestion/comptes/", "/gestion/territoires/")


def measures(rounds: int) -> list[dict[str, Any]]:
    """Rows of `bench.frame.Measure`; each measure and its floor are taken in turn."""
    for department in TWELVE:
        limits = Limits(label=f"SAS {department}", departments=[department], timezone="Europe/Paris")
        create_territory(
            code=f"SAS-{department}",
            limits=limits,
            state=Territory.State.OPEN,
            since=date(2022, 4, 1),
            by="bench",
            at=AT,
        )
    one, twelve = _manager("one", TWELVE[:1]), _manager("twelve", TWELVE)
    checked, bare = _in_turn(lambda: _permission(twelve), lambda: _rows(twelve), rounds * 10)
    found = [row("permission of a request, 12 roles", checked, bare, "bare cursor on the same rows", 6.0)]
    clients = [_client(user) for user in (one, twelve)]
    for page in PAGES:
        counts = [_queries(client, page) for client in clients]
        assert counts[0] == counts[1], (page, counts)
        many, few = _in_turn(partial(clients[1].get, page), partial(clients[0].get, page), rounds)
        found.append(row(f"{page} with 12 roles-territories", many, few, "the same with one", 1.5))
    return found


def _manager(name: str, departments: tuple[str, ...]) -> User:
    user, _ = create_account(
        email=f"{name}@example.org",
        roles=[Role.ACCOUNT_MANAGER],
        territories=[f"SAS-{department}" for department in departments],
        family_name=name.upper(),
        given_name="Alex",
        by="bench",
        at=AT,
    )
    return user


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    now = datetime.now(UTC).isoformat()
    session.update({METHOD: "psc", ENTERED_AT: now, SECOND_FACTOR: True})
    session.save()
    return client


def _queries(client: Client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
    return len(queries)


def _permission(user: User) -> None:
    vars(user).pop("_held", None)
    assert user.reach(Permission.MANAGE_ACCOUNTS)


def _rows(user: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT g.role, g.territory_id, t.code FROM accounts_rolegrant g "
            "LEFT JOIN directory_territory t ON t.id = g.territory_id WHERE g.user_id = %s ORDER BY g.role, t.code",
            [user.pk],
        )
        cursor.fetchall()


def _in_turn(ours: Callable[[], object], floor: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Both medians, in milliseconds."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for act, times in zip((ours, floor), spent, strict=True):
            begun = perf_counter()
            act()
            times.append((perf_counter() - begun) * 1000)
    return median(spent[0]), median(spent[1])


def row(case: str, value: float, floor: float, floor_name: str, target: float) -> dict[str, Any]:
    """A row of `bench.frame.Measure` in milliseconds."""
    return {
        "case": case,
        "value": value,
        "unit": "ms p50",
        "floor": floor,
        "floor_name": floor_name,
        "ratio": value / floor,
        "target": target,
        "sense": "<=",
    }
