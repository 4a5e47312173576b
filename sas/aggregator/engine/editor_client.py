"""One editor over HTTP: a long-lived session, and calls that end in an outcome whatever the editor does.

The only file of the engine that knows HTTP. Transport rules: interop.md §1.0; deviations: §6 (D17, D39–D45, D49).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import aiohttp
from yarl import URL

from sas.aggregator.engine.bodies import ERROR_BODY_BYTES, BadEncodingError, BodyTooLargeError, read_body
from sas.aggregator.engine.editors import EditorConfig
from sas.aggregator.engine.flows import Flow
from sas.aggregator.engine.outcomes import Kind
from sas.aggregator.engine.refusals import diagnostics, retry_after
from sas.aggregator.engine.sessions import open_session
from sas.fhir.findings import Finding, Severity, UnreadableAnswer
from sas.fhir.offered import OfferedSlot, Reading
from sas.fhir.operation_outcomes import one_line
from sas.fhir.slots import MAX_SLOTS

logger = logging.getLogger(__name__)

MOST_PAGES = 5
# Reading a body this large holds the loop: in a thread, the worst stall for the others falls from 62 to 11 ms (2.7 MB).
THREAD_BYTES = 1_000_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOTHING_FOUND = frozenset({204, 404})


@dataclass(frozen=True, slots=True)
class Heard:
    """What one call brought back. `complete` is False when pages are missing: ids without slots are then unknown.

    `failed`: the editor is to blame, and the breaker must know. `retry_after` in seconds when it asks to be left alone.
    """

    kind: Kind
    slots: tuple[OfferedSlot, ...] = ()
    findings: tuple[Finding, ...] = ()
    detail: str = ""
    complete: bool = True
    failed: bool = False
    rest: bool = False
    retry_after: float | None = None


@dataclass(slots=True)
class _Pages:
    """Pages read so far: kept when a later one fails."""

    slots: list[OfferedSlot] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    bytes: int = 0
    redirected: bool = False


class _RefusedError(Exception):
    def __init__(self, heard: Heard) -> None:
        super().__init__(heard.detail)
        self.heard = heard


class EditorClient:
    """See the module. `clock` returns an aware datetime."""

    def __init__(self, config: EditorConfig, flow: Flow, *, clock: Callable[[], datetime]) -> None:
        self.config = config
        self._flow = flow
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, ids: Sequence[str], *, start: datetime, end: datetime) -> Heard:
        """Asks about `ids` (at most `config.max_ids`). Lasts at most `config.timeout`; raises only CancelledError."""
        pages = _Pages()
        try:
            async with asyncio.timeout(self.config.timeout):
                complete = await self._gather(pages, ids, start, end)
        except Exception as error:  # noqa: BLE001 - a partner's failure, or our bug on its data, costs that partner only
            return _with_failure(pages, self._failure(error))
        kind = Kind.SLOTS if pages.slots else Kind.EMPTY
        return Heard(kind, tuple(pages.slots), tuple(pages.findings), complete=complete)

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = open_session(self.config)  # `ask` holds the only clock: connection, body, pages
        return self._session

    async def _gather(self, pages: _Pages, ids: Sequence[str], start: datetime, end: datetime) -> bool:
        """Reads every page into `pages`. True when none is missing."""
        query = self._flow.build_query(ids, start=start, end=end)
        # encoded=True: yarl would otherwise decode %2F and %7C, which the guide wants encoded (§1.0.1).
        url = URL(f"{self.config.base_url.rstrip('/')}/{query}", encoded=True)
        seen = {url}
        complete = True
        while True:
            body, content_type = await self._get(url, pages)
            if not body.strip():
                return not pages.count  # a page that was announced and is not there may hold what nobody has told yet
            reading = await self._read(body, content_type, ids, start, end)
            pages.count += 1
            pages.slots.extend(reading.slots)
            pages.findings.extend(reading.findings)
            complete = complete and not _truncated(reading)
            if reading.next_url is None:
                return complete
            if pages.count == 1:
                pages.findings.append(Finding("D45", Severity.WARNING, "answer in several pages"))
            following = url.join(URL(reading.next_url, encoded=True))
            if following in seen or (pages.count > 1 and not reading.slots):
                return complete  # `next` that leads nowhere: some servers always send one
            if following.origin() != url.origin():
                raise _RefusedError(Heard(Kind.REFUSED, detail=f"next page on another host: {following.host}"))
            if pages.count >= MOST_PAGES:
                pages.findings.append(Finding("D45", Severity.WARNING, f"more than {MOST_PAGES} pages"))
                return False
            url = following
            seen.add(url)

    async def _read(
        self, body: bytes, content_type: str | None, ids: Sequence[str], start: datetime, end: datetime
    ) -> Reading:
        def read() -> Reading:
            return self._flow.read(body, asked=ids, start=start, end=end, now=self._clock(), content_type=content_type)

        return await asyncio.to_thread(read) if len(body) > THREAD_BYTES else read()

    async def _get(self, url: URL, pages: _Pages) -> tuple[bytes, str | None]:
        """The body of a usable answer, empty when nothing was found. Follows one redirect of the whole call."""
        async with self._open_session().get(url, allow_redirects=False) as response:
            status = response.status
            if status in _REDIRECTS:
                target = self._redirect_target(url, response.headers.get("Location"), pages)
            elif status in _NOTHING_FOUND:
                pages.findings.append(Finding("D17", Severity.WARNING, f"HTTP {status}"))
                return b"", None
            elif not 200 <= status < 300:
                raise _RefusedError(await self._refusal(response))
            else:
                body = await read_body(response, self.config.max_body_bytes - pages.bytes)
                pages.bytes += len(body)
                if not body.strip():
                    pages.findings.append(Finding("D17", Severity.WARNING, "empty body"))
                return body, response.headers.get("Content-Type")
        return await self._get(target, pages)

    def _redirect_target(self, url: URL, location: str | None, pages: _Pages) -> URL:
        if not location:
            raise _RefusedError(Heard(Kind.REFUSED, detail="redirect without Location"))
        target = url.join(URL(location, encoded=True))
        if target.origin() != url.origin():
            # Never follow: ids and, over mutual TLS, our certificate would be shown to a host that nobody declared.
            raise _RefusedError(Heard(Kind.REFUSED, detail=one_line(f"redirect to another host: {target.origin()}")))
        if pages.redirected:
            raise _RefusedError(Heard(Kind.REFUSED, detail="more than one redirect"))
        pages.redirected = True
        pages.findings.append(Finding("D44", Severity.WARNING, "redirect"))
        return target

    async def _refusal(self, response: aiohttp.ClientResponse) -> Heard:
        said = ""
        try:
            # The status is known: diagnostics are a courtesy, not worth the rest of the time.
            async with asyncio.timeout(min(1.0, self.config.timeout / 2)):
                said = diagnostics(await read_body(response, ERROR_BODY_BYTES))
        except (TimeoutError, aiohttp.ClientError, OSError, BodyTooLargeError, BadEncodingError):
            response.close()
        status = response.status
        wait = retry_after(response.headers.get("Retry-After"), self._clock())
        return Heard(
            Kind.REFUSED,
            detail=f"HTTP {status}: {said}" if said else f"HTTP {status}",
            failed=status >= 500,
            rest=status == 429 or (status == 503 and wait is not None),
            retry_after=wait,
        )

    def _failure(self, error: Exception) -> Heard:
        match error:
            case _RefusedError():
                return error.heard
            case UnreadableAnswer():
                detail = one_line(str(error))
                return Heard(Kind.UNREADABLE, findings=(error.finding,), detail=detail, failed=True)
            case BodyTooLargeError():
                finding = Finding("D49", Severity.ERROR, str(error))
                return Heard(Kind.UNREADABLE, findings=(finding,), detail=str(error), failed=True)
            case BadEncodingError() | aiohttp.InvalidURL():
                return Heard(Kind.UNREADABLE, detail=one_line(str(error)), failed=True)
            case TimeoutError():
                finding = Finding("D43", Severity.ERROR, "timeout")
                detail = f"no complete answer within {self.config.timeout:g} s"
                return Heard(Kind.NO_ANSWER, findings=(finding,), detail=detail, failed=True)
            case aiohttp.ClientError() | OSError():
                return Heard(Kind.NO_ANSWER, detail=one_line(f"{type(error).__name__}: {error}"), failed=True)
        logger.error("Reading the answer of editor %s failed", self.config.key, exc_info=error)
        return Heard(Kind.UNREADABLE, detail=one_line(f"{type(error).__name__}: {error}"), failed=True)


def _truncated(reading: Reading) -> bool:
    """True when the reader itself left out slots of a huge answer: who has none left may well have some."""
    return len(reading.slots) >= MAX_SLOTS and any(finding.case == "D49" for finding in reading.findings)


def _with_failure(pages: _Pages, failure: Heard) -> Heard:
    """The failure itself, or what was read before it when a later page is at fault."""
    if not pages.count:
        return replace(failure, findings=(*pages.findings, *failure.findings))
    return replace(
        failure,
        kind=Kind.SLOTS if pages.slots else failure.kind,
        slots=tuple(pages.slots),
        findings=(*pages.findings, *failure.findings),
        complete=False,
    )
