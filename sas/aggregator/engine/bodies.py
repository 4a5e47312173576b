"""Reading an answer's body without trusting its length, its compression or its pace."""

import zlib

import aiohttp

# Error bodies are read for their diagnostics only.
ERROR_BODY_BYTES = 64_000


class BodyTooLargeError(Exception):
    """More than the limit, as sent or once decompressed."""


class BadEncodingError(Exception):
    """A Content-Encoding that was not asked for, or a compressed stream that is broken."""


async def read_body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The decompressed body, at most `limit` bytes.

    Raises BodyTooLargeError (at once when announced, else as soon as it is passed: the rest is never held),
    BadEncodingError,
    and aiohttp's errors when the connection breaks.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return await _read_gzip(response, limit)
    if encoding not in ("identity", ""):
        raise BadEncodingError(f"Content-Encoding {encoding[:40]!r}")
    announced = response.content_length
    if announced is not None and announced > limit:
        raise BodyTooLargeError(f"{announced} bytes announced, limit {limit}")
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError(f"more than {limit} bytes")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _read_gzip(response: aiohttp.ClientResponse, limit: int) -> bytes:
    # The session does not decompress by itself: only here is the output bounded whatever the input (gzip bombs).
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.content.iter_any():
            data = chunk
            while data and not inflater.eof:
                piece = inflater.decompress(data, limit + 1 - size)
                size += len(piece)
                if size > limit:
                    raise BodyTooLargeError(f"more than {limit} bytes once decompressed")
                chunks.append(piece)
                data = inflater.unconsumed_tail
    except zlib.error as error:
        raise BadEncodingError(f"gzip: {error}") from error
    if not inflater.eof and size:
        raise BadEncodingError("gzip: the stream is cut")
    return b"".join(chunks)
