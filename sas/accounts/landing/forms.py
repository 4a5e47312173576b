"""The request for an account: shape and messages."""

from typing import Any

from django import forms

from sas.accounts.administration.requests import ASKED_ROLES
from sas.accounts.permissions import Role
from sas.accounts.territories.forms import Dressed
from sas.directory.models import Territory


class AccountRequestForm(Dressed):
    """Only these fields are read, whatever else is sent."""

    territory = forms.ModelChoiceField(
        label="Territoire",
        queryset=Territory.objects.order_by("code"),
        to_field_name="code",
        empty_label="Choisissez un SAS",
        error_messages={"required": "Choisissez un territoire.", "invalid_choice": "Choisissez un territoire connu."},
    )
    role = forms.ChoiceField(
        label="Ce que vous ferez",
        choices=[("", "Choisissez un rôle"), *((role.value, role.label) for role in ASKED_ROLES)],
        widget=forms.Select(),
        help_text="Vous recevez des patients ? N’attendez pas de compte : entrez avec Pro Santé Connect.",
        error_messages={"required": "Choisissez un rôle.", "invalid_choice": "Choisissez un des rôles proposés."},
    )
    family_name = forms.CharField(label="Nom", max_length=100, error_messages={"required": "Indiquez votre nom."})
    given_name = forms.CharField(label="Prénom", max_length=100, error_messages={"required": "Indiquez votre prénom."})
    email = forms.EmailField(
        label="Adresse électronique professionnelle",
        help_text="L’invitation y sera envoyée. Exemple : prenom.nom@exemple.fr.",
        max_length=254,
        error_messages={
            "required": "Donnez votre adresse.",
            "invalid": "Adresse mal formée : il y manque quelque chose.",
        },
    )
    profession = forms.CharField(label="Profession (facultatif)", max_length=100, required=False)
    message = forms.CharField(
        label="Message (facultatif)",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="1 000 caractères au plus. Rien sur un patient.",
        error_messages={"max_length": "1 000 caractères au plus."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, word in (("family_name", "family-name"), ("given_name", "given-name"), ("email", "email")):
            self.fields[name].widget.attrs["autocomplete"] = word

    def asked(self) -> dict[str, Any]:
        """What the service is given."""
        return {**self.cleaned_data, "role": Role(self.cleaned_data["role"])}
