"""The short form that says which account a card opens (platform.md §2.2)."""

from django import forms

from sas.accounts.psc.claims import LONGEST_NAME, Card
from sas.accounts.psc.reconciling import Typed

DESCRIBED = "id_email-aide"


class ReconciliationForm(forms.Form):
    """Names as on the invitation, and the address that received it."""

    use_required_attribute = False  # the page's own sentences, not the browser's

    family_name = forms.CharField(
        label="Nom",
        max_length=LONGEST_NAME,
        error_messages={"required": "Donnez votre nom."},
        widget=forms.TextInput(attrs={"class": "fr-input", "autocomplete": "family-name"}),
    )
    given_name = forms.CharField(
        label="Prénom",
        max_length=LONGEST_NAME,
        error_messages={"required": "Donnez votre prénom."},
        widget=forms.TextInput(attrs={"class": "fr-input", "autocomplete": "given-name"}),
    )
    email = forms.EmailField(
        label="Adresse électronique de votre invitation",
        max_length=254,
        error_messages={
            "required": "Donnez l’adresse qui a reçu l’invitation.",
            "invalid": "Cette adresse est mal formée. Exemple : prenom.nom@exemple.fr.",
        },
        widget=forms.EmailInput(attrs={"class": "fr-input", "autocomplete": "email", "aria-describedby": DESCRIBED}),
    )

    def marked(self) -> "ReconciliationForm":
        """The same, with each wrong field tied to its message for screen readers."""
        for name in self.errors:
            if name in self.fields:
                widget = self.fields[name].widget
                described = f"{widget.attrs.get('aria-describedby', '')} id_{name}-erreur".strip()
                widget.attrs |= {"aria-invalid": "true", "aria-describedby": described}
        return self

    @property
    def typed(self) -> Typed:
        """What a valid form says."""
        data = self.cleaned_data
        return Typed(data["family_name"], data["given_name"], data["email"])


def first_values(card: Card, email: str | None) -> dict[str, str]:
    """What the form holds when it opens: the names of the card, the address of the invitation that was followed."""
    return {"family_name": card.family_name, "given_name": card.given_name, "email": email or ""}
