"""The form of an iCalendar import: a file, what its events are, and what to offer."""

from collections.abc import Sequence
from typing import Any

from django import forms

from sas.accounts.territories.forms import Dressed, time_field
from sas.agenda.icalendar.proposals import Choices, Meaning, Shape
from sas.agenda.icalendar.reading import LARGEST_FILE
from sas.agenda.models import LARGEST_CAPACITY
from sas.participation.subjects import SubjectPlace

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MODALITIES = (("AMB", "Au cabinet"), ("VR", "En téléconsultation"), ("HH", "En visite"))
MINUTES = (10, 15, 20, 30, 45, 60)
CHOOSE = {"required": "Choisissez.", "invalid_choice": "Choisissez parmi ce qui est proposé."}


class ImportForm(Dressed):
    """Only these fields are read, whatever else is sent. The file is asked again after a mistake: it is not kept."""

    place = forms.ChoiceField(label="Lieu", error_messages=CHOOSE)
    file = forms.FileField(
        label="Fichier iCalendar (.ics)",
        help_text="2 Mo au plus. Seules les heures sont lues ; le fichier n’est jamais gardé.",
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
        allow_empty_file=True,
        error_messages={"required": "Choisissez un fichier."},
    )
    meaning = forms.ChoiceField(
        label="Ces évènements sont",
        choices=[(Meaning.FREE, "mes disponibilités"), (Meaning.BUSY, "mes occupations")],
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    opens = time_field("Je consulte de", required=False, initial="08:00")
    closes = time_field("jusqu’à", required=False, initial="19:00")
    weekdays = forms.MultipleChoiceField(
        label="Les jours où je consulte",
        choices=list(enumerate(WEEKDAYS)),
        required=False,
        initial=["0", "1", "2", "3", "4"],
        widget=forms.CheckboxSelectMultiple,
        error_messages=CHOOSE,
    )
    shape = forms.ChoiceField(
        label="Ouvrir, dans chaque moment libre",
        choices=[
            (Shape.SPLIT, "des créneaux de même durée, un patient chacun"),
            (Shape.ONE, "un seul créneau, un patient"),
            (Shape.BAND, "une plage sans rendez-vous"),
        ],
        initial=Shape.SPLIT,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    minutes = forms.TypedChoiceField(
        label="Durée d’un créneau",
        choices=[(n, f"{n} minutes") for n in MINUTES],
        coerce=int,
        initial=15,
        required=False,
        empty_value=None,
        error_messages=CHOOSE,
    )
    capacity = forms.IntegerField(
        label="Patients par plage",
        min_value=1,
        max_value=LARGEST_CAPACITY,
        required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), f"Un nombre de 1 à {LARGEST_CAPACITY}."),
    )
    modalities = forms.MultipleChoiceField(
        label="Modalités",
        choices=MODALITIES,
        widget=forms.CheckboxSelectMultiple,
        initial=["AMB"],
        error_messages=CHOOSE | {"required": "Cochez au moins une modalité."},
    )

    def __init__(self, data: Any = None, files: Any = None, *, places: Sequence[SubjectPlace]) -> None:
        initial = {"place": places[0].key} if len(places) == 1 else {}
        super().__init__(data, files, initial=initial)
        self._places = {place.key: place for place in places}
        choices = [(place.key, f"{place.label}, {place.address}".strip(", ")) for place in places]
        field = self.fields["place"]
        field.choices = choices  # type: ignore[attr-defined]
        field.required = "" not in self._places  # a structure has one place, without a key

    @property
    def chosen_place(self) -> SubjectPlace:
        """The place of a valid form."""
        return self._places[self.cleaned_data["place"]]

    @property
    def asked(self) -> Choices:
        """Everything else of a valid form."""
        said = self.cleaned_data
        return Choices(
            meaning=Meaning(said["meaning"]),
            shape=Shape(said["shape"]),
            modalities=tuple(said["modalities"]),
            minutes=said["minutes"],
            capacity=said["capacity"] or 1,
            opens=said["opens"],
            closes=said["closes"],
            weekdays=tuple(int(day) for day in said["weekdays"]),
        )

    def clean(self) -> dict[str, Any]:
        """What goes together."""
        said: dict[str, Any] = super().clean() or {}
        sent = said.get("file")
        if sent is not None and sent.size > LARGEST_FILE:
            self.add_error("file", "Ce fichier dépasse 2 Mo. Exportez seulement les semaines à venir.")
        if said.get("meaning") == Meaning.BUSY:
            self._check_hours(said)
        if said.get("shape") == Shape.SPLIT and not said.get("minutes") and "minutes" not in self.errors:
            self.add_error("minutes", "Choisissez une durée.")
        if said.get("shape") == Shape.BAND and not said.get("capacity") and "capacity" not in self.errors:
            self.add_error("capacity", "Donnez le nombre de patients que la plage reçoit.")
        return said

    def _check_hours(self, said: dict[str, Any]) -> None:
        opens, closes = said.get("opens"), said.get("closes")
        for name in ("opens", "closes"):
            if not said.get(name) and name not in self.errors:
                self.add_error(name, "Donnez une heure : vos occupations sont retirées de ces heures.")
        if opens and closes and closes <= opens:
            self.add_error("closes", "La fin vient après le début, le même jour.")
        if not said.get("weekdays") and "weekdays" not in self.errors:
            self.add_error("weekdays", "Cochez au moins un jour.")
