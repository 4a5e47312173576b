"""Autocompletion of communes, departments and postal codes: in memory, a few milliseconds at worst.

Order: exact name, then names that begin with the text, then names where every word begins with a typed word, then
the same with one letter wrong per word; within each, the most populous first. All work is bounded by the length of
the text (`_MOST_WORDS`, `LONGEST_TEXT`), so that no input can cost more than a long name does.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from heapq import merge, nsmallest
from typing import Literal, NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from sas.directory import gazetteer_names as names
from sas.directory.gazetteer_places import Commune, Department, Part
from sas.directory.gazetteer_tables import Tables

_MOST_WORDS = 8
_LONGEST_WORD = 30
_SHORTEST_MISSPELT = 4
#: Never in the name of a place: the text is something else (markup, a query, a paste).
_FOREIGN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f<>{}\[\]=;|\\^~*$%@#]")
_NUMBER = re.compile(r"\d{1,5}|2[ab]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
#: After the last letter of any folded word, to close a prefix range.
_AFTER = "{"
_DISTRICT = " arrondissement"
#: Departments shown before communes when the text is only the beginning of their name.
_MOST_DEPARTMENTS = 3


class Suggestion(NamedTuple):
    """One line of the list. `code` is the INSEE code of a city, or the department's or postal code.

    `detail` tells homonyms apart (« Seine-Saint-Denis, 93200 »). Degrees WGS 84.
    """

    kind: Literal["city", "county", "postal_code"]
    label: str
    code: str
    postal_code: str | None
    latitude: float
    longitude: float
    population: int
    timezone: str
    department: str
    detail: str


class _Question(NamedTuple):
    words: tuple[str, ...]
    numbers: tuple[str, ...]
    #: Words and numbers as typed.
    whole: str

    @property
    def text(self) -> str:
        return " ".join(self.words)


def _read(text: str) -> _Question | None:
    if not text or len(text) > names.LONGEST_TEXT or _FOREIGN.search(text):
        return None
    words = names.without_cedex(names.fold(text).replace("\n", " ")).split()
    if not words or len(words) > _MOST_WORDS or max(map(len, words)) > _LONGEST_WORD:
        return None
    numbers = tuple(word for word in words if _NUMBER.fullmatch(word))
    return _Question(tuple(word for word in words if word not in numbers), numbers, " ".join(words))


class Suggester:
    """Indexes of the gazetteer's names. Places are numbered by falling population: a small number is a large place."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        # Old communes come after all current ones: their own population is not known.
        districts = [part for part in tables.parts if part.is_district]
        self._places: list[Commune | Part] = sorted([*tables.communes, *districts], key=lambda place: -place.population)
        self._places += [part for part in tables.parts if not part.is_district]
        self._keys = [
            names.key(line) for line in names.fold("\n".join(place.name for place in self._places)).split("\n")
        ]
        forms: dict[str, list[int]] = {}
        by_word: dict[str, list[int]] = {}
        for number, key in enumerate(self._keys):
            for form in {key, names.without_article(key), key.removesuffix(_DISTRICT)}:
                forms.setdefault(form, []).append(number)
            for word in set(key.split()):
                by_word.setdefault(word, []).append(number)
        self._by_key = forms
        # Spaces forgotten (« lehavre ») count only for whole names: « lile » must not begin « L'Île-d'Yeu ».
        self._by_compact: dict[str, list[int]] = {}
        for number, key in enumerate(self._keys):
            self._by_compact.setdefault(key.replace(" ", ""), []).append(number)
        self._forms_by_length: dict[int, list[str]] = {}
        for form in forms:
            self._forms_by_length.setdefault(len(form), []).append(form)
        self._vocabulary = sorted(by_word)
        self._of_word = [by_word[word] for word in self._vocabulary]
        self._forms = sorted(forms)
        self._of_form = [forms[form] for form in self._forms]
        self._departments = [
            (key, names.without_article(key), department)
            for department in tables.departments.values()
            for key in [names.key(names.fold(department.name))]
        ]
        self._postal_codes = sorted(tables.postal_codes)

    def exactly(self, key: str) -> tuple[Commune | Part, ...]:
        return tuple(self._places[number] for number in self._by_key.get(key, ()))

    def suggest(self, text: str, limit: int) -> list[Suggestion]:
        question = _read(text)
        if question is None or limit <= 0:
            return []
        if not question.words:
            return self._for_numbers(question.numbers, limit)
        found: dict[tuple[str, str, str], Suggestion] = {}
        # A slip of the finger is looked for last, and guessed inside longer names only when nothing else was found.
        for tiers in (self._as_typed, self._nearly_whole, self._nearly_in_part):
            for suggestion in tiers(question):
                found.setdefault((suggestion.kind, suggestion.code, suggestion.label), suggestion)
                if len(found) >= limit:
                    return list(found.values())
            if found and tiers == self._nearly_whole:
                break
        return list(found.values())

    def exact(self, text: str) -> list[Suggestion]:
        question = _read(text)
        if question is None:
            return []
        if not question.words:
            found = self._for_numbers(question.numbers, 1)
            return found if found and found[0].code == question.numbers[0].upper() else []
        whole = names.key(question.whole).removesuffix(_DISTRICT)
        numbers = self._by_key.get(whole if whole in self._by_key else names.key(question.text), ())
        return list(self._merged(self._departments_by_tier(question)[0], numbers, question))

    # ── numbers alone: a department, a postal code or its beginning ──

    def _for_numbers(self, numbers: tuple[str, ...], limit: int) -> list[Suggestion]:
        if len(numbers) != 1:
            return []
        (number,) = numbers
        if number in self._tables.postal_codes:
            served = self._tables.by_postal_code(number)
            cities = [self._city(commune, number) for commune in served] if len(served) > 1 else []
            return [self._postal_code(number), *cities][:limit]
        codes = ["2A", "2B"] if number == "20" else [number.upper()]
        departments = [self._tables.department(code) for code in codes]
        if len(number) == 5:  # a CEDEX code
            departments = [*self._tables.departments_of_postal_code(number)]
        found = [self._county(department) for department in departments if department is not None]
        if len(number) < 2 or not number.isdigit():
            return found[:limit]
        start, end = bisect_left(self._postal_codes, number), bisect_right(self._postal_codes, number + _AFTER)
        likeliest = nsmallest(limit, self._postal_codes[start:end], key=lambda code: (-self._people_at(code), code))
        return [*found, *map(self._postal_code, likeliest)][:limit]

    def _people_at(self, postal_code: str) -> int:
        """Of the largest commune served, shared between its codes: 59000 before 59777 in Lille's list."""
        district = self._tables.district(postal_code)
        if district is not None:
            return district.population
        largest = self._tables.by_postal_code(postal_code)[0]
        return largest.population if largest.postal_codes[0] == postal_code else largest.population // 4

    # ── words, with or without a number that narrows them: lazy, the caller stops when it has enough ──

    def _as_typed(self, question: _Question) -> Iterator[Suggestion]:
        departments = self._departments_by_tier(question)
        texts = {question.text, names.key(question.text)}
        # « st » alone is still being typed: it begins « Strasbourg » or « Saint-Denis », and is not « Le Saint » (56).
        whole = question.text if question.words[-1] in names.SHORT_FORMS else names.key(question.text)
        exact = self._by_key.get(whole) or self._by_compact.get(whole.replace(" ", "")) or ()
        yield from self._merged(departments[0], exact, question)
        beginning: set[int] = set()
        for text in texts:
            start, end = bisect_left(self._forms, text), bisect_right(self._forms, text + _AFTER)
            beginning.update(*self._of_form[start:end])
        yield from self._merged(departments[1], sorted(beginning), question)
        every_word = self._all_words(question.words, forgiving=False)
        yield from self._merged(departments[2], sorted(every_word), question)

    def _nearly_whole(self, question: _Question) -> Iterator[Suggestion]:
        text = names.key(question.text)
        if len(text) < _SHORTEST_MISSPELT:
            return
        near: set[int] = set()
        for length in (len(text) - 1, len(text), len(text) + 1):
            alike = self._forms_by_length.get(length, ())
            for form, _, _ in process.extract(text, alike, scorer=OSA.distance, score_cutoff=1, limit=None):
                near.update(self._by_key[form])
        yield from self._merged(self._departments_by_tier(question)[3], sorted(near), question)

    def _nearly_in_part(self, question: _Question) -> Iterator[Suggestion]:
        yield from self._merged([], sorted(self._all_words(question.words, forgiving=True)), question)

    def _merged(
        self, departments: list[Department], numbers: Iterable[int], question: _Question
    ) -> Iterator[Suggestion]:
        """Both kinds by falling population (a city before the department of the same size: Paris)."""
        cities = self._agreeing(numbers, question)
        counties = [self._county(department) for department in departments]
        return merge(cities, counties, key=lambda suggestion: -suggestion.population)

    def _agreeing(self, numbers: Iterable[int], question: _Question) -> Iterator[Suggestion]:
        for number in numbers:
            place = self._places[number]
            if not question.numbers:
                # « Paris » is the city; its arrondissements are asked for by number.
                if not (isinstance(place, Part) and place.is_district):
                    yield self._city(place, None)
                continue
            agreed, postal_code = self._agrees(number, place, question)
            if agreed:
                yield self._city(place, postal_code)

    def _agrees(self, number: int, place: Commune | Part, question: _Question) -> tuple[bool, str | None]:
        """Whether a number typed beside the name fits the place, and the postal code that it then is."""
        commune = self._commune_of(place)
        own = place.postal_codes or commune.postal_codes
        is_district = isinstance(place, Part) and place.is_district
        for wanted in question.numbers:
            if wanted in own:
                return True, wanted
            if len(wanted) == 5 and wanted not in self._tables.postal_codes:  # CEDEX: tells only the department
                departments = self._tables.departments_of_postal_code(wanted)
                agreed = commune.department in {department.code for department in departments}
            elif is_district:
                agreed = wanted.lstrip("0") in self._keys[number].split()
            else:
                agreed = commune.department == wanted.upper()
            # Or a postal code being typed after the name.
            if agreed or (len(wanted) in (3, 4) and any(code.startswith(wanted) for code in own)):
                return True, None
        return False, None

    def _departments_by_tier(self, question: _Question) -> tuple[list[Department], ...]:
        tiers: tuple[list[Department], ...] = ([], [], [], [])
        text = names.key(question.text)
        for key, bare, department in self._departments:
            if any(number.upper() != department.code for number in question.numbers):
                continue
            if text in (key, bare):
                tiers[0].append(department)
            elif key.startswith(text) or bare.startswith(text):
                tiers[1].append(department)
            elif all(any(word.startswith(typed) for word in key.split()) for typed in text.split()):
                tiers[2].append(department)
            elif len(text) >= _SHORTEST_MISSPELT and OSA.distance(bare, text, score_cutoff=1) <= 1:
                tiers[3].append(department)
        return tiers[0], *(
            sorted(tier, key=lambda department: -department.population)[:_MOST_DEPARTMENTS] for tier in tiers[1:]
        )

    # ── words ──

    def _all_words(self, words: tuple[str, ...], *, forgiving: bool) -> set[int]:
        found: set[int] | None = None
        for word in sorted(words, key=len, reverse=True):
            matching: set[int] = set()
            for form in names.short_forms(word):
                matching.update(*self._starting_with(form))
            if forgiving and len(word) >= _SHORTEST_MISSPELT:
                for variant in one_letter_off(word):
                    matching.update(*self._starting_with(variant))
            found = matching if found is None else found & matching
            if not found:
                return set()
        return found or set()

    def _starting_with(self, prefix: str) -> list[list[int]]:
        start = bisect_left(self._vocabulary, prefix)
        if start == len(self._vocabulary) or not self._vocabulary[start].startswith(prefix):
            return []
        return self._of_word[start : bisect_right(self._vocabulary, prefix + _AFTER)]

    # ── what is shown ──

    def _commune_of(self, place: Commune | Part) -> Commune:
        commune = place if isinstance(place, Commune) else self._tables.by_insee(place.commune)
        if commune is None:
            raise LookupError(f"{place} belongs to no commune")
        return commune

    def _city(self, place: Commune | Part, postal_code: str | None) -> Suggestion:
        commune = self._commune_of(place)
        department = self._tables.departments[commune.department]
        codes = place.postal_codes or commune.postal_codes
        is_district = isinstance(place, Part) and place.is_district
        shown = postal_code or (codes[0] if len(codes) == 1 or is_district else None)
        district = self._tables.district(postal_code) if postal_code and place is commune else None
        detail = ", ".join(filter(None, [department.name, shown]))
        if isinstance(place, Part) and not is_district:
            detail = f"ancienne commune de {commune.name}, {department.name}"
        return Suggestion(
            *("city", f"{_short(place)} ({commune.department})", commune.insee, shown, *(district or place).point),
            *(place.population, commune.timezone, commune.department, detail),
        )

    def _county(self, department: Department) -> Suggestion:
        return Suggestion(
            *("county", department.label, department.code, None, department.latitude, department.longitude),
            *(department.population, department.timezone, department.code, f"département, {department.region_name}"),
        )

    def _postal_code(self, code: str) -> Suggestion:
        served = self._tables.by_postal_code(code)
        largest, others = served[0], len(served) - 1
        district = self._tables.district(code)
        more = "" if others == 0 else " et 1 autre commune" if others == 1 else f" et {others} autres communes"
        return Suggestion(
            *("postal_code", f"{code} {_short(district or largest)}{more}", code, code, *(district or largest).point),
            *(self._people_at(code), largest.timezone, largest.department),
            self._tables.departments[largest.department].name,
        )


def _short(place: Commune | Part) -> str:
    return place.name.removesuffix(" Arrondissement")


def one_letter_off(word: str) -> set[str]:
    """Every text at one insertion, deletion, replacement or transposition (Norvig's enumeration, about 54 a letter)."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    shorter = {left + right[1:] for left, right in splits if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    replaced = {left + letter + right[1:] for left, right in splits if right for letter in _LETTERS}
    longer = {left + letter + right for left, right in splits for letter in _LETTERS}
    return shorter | swapped | replaced | longer
