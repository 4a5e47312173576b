"""The HTTP session of an editor: its headers, its TLS, its connections. The same for slots and for accounts, which
editors must serve from one endpoint (interop.md §1.0, « same endpoint »)."""

import aiohttp

from sas.aggregator.engine.editors import EditorConfig

READ_BUFFER = 2**18  # an ordinary answer (145 kB for 100 slots) fits: the transport is not paused and resumed
KEEP_ALIVE = 60.0  # seconds; a mutual TLS handshake costs more than an answer


def open_session(config: EditorConfig) -> aiohttp.ClientSession:
    """A session for `config`, to be closed by the caller. Without any timeout: whoever calls holds the only clock."""
    connector = aiohttp.TCPConnector(
        limit=config.max_concurrency,
        ssl=config.ssl if config.ssl is not None else True,
        keepalive_timeout=KEEP_ALIVE,
        ttl_dns_cache=300,
    )
    headers = {"Accept": config.accept, "Accept-Encoding": "gzip", "User-Agent": "plateforme-sas"}
    return aiohttp.ClientSession(
        connector=connector,
        headers=headers | dict(config.headers),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,  # bodies.py does it, bounded
        read_bufsize=READ_BUFFER,
    )
