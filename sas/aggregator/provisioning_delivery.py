"""Accounts told to editors: claimed, sent outside any transaction, recorded.

A claim writes down, before the call, under which identifier the editor may come to know the account. Whatever kills us
between the call and its record, the next try is then a PUT by that identifier, which makes one account whether or not
the first call arrived (docs/adr/0009).
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sas.aggregator.engine.accounts_client import AccountsClient, Kind, Reply
from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.provisioning_claims import Errand, claim, due
from sas.aggregator.provisioning_record import record
from sas.aggregator.provisioning_rules import Act
from sas.web.http import give_connections_back

Clock = Callable[[], datetime]

MAY_EXIST = frozenset({400, 409, 412, 422})
"""Refusals of a POST that may mean « this account exists »: editors differ (interop.md §1.4.3, rule 1)."""

SEND_WITHIN = timedelta(seconds=30)
"""Nothing more is sent once a claim is so old: a process that slept would send what another one has replaced."""

DRAIN_FOR = timedelta(seconds=40)
"""A job holds a worker's place for less than a minute (sas/web/jobs.py)."""

MOST_ROUNDS = 5


def deliver_account(account_id: int, *, clock: Clock) -> int:
    """Tell every editor what is due of one account, all editors at once; how many calls were recorded.

    Goes round again for what changed while editors answered, such as a withdrawal that overtook a creation.
    """
    with _post() as send:
        done = 0
        for _ in range(MOST_ROUNDS):
            at = clock()
            editors = due(at).filter(account=account_id).order_by("editor").values_list("editor", flat=True)
            errands = [errand for editor in list(editors) for errand in claim(editor, account=account_id, at=at)]
            if not errands:
                break
            done += _round(send, errands, clock)
    return done


def drain_editor(editor_id: int, *, clock: Clock, during: timedelta = DRAIN_FOR) -> bool:
    """Tell one editor what is due, for a while; True when something is left that may leave now."""
    ends = time.monotonic() + during.total_seconds()
    with _post() as send:
        while errands := claim(editor_id, at=clock()):
            _round(send, errands, clock)
            if time.monotonic() >= ends:
                return True
    return False


Send = Callable[[Sequence[Errand], Clock], list[Reply]]


def _round(send: Send, errands: Sequence[Errand], clock: Clock) -> int:
    give_connections_back()  # for as long as editors think
    replies = send(errands, clock)
    return sum(record(errand, reply, at=clock()) for errand, reply in zip(errands, replies, strict=True))


@contextmanager
def _post() -> Iterator[Send]:
    """A loop of its own in this thread, whose connections to editors are kept from one round to the next."""
    clients: dict[EditorConfig, AccountsClient] = {}

    async def all_of(errands: Sequence[Errand], clock: Clock) -> list[Reply]:
        for errand in errands:
            if errand.config not in clients:
                clients[errand.config] = AccountsClient(errand.config, clock=clock)
        return await asyncio.gather(*(tell(clients[errand.config], errand, clock) for errand in errands))

    async def hang_up() -> None:
        await asyncio.gather(*(client.close() for client in clients.values()))

    with asyncio.Runner() as runner:
        try:
            yield lambda errands, clock: runner.run(all_of(errands, clock))
        finally:
            runner.run(hang_up())


async def tell(client: AccountsClient, errand: Errand, clock: Clock) -> Reply:
    """Every call of one errand; the reply that decides."""
    reply = Reply(Kind.UNREACHED, detail="Rien n’a été envoyé")
    for key, account in errand.decision.bodies:
        if clock() - errand.claimed_at > SEND_WITHIN:
            return reply
        if key is not None:
            reply = await client.update(key, account)
        else:
            reply = await client.create(account)
            if reply.kind is Kind.REFUSED and reply.status in MAY_EXIST:
                reply = await client.update(account.identifier, account)
        # A withdrawal must be accepted under every identifier; an update needs its next one only when refused.
        expected = Kind.ACCEPTED if errand.decision.act is Act.WITHDRAW else Kind.REFUSED
        if reply.kind is not expected:
            return reply
    return reply
