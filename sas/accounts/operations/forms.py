"""Forms of operators: what is looked for in the audit trail, whom codes are made for."""

import ipaddress
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings

from sas.accounts.operations.acts import act_choices
from sas.accounts.operations.break_glass import days
from sas.accounts.operations.trail import TrailFilter, label_of
from sas.accounts.own.forms import Dressed
from sas.directory.models import Territory

LONGEST = 200
DATES = ["%Y-%m-%d", "%d/%m/%Y"]
DATE_ERROR = {"invalid": "Date incomprise. Exemple : 31/12/2026."}


def _date(label: str) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, input_formats=DATES, widget=widget, error_messages=DATE_ERROR)


def _text(label: str, help_text: str) -> forms.CharField:
    too_long = {"max_length": f"{LONGEST} caractères au plus."}
    return forms.CharField(
        label=label, required=False, max_length=LONGEST, help_text=help_text, error_messages=too_long
    )


class TrailForm(Dressed):
    """What is looked for; everything may be left empty. Days are those of the platform's time zone."""

    qui = _text("Qui a fait", "Adresse électronique, « compte 12 », ou le nom d’une tâche")
    objet = _text("À qui, à quoi", "Adresse électronique, « compte 12 », « territoire SAS-59 »…")
    acte = forms.CharField(label="Acte", required=False, max_length=100, widget=forms.Select)
    du = _date("Du")
    au = _date("Au (compris)")
    adresse = _text("Depuis l’adresse IP", "Exemple : 192.0.2.10")

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        known = act_choices()
        asked = str(data.get("acte", ""))[:100] if data else ""
        older = [(asked, asked)] if asked and asked not in dict(known) else []
        self.fields["acte"].widget.choices = [("", "Tous"), *known, *older]
        self.fields["acte"].widget.attrs["class"] = "fr-select"

    def clean_qui(self) -> str:
        return _label(self.cleaned_data["qui"])

    def clean_objet(self) -> str:
        return _label(self.cleaned_data["objet"])

    def clean_adresse(self) -> str:
        typed = self.cleaned_data["adresse"]
        try:
            return str(ipaddress.ip_address(typed)) if typed else ""
        except ValueError:
            raise forms.ValidationError("Ce n’est pas une adresse IP. Exemple : 192.0.2.10.") from None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("du"), values.get("au")
        if first and last and first > last:
            self.add_error("au", "La fin est avant le début : échangez les deux dates.")
        if last == date.max:
            self.add_error("au", DATE_ERROR["invalid"])
        return values

    def as_filter(self) -> TrailFilter:
        """What was asked, once `is_valid()`."""
        given = self.cleaned_data
        return TrailFilter(
            who=given["qui"],
            act=given["acte"],
            target=given["objet"],
            since=_midnight(given["du"]) if given["du"] else None,
            until=_midnight(given["au"] + timedelta(days=1)) if given["au"] else None,
            address=given["adresse"],
        )


def _label(typed: str) -> str:
    found = label_of(typed)
    if found is None:
        raise forms.ValidationError("Aucun compte n’a cette adresse. Cherchez par « compte » et son numéro.")
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(settings.TIME_ZONE))


class CodesForm(Dressed):
    """Whom codes are made for, and for which day: a territory or one address, not both."""

    territoire = forms.ModelChoiceField(
        label="Tous les régulateurs d’un territoire",
        queryset=Territory.objects.order_by("code"),
        to_field_name="code",
        required=False,
        empty_label="Aucun",
        error_messages={"invalid_choice": "Ce territoire n’existe pas : choisissez-en un dans la liste."},
    )
    email = forms.EmailField(
        label="Ou une seule personne",
        required=False,
        max_length=254,
        help_text="L’adresse électronique de son compte",
        error_messages={
            "invalid": "Cette adresse est mal formée. Exemple : prenom.nom@exemple.fr.",
            "max_length": "Cette adresse est trop longue.",
        },
    )
    jour = forms.CharField(
        label="Valables", widget=forms.RadioSelect, error_messages={"required": "Choisissez le jour."}
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, now: datetime) -> None:
        self._days = days(now)
        super().__init__(data, initial={"jour": self._days[0][0]})
        self.fields["jour"].widget.choices = self._days
        self.fields["territoire"].widget.attrs["class"] = "fr-select"

    def clean_jour(self) -> str:
        chosen: str = self.cleaned_data["jour"]
        if chosen not in dict(self._days):
            raise forms.ValidationError("Les codes se font pour aujourd’hui ou pour demain.")
        return chosen

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        wanted = [bool(values.get(name)) for name in ("territoire", "email")]
        if not self.errors and sum(wanted) != 1:
            self.add_error("territoire", "Choisissez un territoire, ou donnez une seule adresse.")
        return values

    @property
    def day(self) -> date:
        """The day that was chosen, once `is_valid()`."""
        return date.fromisoformat(self.cleaned_data["jour"])

    @property
    def people(self) -> dict[str, Any]:
        """Whose codes, as `make_sheet` takes them."""
        return {"territory": self.cleaned_data["territoire"], "email": self.cleaned_data["email"]}
