"""The regulators' accounts of the sandbox: their uniqueness, and everything that was received about them (INT_R02).

interop.md §1.4.3 gives the rules. An identifier has one holder at most: taking that of a disabled account takes it away
from it. Everything happens on the sandbox's own loop, without a pause between a check and its write.
"""

import secrets
from collections import Counter, deque
from typing import Any

import msgspec

from editor_kit.sandbox.resources import Issue
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount

MOST_ACCOUNTS = 20_000
REQUESTS_KEPT = 50_000


class Account(msgspec.Struct):
    """An account as last told. `identifiers` are those still its own: none once a disabled account lost them."""

    server_id: str
    told: RegulatorAccount
    identifiers: tuple[AccountIdentifier, ...]
    updates: int = 0


class Received(msgspec.Struct, frozen=True):
    """One request, in order of `rank`. `act` is `created` or `updated` when it was accepted, empty when it was not.

    `identifier` is that of the query (PUT) or of the body (POST); `account` the server id concerned; both may be empty.
    """

    rank: int
    method: str
    identifier: str
    status: int
    act: str = ""
    account: str = ""
    active: bool | None = None


class Accounts:
    """The accounts by identifier, and the journal of what was received about them."""

    def __init__(self) -> None:
        self._by_server_id: dict[str, Account] = {}
        self._holders: dict[AccountIdentifier, Account] = {}
        self.journal: deque[Received] = deque(maxlen=REQUESTS_KEPT)
        self.received = 0

    def __len__(self) -> int:
        return len(self._by_server_id)

    def get(self, server_id: str) -> Account | None:
        """The account of that server id."""
        return self._by_server_id.get(server_id)

    def holder(self, identifier: AccountIdentifier) -> Account | None:
        """Whoever bears this identifier now."""
        return self._holders.get(identifier)

    def of_email(self, email: str) -> Account | None:
        """The account with that address, an active one rather than a disabled one, the latest created first."""
        wanted = email.strip().casefold()
        found = [account for account in self._by_server_id.values() if account.told.email.casefold() == wanted]
        return max(reversed(found), key=lambda account: account.told.active, default=None)

    def create(self, told: RegulatorAccount, *, email_is_unique: bool) -> Account | Issue:
        """A new account, or why not. `email_is_unique` is for POST only (§1.4.3, 4)."""
        if len(self) >= MOST_ACCOUNTS:
            return Issue("too-costly", f"Ce bac à sable garde {MOST_ACCOUNTS} comptes au plus : relancez-le.")
        if issue := self._taken(told, None):
            return issue
        same = self.of_email(told.email)
        if any(self._is_same(told, holder) for holder in map(self.holder, told.identifiers) if holder):
            return Issue("duplicate", "Ce compte existe déjà, désactivé : PUT avec active:true le rétablit.")
        if email_is_unique and same is not None and same.told.active:
            return Issue(
                "duplicate", "Cette adresse est celle d’un autre compte actif.", "Practitioner.telecom[0].value"
            )
        account = Account(secrets.token_hex(8), told, ())
        self._by_server_id[account.server_id] = account
        self._hold(account, told)
        return account

    def update(self, account: Account, told: RegulatorAccount) -> Issue | None:
        """Replace what is known of an account, its identifiers included; the reason when refused."""
        if issue := self._taken(told, account):
            return issue
        account.told = told
        account.updates += 1
        self._hold(account, told)
        return None

    def note(self, method: str, identifier: str, status: int, act: str = "", account: Account | None = None) -> None:
        """Write down a request, whatever became of it."""
        self.received += 1
        self.journal.append(
            Received(
                rank=self.received,
                method=method,
                identifier=identifier,
                status=status,
                act=act,
                account=account.server_id if account else "",
                active=account.told.active if account else None,
            )
        )

    def report(self) -> dict[str, Any]:
        """What `GET /_sandbox/accounts` shows: accounts, requests by identifier, and the journal in order."""
        journal = tuple(self.journal)
        received = Counter(line.identifier for line in journal)
        accepted = Counter(line.identifier for line in journal if line.act)
        by_account = Counter(line.account for line in journal if line.account)
        return {
            "received": self.received,
            "accounts": [_shown(account, by_account) for account in tuple(self._by_server_id.values())],
            "requests": {key: {"received": count, "accepted": accepted[key]} for key, count in received.items()},
            "journal": [msgspec.structs.asdict(line) for line in journal],
        }

    def _taken(self, told: RegulatorAccount, by: Account | None) -> Issue | None:
        """Identifiers are unique among active accounts (§1.4.3, 4; §9 C44)."""
        for identifier in told.identifiers:
            holder = self.holder(identifier)
            if holder is not None and holder is not by and holder.told.active:
                said = f"L’identifiant {identifier} est celui d’un autre compte actif."
                return Issue("duplicate", said, "Practitioner.identifier")
        return None

    def _is_same(self, told: RegulatorAccount, holder: Account) -> bool:
        return holder.told.email.casefold() == told.email.casefold()

    def _hold(self, account: Account, told: RegulatorAccount) -> None:
        for identifier in account.identifiers:
            del self._holders[identifier]
        for identifier in told.identifiers:
            previous = self._holders.get(identifier)
            if previous is not None:  # disabled: its national id may be given to somebody else (§1.4.3, 3)
                previous.identifiers = tuple(kept for kept in previous.identifiers if kept != identifier)
            self._holders[identifier] = account
        account.identifiers = told.identifiers


def _shown(account: Account, requests: Counter[str]) -> dict[str, Any]:
    told = account.told
    return {
        "id": account.server_id,
        "identifiers": [str(identifier) for identifier in account.identifiers],
        "active": told.active,
        "family": told.family,
        "given": told.given,
        "email": told.email,
        "requests": requests[account.server_id],
        "updates": account.updates,
    }
