"""Whether somebody still showed a slot when they were solicited, carried by a link from the search that knows it to the
orientation that records it: signed, so that nobody tells it in their place (indicator 9 is paid on it)."""

from django.core import signing

SALT = "sas.solicitations.shown"
OLDEST = 4 * 3600
"""Seconds: beyond, the list it came from is stale, and nothing is known."""


def signed(key: str, shown: bool | None) -> str:
    """The token for the card `key` ("123", "s45"): it showed a slot, none, or it is not known."""
    return signing.dumps([key, shown], salt=SALT, compress=False)


def shown_by(token: str, key: str) -> bool | None:
    """What the token says of that card; None when it is absent, another's, wrong or too old."""
    try:
        said, shown = signing.loads(token, salt=SALT, max_age=OLDEST)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return shown if said == key and isinstance(shown, bool) else None
