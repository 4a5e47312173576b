"""The form of partial sharing: shape and messages of each field. What passes is judged in `rules.py`."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from django import forms
from django.http import QueryDict

from sas.accounts.territories.forms import Dressed
from sas.directory.weekly_hours import DAYS, LONGEST_TEXT, InvalidHoursError, read_day, write_day
from sas.directory.weekly_hours import Band as OpenBand
from sas.participation.sharing.rules import Band, Limits
from sas.participation.sharing.words import MODALITY_WORDS, TYPE_WORDS

MOST_A_DAY = 100
FURTHEST_HOURS = 72
MOST_ACTS = 30
LONGEST_ACT = 120
WEEK = range(7)


def _day_field(day: int) -> forms.CharField:
    return forms.CharField(
        label=DAYS[day].capitalize(),
        required=False,
        max_length=LONGEST_TEXT,
        error_messages={"max_length": f"{LONGEST_TEXT} caractères au plus."},
    )


def _several(label: str, help_text: str, choices: Sequence[tuple[str, str]] = ()) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choisissez parmi ce qui est proposé : la liste a peut-être changé."},
    )


def _number(label: str, help_text: str, most: int) -> forms.IntegerField:
    wrong = f"Donnez un nombre entier, de 1 à {most}, ou rien pour ne pas limiter."
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=1,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong),
    )


class SharingForm(Dressed):
    """What is shared with regulators. A field left empty limits nothing. Only these fields are read."""

    per_day = _number(
        "Nombre de créneaux visibles par jour, au plus",
        "Tous lieux et éditeurs ensemble, les premiers de la journée. Quand l’un est pris, le suivant apparaît.",
        MOST_A_DAY,
    )
    horizon_hours = _number(
        "Seulement les créneaux qui commencent dans les prochaines heures",
        "Par exemple 24 : un créneau n’apparaît qu’un jour avant de commencer. Vide : jusqu’à 72 heures.",
        FURTHEST_HOURS,
    )
    modalities = _several("Seulement ces modalités", "Rien de coché : toutes.", tuple(MODALITY_WORDS.items()))
    types = _several(
        "Seulement ces types de créneaux",
        "Rien de coché : tous. Pour ne garder que les soins non programmés, cochez seulement « SNP ».",
        tuple(TYPE_WORDS.items()),
    )
    places = _several("Seulement ces lieux", "Rien de coché : tous.")
    reasons = forms.CharField(
        label="Seulement ces actes",
        help_text="Un par ligne, tels que votre logiciel les nomme ; l’aperçu montre leurs noms. Vide : tous.",
        required=False,
        max_length=MOST_ACTS * (LONGEST_ACT + 2),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": f"{MOST_ACTS} actes au plus."},
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        places: Sequence[tuple[str, str]] = (),
        limits: Limits | None = None,
        version: int = 0,
    ) -> None:
        """`places`: (key, label) of the subject's places; one alone is not asked about."""
        super().__init__(data, initial=first_values(limits, version) if limits else None)
        for day in WEEK:
            self.fields[f"day_{day}"] = _day_field(day)
        if len(places) > 1:
            # A place that has closed since stays a choice, else nobody could save without it being noticed.
            known = dict(places)
            gone = [(key, "Lieu qui n’est plus dans l’annuaire") for key in (limits or Limits()).places - set(known)]
            self.fields["places"].choices = [*places, *gone]  # type: ignore[attr-defined]
        else:
            del self.fields["places"]
            self._kept_places = (limits or Limits()).places

    def days(self) -> list[forms.BoundField]:
        """The seven days, to be shown together."""
        return [self[f"day_{day}"] for day in WEEK]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """What was sent, to be sent again as it is: (name, value) of the fields of this form only."""
        sent = self.data
        values = sent.getlist if isinstance(sent, QueryDict) else lambda name: [sent[name]] if name in sent else []
        return [(name, value) for name in self.fields for value in values(name)]

    def clean_reasons(self) -> str:
        acts = _lines(self.cleaned_data["reasons"])
        if len(acts) > MOST_ACTS:
            raise forms.ValidationError(f"{MOST_ACTS} actes au plus.")
        if any(len(act) > LONGEST_ACT for act in acts):
            raise forms.ValidationError(f"{LONGEST_ACT} caractères au plus par acte.")
        return "\n".join(acts)

    def clean(self) -> dict[str, Any]:
        """Reads the hours of each day; one that cannot be read is said beside it."""
        self.bands: list[Band] = []
        for day in WEEK:
            name = f"day_{day}"
            try:
                read = read_day(day, self.cleaned_data.get(name, ""))
            except InvalidHoursError as error:
                self.add_error(name, str(error))
                continue
            if any(band.end <= band.start and band.end != time(0) for band in read):
                self.add_error(name, "Une plage qui passe minuit s’écrit sur deux jours : 20 h–24 h, puis 0 h–2 h.")
            self.bands += [Band(day, band.start, band.end) for band in read]
        return self.cleaned_data

    def limits(self) -> Limits:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Limits(
            bands=tuple(self.bands),
            per_day=said["per_day"],
            horizon_hours=said["horizon_hours"],
            modalities=frozenset(said["modalities"]),
            types=frozenset(said["types"]),
            places=frozenset(said["places"]) if "places" in said else self._kept_places,
            reasons=frozenset(_lines(said["reasons"])),
        )


def first_values(limits: Limits, version: int) -> dict[str, Any]:
    """The form of limits that were stored."""
    bands = [OpenBand(band.weekday, band.start, band.end) for band in limits.bands]
    return {
        "per_day": limits.per_day,
        "horizon_hours": limits.horizon_hours,
        "modalities": sorted(limits.modalities),
        "types": sorted(limits.types),
        "places": sorted(limits.places),
        "reasons": "\n".join(sorted(limits.reasons)),
        "version": version,
        **{f"day_{day}": write_day(bands, day) for day in WEEK},
    }


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
