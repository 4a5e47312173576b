"""Shape and messages of the sign-in form."""

from typing import Any

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """E-mail and password, labelled and autofilled; allauth checks and throttles."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = "Adresse électronique"
        self.fields["login"].widget.attrs.update(
            {"class": "fr-input", "autocomplete": "username", "placeholder": "", "id": "id_login"}
        )
        self.fields["password"].label = "Mot de passe"
        self.fields["password"].widget.attrs.update(
            {"class": "fr-input", "autocomplete": "current-password", "placeholder": "", "id": "id_password"}
        )
