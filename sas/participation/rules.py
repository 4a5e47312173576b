"""On which conditions participation is valued, at a date (docs/algorithms/participation.md).

Pure functions of facts and a date; each condition answers with its reason, in French, and the text that asks for it.
Nothing here knows which editor somebody uses: only whether their slots can be read (platform.md §4, S0).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

OPEN = "open"


class Kind(StrEnum):
    """Whose participation is judged."""

    PERSON = "person"
    CDS = "cds"
    SOS = "sos"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is asked from `starts_on` (included) to `ends_on` (excluded). One line of the table below.

    `weekly_hours`: hours a week on the SAS agenda that stand for editors' slots, for each doctor; None: no such notion.
    `organisation`: being of a validated territorial organisation stands for a visible agenda. `partial`:
    showing a part of one's slots is enough.
    """

    label: str
    starts_on: date
    ends_on: date | None
    weekly_hours: int | None
    organisation: bool
    partial: bool
    source: str


CONDITIONS = (
    Conditions(
        label="indicateur 8 du forfait structure",
        starts_on=date(2022, 4, 1),
        ends_on=date(2026, 1, 1),
        weekly_hours=2,
        organisation=False,
        partial=False,
        source="convention médicale, indicateur 8 du forfait structure (du 01/04/2022 au 31/12/2025)",
    ),
    Conditions(
        label="forfait SAS",
        starts_on=date(2026, 1, 1),
        ends_on=None,
        weekly_hours=None,
        organisation=True,
        partial=True,
        source="convention médicale 2024, forfait SAS (depuis le 01/01/2026)",
    ),
)
"""Never edited: a new text closes the last line and adds another. Sources: S1 Q8 and S3 for 2022, S4 for 2026."""


@dataclass(frozen=True, slots=True)
class Sas:
    """The SAS that answers for a place that is concerned, and where it stood that day."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules look at, on the day that is judged.

    `interfaced`: an editor that searches ask is used. `limited`: only a part of the slots is shown. `declares_hours`:
    the 2 h, on honour. `on_agenda`: something is offered on the SAS agenda. `last_week`: hours measured there in the
    last whole week, None when unknown. `doctors`: general practitioners of a CDS. `organisations`: names of the
    validated territorial organisations of which the person is a member that day.
    """

    kind: Kind = Kind.PERSON
    is_doctor: bool = True
    participates: bool = False
    pending: bool = False
    sas: tuple[Sas, ...] = ()
    interfaced: bool = False
    opted_out: bool = False
    limited: bool = False
    declares_hours: bool = False
    on_agenda: bool = False
    last_week: float | None = None
    doctors: int | None = None
    organisations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition: `met` or not, why, and the text that asks for it. `to_confirm`: the sources are not clear."""

    met: bool
    sentence: str
    source: str
    to_confirm: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok` when every reason is met. `label` names what it opens; `notes` say what is measured and decides nothing."""

    ok: bool
    label: str
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Reason, ...]:
        """Conditions that are not met."""
        return tuple(reason for reason in self.reasons if not reason.met)


def conditions_on(on: date) -> Conditions | None:
    """The line of the table that holds that day; None before 01/04/2022."""
    for line in CONDITIONS:
        if line.starts_on <= on and (line.ends_on is None or on < line.ends_on):
            return line
    return None


def asks_for_hours(on: date) -> bool:
    """Whether the question of the 2 h exists that day."""
    line = conditions_on(on)
    return line is not None and line.weekly_hours is not None


def must_declare_hours(on: date, *, interfaced: bool, opted_out: bool) -> bool:
    """Whether a participant must declare the 2 h: not interfaced, or opted out, until 31/12/2025 (platform.md §4)."""
    return asks_for_hours(on) and (opted_out or not interfaced)


def hours_needed(on: date, doctors: int | None = None) -> int | None:
    """Hours a week that stand for editors' slots: 2, or 2 for each doctor of a CDS; None when not asked."""
    line = conditions_on(on)
    return line.weekly_hours * (doctors or 1) if line and line.weekly_hours is not None else None


