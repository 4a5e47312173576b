"""The form on a place or a structure: a number, a text. What may be said is judged by the services."""

from typing import Any

from django import forms

from sas.accounts.territories.forms import Dressed
from sas.directory.rules import phone_text
from sas.participation.places.wording import LONGEST_INFORMATION, Description

LONGEST_TYPED = 20_000


class DescriptionForm(Dressed):
    """The number that regulators call, and what they should know. Never cut: too long is said by the service."""

    phone = forms.CharField(
        label="Téléphone pour la régulation",
        required=False,
        max_length=100,
        help_text="Réservé aux régulateurs : la ligne où l’on décroche. Vide : le numéro de l’annuaire.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    information = forms.CharField(
        label="Information complémentaire",
        required=False,
        max_length=LONGEST_TYPED,
        help_text=(
            "1 000 caractères au plus, texte simple : accès, matériel, publics reçus. Jamais le nom d’un patient."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "data-counter": str(LONGEST_INFORMATION)}),
    )
    version = forms.CharField(widget=forms.HiddenInput(), required=False, max_length=40)

    @classmethod
    def of(cls, data: Any, description: Description) -> "DescriptionForm":
        """The form on what is said now, with what was sent over it."""
        shown = {
            "phone": phone_text(description.phone),
            "information": description.information,
            "version": description.version,
        }
        return cls(data, initial=shown)
