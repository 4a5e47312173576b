"""The forms on territories: shape and messages. What may be said is judged by the services of the directory."""

import re
from collections.abc import Mapping
from dataclasses import fields as names_of
from typing import Any

from django import forms

from sas.directory.filieres import FiliereSheet
from sas.directory.models import Filiere, Territory
from sas.directory.rules import phone_text
from sas.directory.territories import Contacts, Limits
from sas.directory.territory_rules import FURTHEST_KM
from sas.directory.vocabulary import label as discipline_label
from sas.directory.weekly_hours import DAYS, Band, InvalidHoursError, read_day, write_day

LONGEST_LIST = 20_000
_BETWEEN = re.compile(r"[\s,;]+")
_DATE = {"invalid": "Date incomprise. Exemple : 31/12/2027.", "required": "Donnez une date."}
_TIME = {"invalid": "Heure incomprise. Exemple : 20:00.", "required": "Donnez une heure."}
_RADIUS = {"invalid": f"Donnez un nombre de kilomètres, {FURTHEST_KM} au plus."}


class Dressed(forms.Form):
    """A form whose fields carry the classes of the DSFR, and say which texts describe them."""

    use_required_attribute = False  # the page's own sentences, not the browser's

    def refuse(self, errors: Mapping[str, str]) -> None:
        """Put what a service refused beside its field, or above them all."""
        for name, message in errors.items():
            self.add_error(name if name in self.fields else None, message)

    @property
    def edited_version(self) -> int:
        """The version that was edited; 0, which no sheet has, when it was not sent."""
        return int(self.cleaned_data.get("version") or 0)

    def dress(self) -> "Dressed":
        """Called once every error is known, before the page is made."""
        for name, field in self.fields.items():
            attrs = field.widget.attrs
            if isinstance(field.widget, forms.Select):
                attrs["class"] = "fr-select"
            elif not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                attrs["class"] = "fr-input"
            wrong = self.is_bound and name in self.errors
            texts = [f"id_{name}-aide"] * bool(field.help_text) + [f"id_{name}-erreur"] * wrong
            if texts:
                attrs["aria-describedby"] = " ".join(texts)
            if wrong:
                attrs["aria-invalid"] = "true"
        return self


def date_field(label: str, **options: Any) -> forms.DateField:
    """A day, by the browser's own calendar or typed."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    formats = ["%Y-%m-%d", "%d/%m/%Y"]
    return forms.DateField(label=label, widget=widget, input_formats=formats, error_messages=_DATE, **options)


def time_field(label: str, **options: Any) -> forms.TimeField:
    """An hour of the day."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget, error_messages=_TIME, **options)


