"""Whether two names may be those of one person. Pure functions, which answer with their reason.

Cards write « LE GALL » where people type « Le Gall », « Legall » or « Gall »; a married person has two family names, a
card gives all the first names or only one. Names alone never open anything, nor does an e-mail alone: whoever enters
with a card types an address that nobody has verified, which may be somebody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sas.directory.rules import search_key

_PARTICLES = frozenset(
    "d da de del della den der des di do dos du el l la le les van von y".split()  # noqa: SIM905 — reads better
)
_TITLES = frozenset({"epouse", "ep", "nee", "veuve", "vve", "mme", "mlle", "dr", "pr"})

OTHER_PERSON = (
    "Un compte a déjà cette adresse électronique, à un autre nom que celui-ci. Vérifiez auprès de la personne son "
    "adresse, son nom et son prénom ; si tout est juste, un administrateur national dira à qui est ce compte."
)


@dataclass(frozen=True, slots=True)
class Match:
    """Whether the names agree, and why: an English key for the audit and the help sheet."""

    agrees: bool
    reason: str

    def __bool__(self) -> bool:
        return self.agrees


def names_match(family_names: Sequence[str], given_names: Sequence[str], *, family_name: str, given_name: str) -> Match:
    """Whether one of these family names and one of these first names (of a card) may be that person's."""
    if not search_key(family_name) or not search_key(given_name):
        return Match(False, "name_missing")
    if not any(_compatible(each, family_name) for each in family_names):
        return Match(False, "family_name_differs")
    if not any(_compatible(each, given_name) for each in given_names):
        return Match(False, "given_name_differs")
    return Match(True, "same_names" if names_equal(family_names[0], family_name) else "compatible_names")


def why_not_same_person(*, given: tuple[str, str], held: tuple[str, str]) -> str | None:
    """Why roles meant for `given` (family name, first name) may not go to the account of `held`, which has the same
    e-mail (French); or nothing. It does not say whose account it is: the person who asks may not know.

    An account without any name was made by an operator's command: there is nothing to compare.
    """
    if not any(map(search_key, held)):
        return None
    if names_match([given[0]], [given[1]], family_name=held[0], given_name=held[1]):
        return None
    return OTHER_PERSON


def names_equal(one: str, other: str) -> bool:
    """Whether they differ by accents, case and punctuation at most."""
    return search_key(one) == search_key(other)


def _compatible(one: str, other: str) -> bool:
    """The same letters however cut, or all the words of one among the words of the other."""
    whole, words = _joined(search_key(one).split()), _words(one)
    other_whole, other_words = _joined(search_key(other).split()), _words(other)
    if whole == other_whole:
        return bool(whole)
    if not words or not other_words:
        return False
    return _joined(words) == _joined(other_words) or set(words) <= set(other_words) or set(other_words) <= set(words)


def _joined(words: Sequence[str]) -> str:
    return "".join(words)


def _words(name: str) -> list[str]:
    """The words that count: neither particles nor titles, unless there is nothing else (« Le », « Van Den »).

    A single letter is no word: an initial would agree with too many people.
    """
    words = [word for word in search_key(name).split() if word not in _TITLES]
    bare = [word for word in words if word not in _PARTICLES and len(word) > 1]
    return bare or [word for word in words if len(word) > 1]
