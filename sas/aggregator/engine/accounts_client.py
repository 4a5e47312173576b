"""Regulators' accounts at one editor over HTTP (INT_R02): calls that end in an outcome whatever the editor does.

interop.md §1.4 (flow), §1.0 (transport). What matters here is not to lie about what may have happened: an answer that
did not come does not say that nothing was written.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import aiohttp
import msgspec
from yarl import URL

from sas.aggregator.engine.bodies import ERROR_BODY_BYTES, BadEncodingError, BodyTooLargeError, read_body
from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.refusals import retry_after
from sas.aggregator.engine.sessions import open_session
from sas.fhir.operation_outcomes import describe, one_line, read_location, read_outcome
from sas.fhir.practitioners import AccountIdentifier, RegulatorAccount, practitioner_query, regulator_body
from sas.fhir.systems import FHIR_JSON

logger = logging.getLogger(__name__)

CONTENT_TYPE = f"{FHIR_JSON}; charset=utf-8"
_SAME_METHOD = frozenset({307, 308})
"""Redirects that keep the method and the body; any other is refused, as a write must not become a read."""


class Kind(StrEnum):
    """What came of a call. `possible` says whether the editor may have written something."""

    ACCEPTED = "accepted"  # 2xx
    REFUSED = "refused"  # it heard, and says no (3xx, 4xx): nothing was written
    BUSY = "busy"  # 429: nothing was written, come back later
    UNREACHED = "unreached"  # no connection: nothing was sent
    UNSURE = "unsure"  # no answer in time, connection lost, 5xx: it may have been written
    UNREADABLE = "unreadable"  # 2xx with something that is no answer to that, such as a sign-in page

    @property
    def possible(self) -> bool:
        return self in (Kind.UNSURE, Kind.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call brought back. `detail` is for operators (French when it is ours, else the editor's own words).

    `server_id` is the editor's id of the account, from `Location`; `findings` are deviations that did not matter.
    `retry_after` in seconds when it asks to be left alone.
    """

    kind: Kind
    status: int | None = None
    detail: str = ""
    server_id: str = ""
    findings: tuple[str, ...] = ()
    retry_after: float | None = None


class AccountsClient:
    """One editor. `timeout` of its configuration (7 s at most) holds for each call, body and redirect included.

    Belongs to the loop that made its first call; `close` it there.
    """

    def __init__(self, config: EditorConfig, *, clock: Callable[[], datetime]) -> None:
        self.config = config
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def create(self, account: RegulatorAccount) -> Reply:
        """POST: a new account."""
        return await self._send("POST", "Practitioner", account)

    async def update(self, key: AccountIdentifier, account: RegulatorAccount) -> Reply:
        """PUT by identifier: `key` names the account as the editor knows it, `account` is what it becomes, its
        identifier included. Unknown there, it is created."""
        return await self._send("PUT", practitioner_query(key), account)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(self, method: str, query: str, account: RegulatorAccount) -> Reply:
        """Lasts at most `config.timeout`; raises only CancelledError."""
        # encoded=True: yarl would otherwise decode %2F and %7C, which the guide wants encoded (§1.0.1).
        url = URL(f"{self.config.base_url.rstrip('/')}/{query}", encoded=True)
        try:
            async with asyncio.timeout(self.config.timeout):
                return await self._exchange(method, url, regulator_body(account), redirects=1)
        except TimeoutError:
            return Reply(Kind.UNSURE, detail=f"Pas de réponse en {self.config.timeout:g} s")
        except aiohttp.ClientConnectorError as error:
            return Reply(Kind.UNREACHED, detail=one_line(f"Connexion impossible : {error}"))
        except aiohttp.InvalidURL as error:
            return Reply(Kind.UNREACHED, detail=one_line(f"Adresse inutilisable : {error}"))
        except (aiohttp.ClientError, OSError) as error:
            return Reply(Kind.UNSURE, detail=one_line(f"Connexion perdue : {type(error).__name__} {error}"))
        except Exception as error:
            logger.exception("an account could not be told to editor %s", self.config.key)
            return Reply(Kind.UNSURE, detail=one_line(f"{type(error).__name__} : {error}"))

    async def _exchange(self, method: str, url: URL, body: bytes, *, redirects: int) -> Reply:
        if self._session is None:
            self._session = open_session(self.config)
        headers = {"Content-Type": CONTENT_TYPE}
        async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as response:
            if response.status not in _SAME_METHOD:
                return await self._judged(response)
            location = response.headers.get("Location") or ""
        target = url.join(URL(location, encoded=True))
        if not location or not redirects or target.origin() != url.origin():
            # Never to another host: names and e-mails would be shown to whom nobody declared.
            return Reply(
                Kind.REFUSED, response.status, one_line(f"Redirection refusée vers {location or 'nulle part'}")
            )
        return await self._exchange(method, target, body, redirects=redirects - 1)

    async def _judged(self, response: aiohttp.ClientResponse) -> Reply:
        status = response.status
        body, unread = await self._body(response)
        content_type = response.headers.get("Content-Type")
        if 200 <= status < 300:
            return _accepted(status, response.headers.get("Location"), body, unread, content_type)
        said = describe(read_outcome(body, content_type))
        detail = one_line(f"HTTP {status} : {said}")
        wait = retry_after(response.headers.get("Retry-After"), self._clock())
        if status == 429:
            return Reply(Kind.BUSY, status, detail, retry_after=wait)
        if status >= 500:
            return Reply(Kind.UNSURE, status, detail, retry_after=wait)
        return Reply(Kind.REFUSED, status, detail)

    async def _body(self, response: aiohttp.ClientResponse) -> tuple[bytes, str]:
        """What there is of it: the status is known, and a broken body does not undo what it says."""
        try:
            return await read_body(response, ERROR_BODY_BYTES), ""
        except (BodyTooLargeError, BadEncodingError, aiohttp.ClientError, OSError) as error:
            response.close()
            return b"", one_line(f"corps illisible ({type(error).__name__})")


def _accepted(status: int, location: str | None, body: bytes, unread: str, content_type: str | None) -> Reply:
    """A 2xx, unless what comes with it belies it (§6, D40 and D41)."""
    server_id = read_location(location) or ""
    findings = [finding for finding in (unread, "" if server_id else "2xx sans Location") if finding]
    if unread:
        return Reply(Kind.ACCEPTED if server_id else Kind.UNREADABLE, status, unread, server_id, tuple(findings))
    if not body.strip():
        return Reply(Kind.ACCEPTED, status, "", server_id, tuple(findings))
    kind = _resource_type(body)
    if kind == "OperationOutcome":
        outcome = read_outcome(body, content_type)
        if any(issue.severity in ("error", "fatal") for issue in outcome.issues):
            return Reply(Kind.REFUSED, status, one_line(f"HTTP {status} : {describe(outcome)}"))
    elif kind != "Practitioner":
        if not server_id:
            said = read_outcome(body, content_type).instead or f"{kind or 'contenu inconnu'} au lieu d’un Practitioner"
            return Reply(Kind.UNREADABLE, status, one_line(f"HTTP {status} : {said}"), findings=tuple(findings))
        findings.append("corps illisible, Location lue")
    return Reply(Kind.ACCEPTED, status, "", server_id, tuple(findings))


class _Resource(msgspec.Struct):
    resourceType: str = ""  # noqa: N815 - FHIR's name


def _resource_type(body: bytes) -> str:
    try:
        return msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_Resource).resourceType
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
