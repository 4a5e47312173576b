"""Forms dressed as the State's design system wants them: classes, autofill, errors tied to their field."""

from typing import Any

from django import forms

from sas.accounts.models import User
from sas.accounts.own.passwords import why_not_password
from sas.accounts.own.rules import HOW_TO_CHOOSE

LONGEST_PASSWORD_TYPED = 1000


class Dressed(forms.Form):
    """A form whose fields carry their class, and say which text describes them and that they are wrong."""

    use_required_attribute = False  # the page's own sentences, not the browser's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if not isinstance(field.widget, forms.CheckboxInput | forms.HiddenInput):
                field.widget.attrs["class"] = "fr-input"
            if field.required and not isinstance(field.widget, forms.HiddenInput):
                field.widget.attrs["aria-required"] = "true"
            texts = [f"id_{name}-aide"] if field.help_text else []
            if self.is_bound and name in self.errors:
                texts.append(f"id_{name}-erreur")
                field.widget.attrs["aria-invalid"] = "true"
            if texts:
                field.widget.attrs["aria-describedby"] = " ".join(texts)


def password_field(label: str, *, autocomplete: str, help_text: str = "", required: str) -> forms.CharField:
    """A password, never stripped nor shown again."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST_PASSWORD_TYPED,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        help_text=help_text,
        error_messages={"required": required, "max_length": "Ce mot de passe est trop long : 128 caractères au plus."},
    )


class NewPasswordForm(Dressed):
    """A new password, typed twice, judged for that account."""

    password = password_field(
        "Nouveau mot de passe",
        autocomplete="new-password",
        help_text=HOW_TO_CHOOSE,
        required="Choisissez un mot de passe.",
    )
    again = password_field(
        "Le même, une seconde fois", autocomplete="new-password", required="Tapez le mot de passe une seconde fois."
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if reason := why_not_password(password, self.user):
            raise forms.ValidationError(reason)
        return password

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError("Les deux mots de passe diffèrent : retapez-les.")
        return again


class CurrentPasswordForm(Dressed):
    """The password that the account has."""

    password = password_field("Mot de passe", autocomplete="current-password", required="Tapez votre mot de passe.")


class CodeForm(Dressed):
    """A code of an application, or a recovery code."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        help_text="Les 6 chiffres de votre application, ou un de vos codes de secours.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
        error_messages={"required": "Tapez le code.", "max_length": "Ce code est trop long."},
    )


class AddressForm(Dressed):
    """Where to write to somebody."""

    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="Exemple : prenom.nom@exemple.fr",
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": "Donnez une adresse électronique.",
            "invalid": "Cette adresse est mal formée. Exemple : prenom.nom@exemple.fr.",
            "max_length": "Cette adresse est trop longue.",
        },
    )


class TermsForm(Dressed):
    """The terms of use are accepted by a box that nobody ticked beforehand."""

    accepted = forms.BooleanField(
        label="J’ai lu ces conditions et je les accepte.",
        error_messages={"required": "Cochez la case pour accepter, ou refusez les conditions ci-dessous."},
    )


class BreakGlassForm(AddressForm):
    """A printed code."""

    code = forms.CharField(
        label="Code de secours",
        max_length=40,
        help_text="Les 16 signes de la feuille, avec ou sans tirets.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        error_messages={"required": "Tapez le code de la feuille.", "max_length": "Ce code est trop long."},
    )


class PasskeyNameForm(Dressed):
    """How a passkey is called."""

    name = forms.CharField(
        label="Nom de la clé",
        max_length=60,
        help_text="Pour la reconnaître : « téléphone », « poste du centre 15 »…",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Donnez un nom à cette clé.", "max_length": "60 caractères au plus."},
    )
