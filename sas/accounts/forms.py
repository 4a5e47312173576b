"""Shape and messages of the sign-in form."""

from typing import Any

from allauth.account.forms import LoginForm

MISSING = {"login": "Donnez votre adresse électronique.", "password": "Tapez votre mot de passe."}


class SignInForm(LoginForm):
    """E-mail and password, labelled and autofilled; allauth checks and throttles."""

    use_required_attribute = False  # the page's own sentences, not the browser's

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = "Adresse électronique"
        self.fields["login"].widget.attrs.update(
            {"class": "fr-input", "autocomplete": "username", "placeholder": "", "id": "id_login"}
        )
        self.fields["password"].label = "Mot de passe"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.update(
            {"class": "fr-input", "autocomplete": "current-password", "placeholder": "", "id": "id_password"}
        )
        for name, text in MISSING.items():
            self.fields[name].error_messages["required"] = text
        for name in MISSING:  # once every message is set: to ask for errors computes them
            if self.is_bound and name in self.errors:
                self.fields[name].widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"id_{name}-erreur"}
