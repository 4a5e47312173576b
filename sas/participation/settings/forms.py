"""The questions of the settings page: shape and messages. What may be said is judged by the services and the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from sas.accounts.territories.forms import Dressed
from sas.directory.models import Structure

UNKNOWN = "inconnue"
"""« Ma structure n’est pas dans la liste »."""

_PICK = {"invalid_choice": "Choisissez parmi ce qui est proposé."}


@dataclass(frozen=True)
class Choice:
    """The label of a choice, with its consequence in one sentence."""

    text: str
    hint: str = ""

    def __str__(self) -> str:
        return self.text


WAYS = (
    ("individual", Choice("À titre individuel", "Les régulateurs vous appellent directement, aussi « en sus ».")),
    ("cpts", Choice("Via ma CPTS", "Les régulateurs appellent la CPTS, jamais vous.")),
    ("msp", Choice("Via ma maison de santé (MSP)", "Les régulateurs appellent la MSP, jamais vous.")),
    ("sos", Choice("Via mon association SOS Médecins", "Les régulateurs appellent l’association, jamais vous.")),
)
SHORT_KINDS = {"cpts": "CPTS", "msp": "MSP", "sos": "SOS Médecins"}


def hidden_version(name: str) -> forms.IntegerField:
    """The row that was on the page: 0 for none."""
    return forms.IntegerField(required=False, widget=forms.HiddenInput(attrs={"id": name}))


def line(label: str, help_text: str = "") -> forms.CharField:
    """A line of text, optional; its length is said by the service."""
    return forms.CharField(label=label, required=False, max_length=1000, help_text=help_text)


class ParticipationForm(Dressed):
    """How somebody takes part. `places` is asked only of who has several."""

    version = hidden_version("version-participation")
    via = forms.ChoiceField(
        label="Comment participez-vous au SAS ?",
        choices=WAYS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez comment vous participez.", **_PICK},
    )
    structure = forms.ChoiceField(
        label="Votre structure", required=False, widget=forms.RadioSelect, error_messages=_PICK
    )
    look_for = line("Chercher une autre structure", "Son nom, son FINESS (9 caractères) ou son SIRET (14 chiffres).")
    name = line("Nom de la structure")
    city = line("Commune")
    contact = line("Téléphone ou adresse électronique de la structure")
    places = forms.MultipleChoiceField(
        label="Quels lieux sont concernés ?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un lieu.", **_PICK},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        structures: Sequence[Structure],
        places: Sequence[tuple[str, str]],
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial or {})
        known: list[tuple[str, Choice]] = [(str(one.pk), structure_choice(one)) for one in structures]
        lost = Choice("Ma structure n’est pas dans la liste", "Un gestionnaire de comptes l’identifiera.")
        self.fields["structure"].choices = [*known, (UNKNOWN, lost)]  # type: ignore[attr-defined]
        if len(places) > 1:
            self.fields["places"].choices = list(places)  # type: ignore[attr-defined]
        else:
            del self.fields["places"]

    @property
    def expected(self) -> int:
        """The period that was on the page (0: none)."""
        return int(self.cleaned_data.get("version") or 0)

    @property
    def chosen_places(self) -> list[str]:
        """Keys of the places concerned; none: all of them."""
        return list(self.cleaned_data.get("places", []))


def structure_choice(structure: Structure) -> Choice:
    """« CPTS du Ferrain », with its kind and its town."""
    where = f"{structure.postal_code} {structure.city}".strip()
    kind = SHORT_KINDS.get(structure.kind, structure.get_kind_display())
    return Choice(structure.name, " · ".join(part for part in (kind, where, structure.national_id[1:]) if part))


class VisibilityForm(Dressed):
    """What regulators see. The 2 h are asked only while the rules of the day know them."""

    shown = hidden_version("version-visibilite")
    editors = forms.MultipleChoiceField(
        label="J’utilise une solution de prise de rendez-vous interfacée : laquelle ?",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages=_PICK,
    )
    uses_editors = forms.BooleanField(
        label="La structure utilise une solution de prise de rendez-vous interfacée", required=False
    )
    opted_out = forms.BooleanField(
        label="Je refuse d’afficher mes créneaux grand public et/ou professionnels",
        required=False,
        help_text="C’est la case « Ne plus afficher mes créneaux éditeurs » : PUBLIC, PRO, SNP et CPTS disparaissent "
        "tous. Vous pouvez encore participer par l’agenda SAS.",
    )
    declares_two_hours = forms.BooleanField(
        label="Je déclare sur l’honneur mettre en visibilité à minima 2 heures de disponibilité par semaine",
        required=False,
        help_text="Sur l’agenda SAS, chaque semaine. Demandé jusqu’au 31/12/2025 sans créneaux éditeurs visibles.",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        editors: Sequence[tuple[str, Choice]] | None,
        asks_hours: bool,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial or {})
        if editors is None:
            del self.fields["editors"]
        else:
            del self.fields["uses_editors"]
            self.fields["editors"].choices = list(editors)  # type: ignore[attr-defined]
        if not asks_hours:
            del self.fields["declares_two_hours"]

    @property
    def expected(self) -> int:
        """The row that was on the page (0: none)."""
        return int(self.cleaned_data.get("shown") or 0)


class OwnNameForm(Dressed):
    """Participation of a CDS (with its number of doctors) or of an SOS Médecins association."""

    version = hidden_version("version-structure")
    gp_count = forms.IntegerField(
        label="Nombre de médecins généralistes du centre",
        required=False,
        help_text="En équivalents temps plein, arrondi : de 1 à 500.",
        error_messages={"invalid": "Écrivez un nombre entier, de 1 à 500."},
    )

    def __init__(self, data: Any = None, *, counts: bool, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial or {})
        if not counts:
            del self.fields["gp_count"]

    @property
    def expected(self) -> int:
        """The period that was on the page (0: none)."""
        return int(self.cleaned_data.get("version") or 0)
