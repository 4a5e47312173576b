"""Which rows there must be, and in which state, by set-based SQL: one account when it changes, all of them at night.

The CASE below is `provisioning_rules.state_of` written for PostgreSQL: 3,500 regulators at 40 editors are 140,000 rows,
which Python must not read one by one. Everything is said of the row that is updated itself, never of a copy of it
joined again: under READ COMMITTED, a row that a delivery just changed is judged as it is now. Statements are pieced
together from constants of this file; whatever comes from outside is a parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from sas.aggregator.models import Editor
from sas.aggregator.provisioning_rules import HAVE_ACCOUNTS
from sas.fhir.systems import IDNPS, SAS


@dataclass(frozen=True, slots=True)
class Planned:
    """Rows made, and rows that changed state."""

    made: int = 0
    moved: int = 0

    def __bool__(self) -> bool:
        return bool(self.made or self.moved)


def plan(accounts: Sequence[int], *, at: datetime, skip_locked: bool = False) -> Planned:
    """Bring the rows of these accounts to what facts ask for, inside the caller's transaction.

    An account has rows once it signed in (interop.md §1.4: creation goes out when the regulator signs in).
    `skip_locked`, for many accounts at once: rows that somebody else is changing are left to them, so that two
    statements never wait for each other's rows.
    """
    made = _run(INSERT, accounts, at)
    return Planned(made, moved=_run(_skipping(MOVE, MOVES) if skip_locked else f"{MOVE} WHERE {MOVES}", accounts, at))


def reopen(accounts: Sequence[int], *, at: datetime) -> int:
    """At night, try again what no answer settled, and every withdrawal, even refused: an editor must not keep open the
    account of somebody who lost the habilitation. Refusals of anything else wait for other facts or for a press."""
    return _run(_skipping(MOVE, STUCK), accounts, at)


def wake(account: int, *, at: datetime) -> bool:
    """Bring forward what waits for this account's next try; True when something is due."""
    with connection.cursor() as cursor:
        cursor.execute(WAKE, {"at": at, "account": account})
        return bool(cursor.rowcount)


def _skipping(statement: str, condition: str) -> str:
    locked = f"""SELECT told.id
        FROM aggregator_editoraccount AS told, accounts_user AS person, aggregator_editor AS editor
        WHERE {condition} ORDER BY told.id FOR NO KEY UPDATE OF told SKIP LOCKED"""  # noqa: S608
    return f"{statement} WHERE {condition} AND told.id IN ({locked})"


def _run(statement: str, accounts: Sequence[int], at: datetime) -> int:
    values: dict[str, Any] = {
        "at": at,
        "accounts": list(accounts),
        "roles": list(HAVE_ACCOUNTS),
        "stages": [str(stage) for stage in Editor.ASKABLE],
        "idnps": IDNPS,
        "sas": SAS,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


_MUST_EXIST = """(person.is_active AND EXISTS (
    SELECT FROM accounts_rolegrant AS held WHERE held.user_id = person.id AND held.role = ANY(%(roles)s)))"""
_SERVED = "(editor.is_active AND editor.stage = ANY(%(stages)s))"
_NATIONAL = "coalesce(person.national_id, '')"
_SYSTEM = f"CASE WHEN {_NATIONAL} <> '' THEN %(idnps)s ELSE %(sas)s END"
_VALUE = f"CASE WHEN {_NATIONAL} <> '' THEN person.national_id ELSE person.technical_id::text END"
_EMAIL = "coalesce(person.email, '')"

_AS_WANTED = f"""(told.accepted_active IS TRUE AND told.sent_system = {_SYSTEM} AND told.sent_value = {_VALUE}
    AND told.accepted_family = person.family_name AND told.accepted_given = person.given_name
    AND told.accepted_email = {_EMAIL})"""

# provisioning_rules.digest
_DIGEST = f"""encode(sha256(convert_to(concat_ws(chr(31), {_SYSTEM}, {_VALUE}, person.family_name, person.given_name,
    {_EMAIL}, CASE WHEN {_MUST_EXIST} THEN 'true' ELSE 'false' END), 'UTF8')), 'hex')"""

_TARGET = f"""CASE
    WHEN NOT {_MUST_EXIST} THEN
        CASE WHEN told.unsure = '{{}}' AND told.accepted_active IS NOT TRUE THEN 'withdrawn' ELSE 'to_withdraw' END
    WHEN told.unsure = '{{}}' AND {_AS_WANTED} THEN 'in_order'
    WHEN NOT {_SERVED} THEN told.state
    WHEN told.sent_value IS NULL THEN 'to_create'
    ELSE 'to_update'
END"""

_CHOSEN = "person.id = ANY(%(accounts)s)"
_JOINED = f"{_CHOSEN} AND told.account_id = person.id AND told.editor_id = editor.id"
_WAITS = "IN ('to_create', 'to_update', 'to_withdraw')"

INSERT = f"""
    INSERT INTO aggregator_editoraccount (account_id, editor_id, state, changed_at, next_try_at)
    SELECT person.id, editor.id, 'to_create', %(at)s, %(at)s
    FROM accounts_user AS person CROSS JOIN aggregator_editor AS editor
    WHERE {_CHOSEN} AND {_MUST_EXIST} AND {_SERVED} AND person.last_login IS NOT NULL
        AND NOT EXISTS (SELECT FROM aggregator_editoraccount AS told
            WHERE told.account_id = person.id AND told.editor_id = editor.id)
    ORDER BY person.id, editor.id  -- two that insert the same rows wait for each other in one order
    ON CONFLICT (account_id, editor_id) DO NOTHING
"""  # noqa: S608

MOVE = f"""
    UPDATE aggregator_editoraccount AS told
    SET state = {_TARGET}, changed_at = %(at)s, attempts = 0, trouble = '', last_error = '', refused_facts = '',
        next_try_at = CASE WHEN {_TARGET} {_WAITS} THEN %(at)s::timestamptz END
    FROM accounts_user AS person, aggregator_editor AS editor
"""  # noqa: S608

# A row in error moves when its facts are no longer those that were refused.
MOVES = f"""{_JOINED} AND told.state <> {_TARGET} AND (told.state <> 'in_error' OR told.refused_facts <> {_DIGEST})"""

STUCK = f"""{_JOINED} AND told.state = 'in_error' AND {_TARGET} <> 'in_error'
    AND (told.trouble IN ('silent', 'unreadable') OR NOT {_MUST_EXIST})"""

WAKE = """
    UPDATE aggregator_editoraccount AS told
    SET next_try_at = least(told.next_try_at, %(at)s)
    FROM aggregator_editor AS editor
    WHERE told.account_id = %(account)s AND editor.id = told.editor_id AND editor.is_active
        AND told.next_try_at IS NOT NULL
"""
