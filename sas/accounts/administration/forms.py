"""The forms of account managers: shape and messages of each field. Rules are in services."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from sas.accounts.access import reached_territories, standing_of_actor
from sas.accounts.administration.drafts import Draft
from sas.accounts.administration.granting import GRANTABLE, Grant, grant_of, key_of, why_not_give
from sas.accounts.models import User
from sas.accounts.permissions import Permission, Role
from sas.directory.models import Territory

MOST_SHOWN = 8
"""Territories shown at once; a national administrator adds to others one at a time."""


@dataclass(frozen=True)
class Tick:
    """One checkbox."""

    value: str
    label: str
    ticked: bool


@dataclass(frozen=True)
class RoleGroup:
    """The roles of one territory, as a fieldset."""

    legend: str
    ticks: list[Tick]


class AccountForm(forms.Form):
    """Who somebody is and what they may do. Only these fields are read, whatever else is sent."""

    family_name = forms.CharField(label="Nom", max_length=100)
    given_name = forms.CharField(label="Prénom", max_length=100)
    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        required=False,
        help_text="L’invitation y est envoyée.",
        error_messages={"invalid": "Adresse mal formée. Exemple : prenom.nom@exemple.fr."},
    )
    profession = forms.CharField(label="Profession (facultatif)", max_length=100, required=False)
    expires_on = forms.DateField(
        label="Échéance (facultatif)",
        required=False,
        help_text="Dernier jour où le compte est ouvert.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"invalid": "Date incomprise. Exemple : 31/12/2027."},
    )
    may_use_password = forms.BooleanField(
        label="Peut entrer sans carte",
        required=False,
        help_text="Avec un mot de passe et un second facteur, faute de carte CPS ou d’e-CPS.",
    )
    other_territory = forms.ModelChoiceField(
        label="Autre territoire", queryset=Territory.objects.none(), to_field_name="code", required=False
    )

    structures = forms.CharField(
        label="Structures (facultatif)",
        max_length=400,
        required=False,
        help_text="Pour un gestionnaire de structure : FINESS (9 caractères) ou SIRET (14 chiffres), séparés par des "
        "espaces.",
    )
    use_required_attribute = False  # the page's own sentences, not the browser's

    def __init__(self, actor: User, data: Any = None, *, draft: Draft | None = None) -> None:
        initial = {**draft.values()} if draft else None
        super().__init__(data, initial=initial)
        self.actor, self.draft = actor, draft
        self._standing = standing_of_actor(actor)
        self._territories = list(reached_territories(actor, Permission.MANAGE_ACCOUNTS))
        self.fields["other_territory"].queryset = reached_territories(  # type: ignore[attr-defined]
            actor, Permission.MANAGE_ACCOUNTS
        )
        _dress(self)

    @property
    def picks_another(self) -> bool:
        """Whether there are too many territories to show each one."""
        return len(self._territories) > MOST_SHOWN

    def role_groups(self) -> list[RoleGroup]:
        """One fieldset for each territory shown, and one for what is given on no territory."""
        chosen = self._chosen()
        held = {code for _, code in chosen}
        shown = [t for t in self._territories if not self.picks_another or t.code in held]
        groups = [self._group(str(territory), territory.code, chosen) for territory in shown]
        if self._standing.everywhere:
            groups.append(self._group("Sans territoire", "", chosen))
        return groups

    def other_ticks(self) -> list[Tick]:
        """The roles to give on `other_territory`."""
        sent = set(self._list("other_role"))
        roles = [role for role in GRANTABLE if role is not Role.NATIONAL_ADMIN]
        return [Tick(role.value, role.label, role.value in sent) for role in roles]

    def _group(self, legend: str, code: str, chosen: set[Grant]) -> RoleGroup:
        roles = (role for role in GRANTABLE if why_not_give(self._standing, (role, code)) is None)
        wanted = [role for role in roles if not (code and role is Role.NATIONAL_ADMIN)]
        return RoleGroup(legend, [Tick(key_of((r, code)), r.label, (r, code) in chosen) for r in wanted])

    def _chosen(self) -> set[Grant]:
        if self.is_bound:
            return set(self._sent())
        return set(self.draft.grants) if self.draft else set()

    def _sent(self) -> list[Grant]:
        return [grant for key in self._list("grants") if (grant := grant_of(key)) is not None]

    def _list(self, name: str) -> list[str]:
        return self.data.getlist(name)[:200] if isinstance(self.data, QueryDict) else []

    def as_draft(self) -> Draft:
        """What was typed, once `is_valid()`. Unknown roles are as if not sent; the rest is judged later."""
        values = {name: self.cleaned_data[name] for name in ("family_name", "given_name", "profession", "email")}
        grants = set(self._sent())
        if other := self.cleaned_data["other_territory"]:
            sent = self._list("other_role")
            grants |= {grant for role in sent if (grant := grant_of(f"{role}@{other.code}")) is not None}
        return Draft(
            **{name: " ".join(value.split()) for name, value in values.items()},
            may_use_password=self.cleaned_data["may_use_password"],
            expires_on=self.cleaned_data["expires_on"],
            grants=frozenset(grants),
        )


def _dress(form: forms.Form) -> None:
    """Classes of the design system, errors and help tied to their field, as `sas.accounts.own.forms` does."""
    for name, field in form.fields.items():
        field.error_messages["required"] = f"{field.label} : à remplir."
        if not isinstance(field.widget, forms.CheckboxInput):
            field.widget.attrs["class"] = "fr-select" if isinstance(field.widget, forms.Select) else "fr-input"
        texts = [f"id_{name}-aide"] if field.help_text else []
        if form.is_bound and name in form.errors:
            texts.append(f"id_{name}-erreur")
            field.widget.attrs["aria-invalid"] = "true"
        if texts:
            field.widget.attrs["aria-describedby"] = " ".join(texts)


def typed_structures(text: str) -> list[str]:
    """The identifiers typed in one field, separated by blanks, commas or semicolons."""
    return text.replace(",", " ").replace(";", " ").split()[:20]
