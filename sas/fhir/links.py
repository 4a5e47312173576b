"""Booking links of editors: which can be followed, and how `origin` is added to them (interop.md §1.6, D19, D20).

Links are cut as RFC 3986 (appendix B) cuts them, by hand: `urllib.parse` re-assembles a link (drops an empty query,
removes tabs), and an editor's link must come back byte for byte.
"""

import re
from urllib.parse import quote, unquote_plus, urlsplit

# An absolute http(s) link with a host. No user information: an agenda never needs it, and it hides the real host.
_BOOKABLE = re.compile(
    r"https?://(?:\[[0-9a-f:.]+\]|[^\s/?#@\\:\[\]<>\"'\x00-\x1f\x7f\ud800-\udfff]+)(?::[0-9]{1,5})?"
    r"(?:[/?#][^\s\x00-\x1f\x7f\ud800-\udfff]*)?",
    re.IGNORECASE,
)


def is_bookable(url: str) -> bool:
    """True for an absolute http or https link that a browser may be sent to; `javascript:` and the like are not."""
    if _BOOKABLE.fullmatch(url) is None:
        return False
    # Nearly all are plain; the others may name a host that no browser or library accepts (`[1:2]`, « exam℀ple »).
    return (url.isascii() and "[" not in url) or _has_a_host(url)


def _has_a_host(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


def with_origin(url: str, origin: str) -> str:
    """The link with `origin=<origin>`: an existing one replaced, the fragment and every other byte kept."""
    link, hash_mark, fragment = url.partition("#")
    base, _, query = link.partition("?")
    kept = _without_origin(query)
    separator = "&" if kept and not kept.endswith("&") else ""
    return f"{base}?{kept}{separator}origin={quote(origin, safe='')}{hash_mark}{fragment}"


def without_origin(url: str) -> str:
    """The link as the editor's software knows it, without the `origin` that some send themselves (D20)."""
    if "origin" not in url and "%" not in url:
        return url
    link, hash_mark, fragment = url.partition("#")
    base, question, query = link.partition("?")
    kept = _without_origin(query)
    return url if kept == query else f"{base}{question if kept else ''}{kept}{hash_mark}{fragment}"


def _without_origin(query: str) -> str:
    parameters = query.split("&")
    kept = [parameter for parameter in parameters if unquote_plus(parameter.partition("=")[0]) != "origin"]
    return query if len(kept) == len(parameters) else "&".join(kept)
