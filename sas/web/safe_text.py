"""Error messages that may be kept and shown: short, on one line, without what names a person."""

import re

LONGEST = 300
MARKS = (
    # What an address may hold unquoted (RFC 5322): all but blanks and these.
    (re.compile(r"""[^\s<>()\[\],;:@\\"]+@[^\s<>()\[\],;:@\\"]+"""), "…@…"),
    (re.compile(r"\d{8,}"), "…"),  # RPPS, ADELI, FINESS, telephones
    (re.compile(r"\b(\w+://)[^\s/@]*@"), r"\1"),  # passwords in addresses
)


def without_personal_data(text: str) -> str:
    """The first line only (PostgreSQL writes values on the next ones), without e-mail addresses nor long numbers."""
    line = next(iter(text.strip().splitlines()), "")
    for pattern, mark in MARKS:
        line = pattern.sub(mark, line)
    return line[:LONGEST]


def error_text(error: BaseException) -> str:
    """What went wrong: the kind of error, and what it says of itself."""
    return without_personal_data(f"{type(error).__name__} : {error}")