def text_field(label: str, *, rows: int = 0, **options: Any) -> forms.CharField:
    """A line, or some. Never cut: too long is said by the service."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
    return forms.CharField(label=label, widget=widget, required=False, max_length=LONGEST_LIST, **options)


class LimitsForm(Dressed):
    """What national administrators decide of a territory."""

    label = text_field("Nom", help_text="Tel que les gens le disent : SAS du Nord.")
    departments = text_field("Départements", help_text="Numéros séparés par des espaces : 59 62, 2A, 974.")
    communes = text_field(
        "Communes rattachées une à une",
        rows=3,
        help_text="Codes INSEE. Une commune écrite ici quitte le SAS de son département. Vide : aucune.",
    )
    timezone = text_field(
        "Fuseau horaire du territoire", help_text="Europe/Paris, Indian/Reunion… Les lieux gardent le leur."
    )
    default_radius_km = forms.FloatField(
        label="Rayon de recherche par défaut (km)",
        required=False,
        error_messages=_RADIUS,
        help_text="Vide : celui du département, relu chaque année.",
    )
    maximum_radius_km = forms.FloatField(
        label="Rayon maximal (km)", required=False, error_messages=_RADIUS, help_text="Vide : celui du département."
    )
    pdsa_evening = time_field("La PDSA commence le soir à", help_text="20 h, sauf décision de l’ARS (R. 6315-1).")
    pdsa_morning = time_field("La PDSA finit le matin à")
    pdsa_saturday = time_field("Le samedi, la PDSA commence à", required=False, help_text="Vide : comme en semaine.")
    pdsa_bridge_days = forms.BooleanField(
        label="PDSA les jours de pont",
        required=False,
        help_text="Lundi qui précède un jour férié, vendredi et samedi qui en suivent un.",
    )
    ioa_open = forms.BooleanField(
        label="Recherche ouverte aux IOA",
        required=False,
        help_text="Sans cela, les infirmiers organisateurs de l’accueil de ce territoire ne cherchent pas.",
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def limits(self) -> Limits:
        """As the service wants them."""
        said: dict[str, Any] = dict(self.cleaned_data)
        for name in ("departments", "communes"):
            said[name] = [code for code in _BETWEEN.split(said[name]) if code]
        kept = {field.name: said[field.name] for field in names_of(Limits) if field.name in said}
        return Limits(**kept)

    @staticmethod
    def initial_of(limits: Limits) -> dict[str, Any]:
        """What the form shows of a territory."""
        shown = {field.name: getattr(limits, field.name) for field in names_of(Limits)}
        return shown | {name: " ".join(shown[name]) for name in ("departments", "communes")}


class NewTerritoryForm(LimitsForm):
    """The same, with the code and where it stands."""

    code = text_field("Code", help_text="« SAS- » suivi du numéro : SAS-59. Il ne change plus ensuite.")
    state = forms.ChoiceField(label="État", choices=Territory.State.choices, widget=forms.Select())
    since = date_field("Dans cet état depuis le", help_text="Peut être passé : rien n’est rémunéré avant l’ouverture.")
    field_order = ("code", "label", "departments", "communes", "state", "since")

    def creation(self) -> dict[str, Any]:
        """What the service is given."""
        said = self.cleaned_data
        return {
            "code": said["code"],
            "limits": self.limits(),
            "state": Territory.State(said["state"]),
            "since": said["since"],
        }


class ContactsForm(Dressed):
    """What a territory's own account managers keep up to date."""

    support_email = text_field("Adresse générique du SAS", help_text="Montrée à qui n’a pas encore de compte.")
    support_phone = text_field("Téléphone du SAS", help_text="Pour les professionnels, jamais pour les patients.")
    ars_name = text_field("Nom ou service, à l’ARS")
    ars_email = text_field("Adresse, à l’ARS")
    ars_phone = text_field("Téléphone, à l’ARS")
    cpam_name = text_field("Nom ou service, à la CPAM")
    cpam_email = text_field("Adresse, à la CPAM")
    cpam_phone = text_field("Téléphone, à la CPAM")
    call_before_booking = forms.ChoiceField(
        label="Appeler le cabinet avant de réserver un créneau d’éditeur",
        choices=Territory.Calling.choices,
        widget=forms.Select(),
        help_text="La consigne s’affiche à côté du créneau choisi.",
    )
    out_of_hours = text_field(
        "Consigne pendant les heures de PDSA", rows=4, help_text="1 000 caractères au plus. Affichée aux régulateurs."
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    @staticmethod
    def initial_of(contacts: Contacts) -> dict[str, Any]:
        """What the form shows: phones are grouped as people write them."""
        shown = {field.name: getattr(contacts, field.name) for field in names_of(Contacts)}
        return shown | {name: phone_text(shown[name]) for name in ("support_phone", "ars_phone", "cpam_phone")}

    def contacts(self) -> Contacts:
        """As the service wants them."""
        return Contacts(**{field.name: self.cleaned_data[field.name] for field in names_of(Contacts)})


class StateForm(Dressed):
    """A new state, and from when."""

    state = forms.ChoiceField(label="Nouvel état", choices=Territory.State.choices, widget=forms.Select())
    starts_on = date_field("À partir du", help_text="Aujourd’hui ou plus tard : le passé ne se corrige pas.")


class FiliereForm(Dressed):
    """A filière: who, when, and what to do."""

    name = text_field("Nom", help_text="Tel que les régulateurs le liront.")
    nature = forms.ChoiceField(label="Nature", choices=Filiere.Nature.choices, widget=forms.Select())
    professions = text_field(
        "Professions et spécialités", help_text="Codes séparés par des espaces : 60 (infirmier), SM40 (pédiatrie)…"
    )
    structures = text_field("Structures ou population", help_text="En toutes lettres : DAC, HAD, personnes âgées…")
    phone = text_field("Téléphone")
    instruction = text_field("Consigne pour la régulation", rows=3, help_text="1 000 caractères au plus.")
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in enumerate(DAYS):
            self.fields[f"day_{number}"] = text_field(name.capitalize())

    @property
    def days(self) -> list[forms.BoundField]:
        """The eight fields of hours."""
        return [self[f"day_{number}"] for number in range(len(DAYS))]

    def clean(self) -> dict[str, Any]:
        bands: list[Band] = []
        for number in range(len(DAYS)):
            try:
                bands += read_day(number, self.cleaned_data.get(f"day_{number}", ""))
            except InvalidHoursError as error:
                self.add_error(f"day_{number}", str(error))
        self.cleaned_data["hours"] = bands
        return self.cleaned_data

    def sheet(self) -> FiliereSheet:
        """As the service wants it."""
        said = self.cleaned_data
        return FiliereSheet(
            name=said["name"],
            nature=said["nature"],
            professions=[code for code in _BETWEEN.split(said["professions"]) if code],
            structures=said["structures"],
            hours=said["hours"],
            phone=said["phone"],
            instruction=said["instruction"],
        )

    @staticmethod
    def initial_of(sheet: FiliereSheet) -> dict[str, Any]:
        """What the form shows of a filière."""
        shown = {field.name: getattr(sheet, field.name) for field in names_of(FiliereSheet)}
        days = {f"day_{number}": write_day(sheet.hours, number) for number in range(len(DAYS))}
        plain = {"professions": " ".join(sheet.professions), "phone": phone_text(sheet.phone)}
        return shown | days | plain

    @property
    def professions_in_words(self) -> str:
        """What the codes now in the field mean."""
        codes = _BETWEEN.split(str(self["professions"].value() or "").upper())
        return ", ".join(f"{code} : {discipline_label(code)}" for code in codes if code)


class NewFiliereForm(FiliereForm):
    """The same, with its first day."""

    starts_on = date_field("À partir du")


class EndForm(Dressed):
    """The first day without it."""

    ends_on = date_field("Premier jour sans cette filière")
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)
