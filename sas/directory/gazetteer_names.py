"""Place names as people type them, brought to one form: no accents, no hyphens, no case, « St » = « Saint »."""

import re
import unicodedata

#: Longer than any French place with its postal code and department; beyond, the text is not a place.
LONGEST_TEXT = 200

_ORDINAL = re.compile(r"\b(\d{1,2})\s?(?:ers?|eres?|emes?|nde?s?|es?)\b")
_ON = re.compile(r"\bs/\s*s/|\bs/")
_SEPARATORS = re.compile(r"[^a-z0-9\n]+")
_CEDEX = re.compile(r"\bcedex(?: \d{1,2})?\b")
_DISTRICT = re.compile(r" 0?\d{1,2}(?: arr(?:ondissement)?)?$")
#: Only shapes that the source never uses as a word of a name (a test keeps it so).
SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes", "s": "sur", "ss": "sous"}
_ARTICLES = {"le", "la", "les", "l", "las", "los"}
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'"})


def fold(text: str) -> str:
    """Lower case ASCII words separated by one space; line ends are kept, so that many names fold in one pass."""
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES).lower()).encode("ascii", "ignore").decode()
    return _SEPARATORS.sub(" ", _ORDINAL.sub(r"\1", _ON.sub(_expand_on, plain)))


def _expand_on(found: re.Match[str]) -> str:
    return "sur " if found.group().count("/") == 1 else "sous "


def key(folded: str) -> str:
    """A folded name with its short forms written out: « st denis » and « Saint-Denis » have the same key."""
    return " ".join(SHORT_FORMS.get(word, word) for word in folded.split())


def without_article(name: str) -> str:
    """« le havre » → « havre »."""
    first, _, rest = name.partition(" ")
    return rest if rest and first in _ARTICLES else name


def without_cedex(folded: str) -> str:
    """« lille cedex 9 » → « lille »: CEDEX is a way of sorting mail, not a place."""
    return _CEDEX.sub(" ", folded).strip()


def without_district(folded: str) -> str:
    """« paris 11 », « lyon 03 », « marseille 1 arrondissement » → the city."""
    return _DISTRICT.sub("", folded)


def short_forms(word: str) -> tuple[str, ...]:
    """What a typed word may stand for: « st » is « saint » or the beginning of « Strasbourg »."""
    return (word, SHORT_FORMS[word]) if word in SHORT_FORMS else (word,)