def may_take_part(facts: Facts, on: date) -> Verdict:
    """Whether the conditions of remuneration are met on that day, with every reason, met or not."""
    line = conditions_on(on)
    if line is None:
        why = f"Le SAS n’était pas rémunéré avant le {CONDITIONS[0].starts_on:%d/%m/%Y}."
        return Verdict(False, "participation au SAS", (Reason(False, why, CONDITIONS[0].source),))
    reasons = [_registered(facts, line), _opened(facts, line), _visible(facts, line, on)]
    if facts.kind == Kind.PERSON:
        reasons.insert(0, _doctor(facts, line))
    return Verdict(all(reason.met for reason in reasons), line.label, tuple(reasons), _notes(facts, line, on))


def _doctor(facts: Facts, line: Conditions) -> Reason:
    if facts.is_doctor:
        return Reason(True, "Vous êtes médecin.", line.source)
    sentence = "Cette rémunération concerne les médecins ; participer reste possible sans elle."
    return Reason(False, sentence, line.source, to_confirm=True)


def _registered(facts: Facts, line: Conditions) -> Reason:
    if not facts.participates:
        return Reason(False, "La participation au SAS n’est pas déclarée.", line.source)
    if facts.pending:
        sentence = "La structure déclarée n’est pas encore identifiée par le gestionnaire de comptes."
        return Reason(False, sentence, line.source)
    return Reason(True, "La participation au SAS est déclarée.", line.source)


def _opened(facts: Facts, line: Conditions) -> Reason:
    opened = [one for one in facts.sas if one.state == OPEN]
    if opened:
        return Reason(True, f"Le SAS est ouvert : {_listed([one.name for one in opened])}.", line.source)
    if not facts.sas:
        return Reason(False, "Aucun SAS n’est déclaré là où vous exercez.", line.source)
    sentence = f"Le SAS n’est pas ouvert : {_listed([one.name for one in facts.sas])}."
    return Reason(False, sentence, line.source)


def _visible(facts: Facts, line: Conditions, on: date) -> Reason:
    shows = facts.interfaced and not facts.opted_out
    if shows and not facts.limited:
        return Reason(True, "Les créneaux de votre logiciel d’agenda sont visibles.", line.source)
    if shows:
        sentence = "Une partie des créneaux de votre logiciel d’agenda est visible."
        return Reason(True, sentence, line.source, to_confirm=not line.partial)
    if line.organisation and facts.organisations:
        named = _listed(list(facts.organisations))
        return Reason(True, f"Vous êtes membre d’une organisation territoriale validée : {named}.", line.source)
    needed = hours_needed(on, facts.doctors)
    if needed is None:
        return _on_agenda(facts, line)
    if facts.declares_hours:
        return Reason(True, f"Au moins {needed} heures par semaine sur l’agenda SAS sont déclarées.", line.source)
    return Reason(False, f"{_hidden(facts)} : déclarez au moins {needed} heures par semaine sur l’agenda SAS.",
                  line.source)  # fmt: skip


def _on_agenda(facts: Facts, line: Conditions) -> Reason:
    if facts.on_agenda:
        sentence = "Vos créneaux de l’agenda SAS sont visibles ; un agenda SAS seul reste à confirmer par les textes."
        return Reason(True, sentence, line.source, to_confirm=True)
    otherwise = " ou rejoignez une organisation territoriale validée" if facts.kind == Kind.PERSON else ""
    return Reason(False, f"{_hidden(facts)} : ouvrez des créneaux sur l’agenda SAS{otherwise}.", line.source)


def _hidden(facts: Facts) -> str:
    if facts.interfaced:
        return "Les créneaux de votre logiciel d’agenda sont masqués"
    return "Aucun logiciel d’agenda interfacé n’est connu"


def _notes(facts: Facts, line: Conditions, on: date) -> tuple[str, ...]:
    needed = hours_needed(on, facts.doctors)
    if needed is None or facts.last_week is None or not facts.declares_hours:
        return ()
    met = "atteintes" if facts.last_week >= needed else "non atteintes"
    hours = f"{facts.last_week:.1f}".replace(".", ",").removesuffix(",0")
    return (f"Mesuré la semaine dernière sur l’agenda SAS : {hours} h, {needed} h {met}.",)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))
