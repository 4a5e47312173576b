"""The forms of delegations: shape and messages of each field. Rules are in `rules.py`, applied by services."""

from collections.abc import Mapping
from typing import Any

from django import forms

from sas.accounts.delegations.rules import Giver, why_not_name
from sas.accounts.delegations.services import Proposal
from sas.accounts.models import Delegation
from sas.accounts.own.forms import AddressForm
from sas.directory.models import Structure

ONESELF = "own"
"""Value of the choice that is no structure."""


def _name_field(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=100, error_messages={"required": "À remplir."})


class DelegationForm(AddressForm):
    """Whom, for what, until when. Only these fields are read, whatever else is sent."""

    family_name = _name_field("Nom")
    given_name = _name_field("Prénom")
    target = forms.ChoiceField(
        label="Pour quoi",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez pour quoi.", "invalid_choice": "Choisissez parmi ce qui est proposé."},
    )
    scopes = forms.MultipleChoiceField(
        label="Ce que cette personne pourra faire",
        choices=[(str(scope), scope.label) for scope in Delegation.Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Cochez au moins une chose que cette personne pourra faire.",
            "invalid_choice": "Choisissez parmi ce qui est proposé.",
        },
    )
    ends_on = forms.DateField(
        label="Jusqu’au (inclus)",
        help_text="Un an au plus. Vous pourrez prolonger, ou mettre fin plus tôt.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"required": "Choisissez une date.", "invalid": "Date incomprise. Exemple : 31/12/2027."},
    )
    field_order = ("given_name", "family_name", "email", "target", "scopes", "ends_on")

    def __init__(
        self,
        data: Any = None,
        *,
        giver: Giver,
        structures: list[Structure],
        own_label: str,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        choices = [(ONESELF, own_label)] if giver.own_practice else []
        choices += [(str(structure.pk), structure.name) for structure in structures]
        first = {"target": choices[0][0]} if len(choices) == 1 else {}
        super().__init__(data, initial={**first, **(initial or {})})
        self.fields["email"].help_text = "Un lien y est envoyé. Exemple : prenom.nom@exemple.fr"
        self.fields["target"].choices = choices  # type: ignore[attr-defined]
        self._errors = None  # dressed already, before the choices were known: read it again

    def refuse(self, field: str, sentence: str) -> None:
        """Show a refusal of the service beside its field (empty: above the form)."""
        self.add_error(field or None, sentence)
        if field:
            texts = self.fields[field].widget.attrs
            described = f"{texts.get('aria-describedby', '')} id_{field}-erreur"
            texts.update({"aria-invalid": "true", "aria-describedby": described.strip()})

    def clean_family_name(self) -> str:
        return _checked_name(self.cleaned_data["family_name"])

    def clean_given_name(self) -> str:
        return _checked_name(self.cleaned_data["given_name"])

    @property
    def proposal(self) -> Proposal:
        """What a valid form asks for."""
        data = self.cleaned_data
        return Proposal(
            family_name=data["family_name"],
            given_name=data["given_name"],
            email=data["email"],
            structure=None if data["target"] == ONESELF else int(data["target"]),
            scopes=frozenset(data["scopes"]),
            ends_on=data["ends_on"],
        )


def _checked_name(name: str) -> str:
    if reason := why_not_name(name):
        raise forms.ValidationError(reason)
    return name


def first_values(delegation: Delegation) -> dict[str, Any]:
    """The form of a delegation that is renewed."""
    return {
        "given_name": delegation.delegate_given_name,
        "family_name": delegation.delegate_family_name,
        "email": delegation.delegate_email,
        "target": ONESELF if delegation.structure_id is None else str(delegation.structure_id),
        "scopes": list(delegation.scopes),
    }
