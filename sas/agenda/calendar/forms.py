"""The form of a créneau or a plage: shape and messages. What may be offered is judged by the services of the agenda."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from django import forms

from sas.accounts.territories.forms import Dressed, date_field, time_field
from sas.agenda.calendar.weeks import why_not_day
from sas.agenda.calendar.words import DAYS, MODALITY, chip_text, span_text
from sas.agenda.models import LARGEST_CAPACITY, MODALITIES, Series
from sas.agenda.sheets import SeriesSheet
from sas.participation.subjects import SubjectPlace

OTHER = "autre"
"""Value of the choice that is none of those proposed: the fields beside it are read."""

BANDS = ((8, 10), (10, 12), (12, 14), (14, 16), (16, 18), (18, 20))
"""Hours that one press fills in."""

DAYS_AHEAD = 7
EVERY = (1, 2, 3, 4, 5, 6, 8, 12, 26, 52)
SPLIT = "decoupe"
ADVISED_ABOVE = 60
"""Minutes above which a plage is advised rather than one patient (platform.md §5)."""

_PICK = {"invalid_choice": "Choisissez parmi ce qui est proposé."}
_NUMBER = {"invalid": "Donnez un nombre entier.", "required": "Donnez un nombre."}


class OfferForm(Dressed):
    """Day, hours, place in three presses; the rest has a sensible first value and may be changed."""

    place = forms.ChoiceField(
        label="Lieu", widget=forms.RadioSelect, error_messages={"required": "Choisissez un lieu."} | _PICK
    )
    day = forms.ChoiceField(label="Jour", required=False, widget=forms.RadioSelect, error_messages=_PICK)
    other_day = date_field("Autre jour", required=False)
    band = forms.ChoiceField(label="Horaire", required=False, widget=forms.RadioSelect, error_messages=_PICK)
    starts_at = time_field("De", required=False)
    ends_at = time_field("À", required=False)
    kind = forms.ChoiceField(
        label="Ce que vous proposez",
        choices=[
            (str(Series.Kind.BAND), "Une plage sans rendez-vous, pour plusieurs patients"),
            (SPLIT, "Des créneaux à la suite, un patient chacun"),
            (str(Series.Kind.SLOT), "Un seul créneau, pour un patient"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce que vous proposez."} | _PICK,
    )
    capacity = forms.IntegerField(
        label="Patients dans la plage",
        required=False,
        error_messages=_NUMBER,
        help_text=f"De 1 à {LARGEST_CAPACITY}.",
        widget=forms.NumberInput(attrs={"min": 1, "max": LARGEST_CAPACITY, "inputmode": "numeric"}),
    )
    split_minutes = forms.IntegerField(
        label="Durée de chaque créneau (minutes)",
        required=False,
        error_messages=_NUMBER,
        help_text="Par pas de 5 minutes. Ce qui reste à la fin, trop court pour un créneau, n’est pas proposé.",
        widget=forms.NumberInput(attrs={"min": 5, "max": 240, "step": 5, "inputmode": "numeric"}),
    )
    modalities = forms.MultipleChoiceField(
        label="Modalités",
        choices=[(code, MODALITY[code]) for code in MODALITIES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins une modalité."} | _PICK,
    )
    repeat = forms.TypedChoiceField(
        label="Répéter",
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.Select(),
        error_messages=_PICK,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="Les jours",
        required=False,
        coerce=int,
        choices=[(str(number), name.capitalize()) for number, name in enumerate(DAYS)],
        widget=forms.CheckboxSelectMultiple,
        error_messages=_PICK,
    )
    until = date_field("Jusqu’au (inclus)", required=False, help_text="Vide : sans date de fin.")
    skip_public_holidays = forms.BooleanField(label="Sauf les jours fériés du lieu", required=False)
    scope = forms.ChoiceField(
        label="Ce que vous modifiez",
        required=False,
        choices=[
            ("this", "Cette date seulement"),
            ("following", "Cette date et les suivantes"),
            ("all", "Toutes les dates à venir"),
        ],
        widget=forms.RadioSelect,
        error_messages=_PICK,
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, data: Any = None, *, places: Sequence[SubjectPlace], today: date, **options: Any) -> None:
        initial = dict(options.pop("initial", None) or {})
        if len(places) == 1:
            initial.setdefault("place", PLACE_PREFIX + places[0].key)
        ahead = [today + timedelta(days=number) for number in range(DAYS_AHEAD)]
        bands = [(time(first), time(last)) for first, last in BANDS]
        _keep_one(initial, "day", {day.isoformat() for day in ahead}, ("other_day",))
        _keep_one(initial, "band", {_band(*band) for band in bands}, ("starts_at", "ends_at"))
        super().__init__(data, initial=initial, **options)
        for name in ("starts_at", "ends_at"):
            self.fields[name].widget.attrs["step"] = "300"
        self._choose("place", [(PLACE_PREFIX + place.key, place.label) for place in places])
        self._choose("day", [(day.isoformat(), chip_text(day, today)) for day in ahead] + [(OTHER, "Autre jour")])
        self._choose("band", [(_band(*band), span_text(*band)) for band in bands] + [(OTHER, "Autre horaire")])
        self._choose("repeat", [("", "Une seule fois"), *((str(weeks), _every(weeks)) for weeks in EVERY)])

    def _choose(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        for name in ("other_day", "until"):
            if reason := why_not_day(self.cleaned_data.get(name)):
                self.add_error(name, reason)
        said = self.cleaned_data
        self._read_day(said)
        self._read_hours(said)
        self._read_kind(said)
        return said

    def _read_day(self, said: dict[str, Any]) -> None:
        chosen, typed = said.get("day", ""), said.get("other_day")
        if "day" not in said or "other_day" not in said:
            return
        if chosen in {"", OTHER}:
            said["first_on"] = typed
            if typed is None:
                self.add_error("other_day" if chosen else "day", "Choisissez un jour.")
            return
        said["first_on"] = date.fromisoformat(chosen)
        if typed not in {None, said["first_on"]}:
            self.add_error("other_day", "Vous avez choisi un jour et tapé une autre date : gardez l’un des deux.")

    def _read_hours(self, said: dict[str, Any]) -> None:
        if not {"band", "starts_at", "ends_at"} <= set(said):
            return
        band, typed = said["band"], (said["starts_at"], said["ends_at"])
        if band not in {"", OTHER}:
            start, end = (time.fromisoformat(text) for text in band.split("-"))
            if any(clock is not None for clock in typed) and typed != (start, end):
                both = f"Vous avez choisi {span_text(start, end)} et tapé une autre heure : gardez l’un des deux."
                self.add_error("starts_at", both)
            said["starts_at"], said["ends_at"] = start, end
        elif band == "" and typed == (None, None):
            self.add_error("band", "Choisissez un horaire, ou tapez de quelle heure à quelle heure.")
        else:
            for name in ("starts_at", "ends_at"):
                if said[name] is None:
                    self.add_error(name, "Tapez une heure. Exemple : 8:00.")

    def _read_kind(self, said: dict[str, Any]) -> None:
        if said.get("kind") == Series.Kind.BAND and "capacity" in said and said["capacity"] is None:
            self.add_error("capacity", "Donnez le nombre de patients que la plage peut recevoir.")
        if said.get("kind") == SPLIT and "split_minutes" in said and said["split_minutes"] is None:
            self.add_error("split_minutes", "Donnez la durée de chaque créneau.")

    @property
    def place_key(self) -> str:
        """The place of a valid form."""
        return str(self.cleaned_data["place"]).removeprefix(PLACE_PREFIX)

    @property
    def sheet(self) -> SeriesSheet:
        """What a valid form asks for. A field that goes with another choice is not read."""
        said = self.cleaned_data
        repeat, band = said["repeat"], said["kind"] == Series.Kind.BAND
        return SeriesSheet(
            kind=str(Series.Kind.BAND if band else Series.Kind.SLOT),
            first_on=said["first_on"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            modalities=tuple(said["modalities"]),
            capacity=said["capacity"] if band else 1,
            split_minutes=said["split_minutes"] if said["kind"] == SPLIT else None,
            repeat_weeks=repeat,
            weekdays=tuple(sorted(said["weekdays"])) if repeat else (),
            until=said["until"] if repeat else None,
            skip_public_holidays=said["skip_public_holidays"] if repeat else False,
        )

    def refuse(self, errors: Mapping[str, str]) -> None:
        """What the service refused, beside the field that was typed."""
        super().refuse({SHOWN_AT.get(name, name): sentence for name, sentence in errors.items()})


SHOWN_AT = {"first_on": "day", "repeat_weeks": "repeat"}
"""Fields of a sheet that have another name in the form."""

PLACE_PREFIX = "lieu:"
"""Before the key of a place in the form: a structure's own place has an empty key, which no choice can have."""


