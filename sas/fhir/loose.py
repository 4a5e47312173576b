"""Looking into JSON values whose types cannot be trusted: a list where one was due, a number for a string …"""

from collections.abc import Iterator
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode


def value_of(raw: msgspec.Raw | bytes) -> Any:
    """The value of an undecoded piece; `None` when absent or beyond reading (a number of 5,000 digits).

    Raises UnicodeDecodeError when the bytes are not UTF-8: that concerns the whole answer (D39).
    """
    try:
        return _decode(raw) if bytes(raw) else None
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError):
        return None


def items(value: Any) -> list[Any]:
    """The members of a list; a single value stands for a list of one; empty values are nothing (D18)."""
    if isinstance(value, list):
        return [item for item in value if not is_empty(item)]
    return [] if is_empty(value) else [value]


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects among `items(value)`."""
    return (item for item in items(value) if isinstance(item, dict))


def text(value: Any) -> str:
    """A string without blanks around; a number as text; the first of a list; else empty."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < 1e18 else ""
    return text(value[0]) if isinstance(value, list) and value and not isinstance(value[0], list) else ""


def is_empty(value: Any) -> bool:
    """`null`, `""`, `{}`, `[]`: what FHIR forbids and some editors send for « unknown » (D18)."""
    return value is None or value == "" or value == {} or value == []
