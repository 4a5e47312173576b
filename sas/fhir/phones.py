"""French telephone numbers in international form (interop.md §3.3, D04). How they are shown belongs to pages."""

import re
from typing import Final

_FRENCH = re.compile(r"\+33[1-9][0-9]{8}")
_NOISE = re.compile(r"^tel:|\(0\)|[^0-9+]", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_PARENTHESISED_ZERO = re.compile(r"\(\s*0\s*\)")

# Digits that follow each calling code used by the Republic, overseas included.
_DIGITS_AFTER: Final = {
    "33": 9,  # Metropolitan France
    "262": 9,  # La Réunion, Mayotte
    "508": 6,  # Saint-Pierre-et-Miquelon
    "590": 9,  # Guadeloupe, Saint-Martin, Saint-Barthélemy
    "594": 9,  # Guyane
    "596": 9,  # Martinique
    "681": 6,  # Wallis-et-Futuna
    "687": 6,  # Nouvelle-Calédonie
    "689": 8,  # Polynésie française
}
# Ten-digit national numbers that belong to an overseas calling code, by their first four digits.
_OVERSEAS: Final = {
    **dict.fromkeys(("0262", "0263", "0269", "0639", "0692", "0693"), "262"),
    **dict.fromkeys(("0590", "0690", "0691"), "590"),
    **dict.fromkeys(("0594", "0694"), "594"),
    **dict.fromkeys(("0596", "0696", "0697"), "596"),
}


def normalise_phone(value: str) -> tuple[str | None, bool]:
    """`(number, changed)`: the number as `+<code><digits>`, or `None` when it cannot be one.

    >>> normalise_phone("01 23 45 67 89")
    ('+33123456789', True)
    >>> normalise_phone("0262 12 34 56")
    ('+262262123456', True)
    >>> normalise_phone("15")
    (None, True)
    """
    if _FRENCH.fullmatch(value):
        return value, False
    number = _international(value.strip())
    return number, number != value


def _international(text: str) -> str | None:
    body = re.sub(r"^tel:", "", text, flags=re.IGNORECASE)
    if not body.isascii():
        body = _ascii(body)
    if _LETTERS.search(body):
        return None
    digits = _NOISE.sub("", _PARENTHESISED_ZERO.sub("", body))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        return _checked(digits[1:])
    if len(digits) == 10 and digits[0] == "0":
        return _national(digits)
    if len(digits) == 9 and digits[0] != "0":  # the leading zero lost by a spreadsheet or a JSON number
        return _national("0" + digits)
    return _checked(digits) if any(digits.startswith(code) for code in _DIGITS_AFTER) else None


def _ascii(text: str) -> str:
    """Non-breaking and thin spaces, dashes of every length: separators all the same; other signs stay to be refused."""
    return "".join(sign if sign.isalnum() else (" " if not sign.isascii() else sign) for sign in text)


def _national(digits: str) -> str | None:
    if digits[1] == "0":
        return None
    return f"+{_OVERSEAS.get(digits[:4], '33')}{digits[1:]}"


def _checked(digits: str) -> str | None:
    """Digits after `+`: the French codes with their exact length, other countries by E.164's bounds."""
    if "+" in digits:
        return None
    for code, length in _DIGITS_AFTER.items():
        if digits.startswith(code):
            local = digits[len(code) :]
            if len(local) == length + 1 and local[0] == "0":  # +33 (0)1 written without its brackets
                local = local[1:]
            return f"+{code}{local}" if len(local) == length and local[0] != "0" else None
    return f"+{digits}" if 8 <= len(digits) <= 15 and digits[0] != "0" else None