def first_values(*, day: date | None = None, hours: tuple[time, time] | None = None, place: str = "") -> dict[str, Any]:
    """A new form: nothing is chosen for the doctor but what can be told from where they come."""
    values: dict[str, Any] = {
        "kind": str(Series.Kind.BAND), "capacity": 4, "split_minutes": 15, "modalities": ["AMB"], "repeat": "",
    }  # fmt: skip
    if day is not None:
        values |= {"day": day.isoformat(), "other_day": day}
    if hours is not None:
        values |= {"band": _band(*hours), "starts_at": hours[0], "ends_at": hours[1]}
    return values | ({"place": PLACE_PREFIX + place} if place else {})


def values_of(series: Series, day: date) -> dict[str, Any]:
    """The form of something offered, at one of its days."""
    split = series.kind == Series.Kind.SLOT and series.split_minutes is not None
    return {
        "place": PLACE_PREFIX + series.place_key,
        "day": OTHER,
        "other_day": day,
        "band": OTHER,
        "starts_at": series.starts_at,
        "ends_at": series.ends_at,
        "kind": SPLIT if split else series.kind,
        "capacity": series.capacity if series.kind == Series.Kind.BAND else 4,
        "split_minutes": series.split_minutes or 15,
        "modalities": series.modalities,
        "repeat": str(series.repeat_weeks or ""),
        "weekdays": [str(day) for day in series.weekdays],
        "until": series.until,
        "skip_public_holidays": series.skip_public_holidays,
        "scope": "this",
        "version": series.version,
    }


def _keep_one(initial: dict[str, Any], choice: str, known: set[str], typed: tuple[str, ...]) -> None:
    """The choice, when it is proposed, and nothing typed beside it; else « autre », and what is typed."""
    if initial.get(choice) in known:
        for name in typed:
            initial.pop(name, None)
    elif initial.get(choice) is not None:
        initial[choice] = OTHER


def _band(start: time, end: time) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"


def _every(weeks: int) -> str:
    return "Chaque semaine" if weeks == 1 else f"Une semaine sur {weeks}"


def deserves_advice(sheet: SeriesSheet) -> bool:
    """One patient for more than an hour: a plage is advised."""
    minutes = (sheet.ends_at.hour - sheet.starts_at.hour) * 60 + sheet.ends_at.minute - sheet.starts_at.minute
    return sheet.kind == Series.Kind.SLOT and sheet.split_minutes is None and minutes > ADVISED_ABOVE
