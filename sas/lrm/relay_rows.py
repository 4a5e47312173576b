"""The rows of a relay, in SQL: claimed by locking them for as long as they are being published (docs/adr/0016).

A relay that dies, however it dies, drops its locks with its connection: nothing has to be noticed or given back.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections
from psycopg import sql

from sas.lrm.outbox import CHANNEL

HELD_FOR_SECONDS = 60
"""A relay whose machine vanished says nothing: PostgreSQL ends its transaction after this silence, which is longer than
any lot takes."""

CLAIM = """
SELECT m.id, m.uuid, l.hub_client_id, m.payload::text, m.attempts
FROM lrm_message m JOIN lrm_lrm l ON l.id = m.lrm_id
WHERE m.state = 'waiting' AND m.next_try_at <= %(now)s AND l.is_active AND l.hub_client_id <> ''
  AND m.rank = (
    SELECT e.rank FROM lrm_message e
    WHERE e.lrm_id = m.lrm_id AND e.subject = m.subject AND e.state = 'waiting' ORDER BY e.rank LIMIT 1
  )
ORDER BY m.next_try_at, m.id LIMIT %(most)s
FOR NO KEY UPDATE OF m SKIP LOCKED
"""
"""The first of each subject: asked row by row on purpose. As an anti-join, a planner without statistics reads the whole
queue for each row of it."""

PUBLISHED = """
UPDATE lrm_message SET state = 'published', published_at = %(at)s, expires_at = %(expires)s,
  attempts = attempts + 1, next_try_at = NULL, trouble = ''
WHERE id = ANY(%(ids)s)
"""

LATER = """
UPDATE lrm_message SET attempts = attempts + 1, next_try_at = %(again)s, trouble = %(trouble)s WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in hand. `payload` is the JSON text of the `appointment`."""

    id: int
    uuid: UUID
    recipient: str
    payload: str
    attempts: int


@asynccontextmanager
async def connected() -> AsyncIterator[psycopg.AsyncConnection]:
    """A connection of the relay's own to the database of the settings; it does what it is told when it is told."""
    options = connections["default"].get_connection_params()
    for name in ("pool", "context", "cursor_factory", "prepare_threshold", "server_side_binding"):
        options.pop(name, None)
    connection = await psycopg.AsyncConnection.connect(**options, autocommit=True)
    async with connection:
        limit = sql.SQL("SET idle_in_transaction_session_timeout = {}").format(f"{HELD_FOR_SECONDS}s")
        await connection.execute(limit)
        yield connection


async def claim(connection: psycopg.AsyncConnection, *, most: int, now: datetime) -> list[Claimed]:
    """The oldest messages that may leave, one by orientation and LRM, locked until the transaction ends."""
    rows = await (await connection.execute(CLAIM, {"now": now, "most": most})).fetchall()
    return [Claimed(*row) for row in rows]


async def mark_published(
    connection: psycopg.AsyncConnection, ids: Sequence[int], *, at: datetime, expires: datetime
) -> None:
    """The broker confirmed that it keeps them."""
    await connection.execute(PUBLISHED, {"ids": list(ids), "at": at, "expires": expires})


async def try_later(connection: psycopg.AsyncConnection, message: int, *, again: datetime, trouble: str) -> None:
    """The broker did not keep it."""
    await connection.execute(LATER, {"id": message, "again": again, "trouble": trouble})


async def listen(connection: psycopg.AsyncConnection, heard: Any) -> None:
    """Call `heard` at each row written, until the connection ends."""
    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    async for _ in connection.notifies():
        heard()
