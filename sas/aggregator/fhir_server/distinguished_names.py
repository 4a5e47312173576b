"""Names of certificates, compared as certificates are (RFC 4514): by attribute, whatever the case and the blanks. Pure.

The proxy gives `CN=…,OU=…,O=…,C=FR`. What an operator typed may also be the older `/C=FR/O=…/OU=…/CN=…`, which is never
accepted from the wire: a value that holds a slash could pass for two attributes.
"""

import re
from functools import lru_cache
from typing import TypeAlias

Name: TypeAlias = tuple[frozenset[tuple[str, str]], ...]

_ALIASES = {"S": "ST", "E": "EMAILADDRESS", "1.2.840.113549.1.9.1": "EMAILADDRESS", "2.5.4.3": "CN", "2.5.4.11": "OU"}
_SPECIAL = re.compile(r"\\([0-9A-Fa-f]{2}|.)|(.)", re.DOTALL)
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+")
LONGEST = 2000


@lru_cache(maxsize=512)
def registered_name(text: str) -> Name | None:
    """What an operator typed for an editor, in either writing; None for no name."""
    text = text.strip()
    if not text.startswith("/"):
        return presented_name(text)
    return _name([[part] for part in reversed(text[1:].split("/"))])


@lru_cache(maxsize=512)
def presented_name(text: str) -> Name | None:
    """What the proxy says of the certificate it verified; None for no name."""
    if not text or len(text) > LONGEST:
        return None
    return _name([_split(part, "+") for part in _split(text, ",")])


def _name(parts: list[list[str]]) -> Name | None:
    """Empty values and unreadable attributes make no name at all."""
    found = [frozenset(_attribute(member) for member in part) for part in parts]
    return None if any(value == "" or kind == "" for part in found for kind, value in part) else tuple(found)


def _attribute(text: str) -> tuple[str, str]:
    kind, _, value = text.strip().partition("=")
    kind = kind.strip().upper()
    if not _TYPE.fullmatch(kind):
        return "", ""
    return _ALIASES.get(kind, kind), " ".join(_plain(value).split()).casefold()


def _split(text: str, separator: str) -> list[str]:
    """At the separators that no backslash escapes and no quotes enclose."""
    parts, quoted = [""], False
    for match in _SPECIAL.finditer(text):
        quoted ^= match[2] == '"'
        if match[2] == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += match[0]
    return parts


def _plain(value: str) -> str:
    """Without quotes nor escapes; `\\C3\\A9` is the two bytes of « é »."""
    raw = bytearray()
    for escaped, plain in _SPECIAL.findall(value):
        if len(escaped) == 2:
            raw += bytes.fromhex(escaped)
        elif escaped or plain != '"':
            raw += (escaped or plain).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace")
