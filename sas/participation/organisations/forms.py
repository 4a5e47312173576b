"""The forms on organisations: shape and messages."""

from typing import Any

from django import forms

from sas.accounts.territories.forms import Dressed, date_field, text_field
from sas.directory.models import Territory
from sas.directory.rules import phone_text
from sas.participation.models import TerritorialOrganisation
from sas.participation.organisations.services import OrganisationSheet

_CHOICE = {"required": "Choisissez dans la liste.", "invalid_choice": "Choisissez dans la liste."}


class OrganisationForm(Dressed):
    """What is said of an organisation."""

    name = text_field("Nom", help_text="Tel que les médecins et les régulateurs le disent.")
    kind = forms.ChoiceField(
        label="Nature", choices=[("", "choisir"), *TerritorialOrganisation.Kind.choices], error_messages=_CHOICE
    )
    structure_id = text_field(
        "Structure qui la porte (facultatif)", help_text="Son FINESS (9 caractères) ou son SIRET (14 chiffres)."
    )
    phone = text_field("Téléphone pour la régulation (facultatif)")
    dedicated = forms.BooleanField(
        label="Dédiée au SAS", required=False, help_text="Ses créneaux ne servent qu’aux patients adressés par le SAS."
    )
    interfaced = forms.BooleanField(
        label="Son logiciel d’agenda est interfacé",
        required=False,
        help_text="Ses créneaux remontent dans la recherche.",
    )
    agreement_signed = forms.BooleanField(label="Convention signée avec le SAS", required=False)
    note = text_field("Précisions (facultatif)", rows=3)
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def sheet(self) -> OrganisationSheet:
        """As typed."""
        return OrganisationSheet(**{name: value for name, value in self.cleaned_data.items() if name not in _NOT_SAID})

    @staticmethod
    def initial_of(sheet: OrganisationSheet) -> dict[str, Any]:
        """As the form shows it."""
        return {**vars(sheet), "phone": phone_text(sheet.phone)}


_NOT_SAID = ("version", "territory")


class NewOrganisationForm(OrganisationForm):
    """The same, with the territory it belongs to."""

    territory = forms.ModelChoiceField(
        label="Territoire", queryset=Territory.objects.none(), to_field_name="code", error_messages=_CHOICE
    )
    field_order = ("territory",)

    def __init__(self, *args: Any, territories: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["territory"].queryset = territories  # type: ignore[attr-defined]


class ValidationForm(Dressed):
    """The days on which the SAS validates it."""

    starts_on = date_field("Validée à partir du", help_text="La date de la décision ; elle peut être passée.")
    ends_on = date_field("Jusqu’au (premier jour sans elle, facultatif)", required=False)


class EndForm(Dressed):
    """The day on which its validation ends."""

    ends_on = date_field("Premier jour sans validation")


class MemberForm(Dressed):
    """A doctor to add."""

    typed = text_field("Numéro RPPS ou ADELI du médecin")
    starts_on = date_field("Membre à partir du")
