"""The key of a request: drawn by the page that asks, so that the same request twice is one orientation."""

from collections.abc import Mapping
from uuid import UUID, uuid4


def asked_key(values: Mapping[str, str]) -> UUID:
    """`cle` of the form; a new one when there is none."""
    try:
        return UUID(values.get("cle", ""))
    except ValueError:
        return uuid4()
