"""The settings page of a subject: its forms, what stands beside them, in a constant number of queries."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.http import Http404
from django.urls import NoReverseMatch, reverse

from sas.directory.models import PracticeLocation, Practitioner, Structure
from sas.participation.declared_structures import latest_refusal
from sas.participation.editors import editors
from sas.participation.facts import verdict_of
from sas.participation.models import DeclaredStructure, Participation, StructureParticipation, Visibility
from sas.participation.pauses import is_paused
from sas.participation.places.queries import SasThere, sas_at
from sas.participation.queries import OWN_NAME, THROUGH_MEMBERS, covering, own_participation, participating_members_of
from sas.participation.refusals import ChangedMeanwhile
from sas.participation.rules import Verdict, asks_for_hours
from sas.participation.settings.forms import (
    UNKNOWN,
    Choice,
    Dressed,
    OwnNameForm,
    ParticipationForm,
    VisibilityForm,
)
from sas.participation.settings.queries import (
    structures_chosen,
    structures_near,
    structures_typed,
    today,
    way_in_words,
)
from sas.participation.sharing.rules import from_json
from sas.participation.sharing.words import limits_in_words
from sas.participation.subjects import Subject, SubjectPlace, places_of
from sas.participation.visibility import current_visibility


@dataclass
class SettingsPage:
    """Everything on the page. `at`: when it is read. `participation`, `visibility`: the forms, as typed when bound."""

    subject: Subject
    at: datetime
    participation: Dressed | None = None
    visibility: VisibilityForm | None = None
    changed: ChangedMeanwhile | None = None
    changed_by: str = ""
    found: list[Structure] = field(default_factory=list)

    @property
    def person(self) -> Practitioner:
        """The person; `Http404` when the settings are those of a structure."""
        if self.subject.practitioner is None:
            raise Http404
        return self.subject.practitioner

    @property
    def structure(self) -> Structure:
        """The structure; `Http404` when the settings are those of a person."""
        if self.subject.structure is None:
            raise Http404
        return self.subject.structure

    @cached_property
    def places(self) -> list[SubjectPlace]:
        return places_of(self.subject)

    @cached_property
    def period(self) -> Participation | None:
        """How the person takes part today."""
        known = Participation.objects.filter(covering(today(self.at)), practitioner=self.subject.practitioner)
        return known.select_related("structure", "declared").first() if self.subject.practitioner else None

    @cached_property
    def own(self) -> StructureParticipation | None:
        """How the structure takes part today, in its own name."""
        return own_participation(self.subject.structure, today(self.at)) if self.subject.structure else None

    @cached_property
    def shown(self) -> Visibility | None:
        """What is said of visibility now."""
        return current_visibility(self.subject.practitioner or self.structure)

    @property
    def pending(self) -> bool:
        return self.period is not None and self.period.via != "individual" and self.period.structure_id is None

    @property
    def way(self) -> str:
        """« via une CPTS : CPTS du Ferrain »; empty when the person does not take part."""
        if self.period is None:
            return ""
        named = self.period.structure or self.period.declared
        return way_in_words(self.period.via, named.name if named else "")

    @property
    def kind(self) -> str:
        """`person`, `own` (CDS, SOS), `members` (MSP, CPTS), `place` (fixed place of SOS), else `none`."""
        structure = self.subject.structure
        if structure is None:
            return "person"
        if structure.kind in OWN_NAME:
            return "own"
        return "members" if structure.kind in THROUGH_MEMBERS else "place" if structure.parent_id else "none"

    @cached_property
    def verdict(self) -> Verdict | None:
        """Of a person, a CDS or an SOS association."""
        if self.kind not in ("person", "own"):
            return None
        return verdict_of(self.subject.practitioner or self.structure, self.at)

    @property
    def has_editors(self) -> bool:
        """Whether the subject may have editor slots: SOS answers by its SAS agenda only (S3)."""
        structure = self.subject.structure
        return structure is None or structure.kind == Structure.Kind.CDS

    @cached_property
    def learnt(self) -> list[str]:
        """Names of the editors that we know without a declaration."""
        return sorted({one.name for one in self._used if one.source != "declared"})

    @cached_property
    def _used(self) -> tuple[Any, ...]:
        return editors().used_by([self.subject.key]).get(self.subject.key, ()) if self.subject.practitioner else ()

    @cached_property
    def limits(self) -> list[str]:
        """Partial sharing, a line per limit."""
        return limits_in_words(from_json(self.shown.limits if self.shown else {}), dict(self.place_choices))

    @cached_property
    def refused(self) -> DeclaredStructure | None:
        """The structure that was refused to this person, who takes part no longer since."""
        return latest_refusal(self.subject.practitioner) if self.subject.practitioner and not self.period else None

    @cached_property
    def paused(self) -> bool:
        """Whether everything is paused."""
        whom, structure = self.subject.practitioner, self.subject.structure
        return is_paused(practitioner_id=whom.pk if whom else None, structure_id=structure.pk if structure else None)

    @cached_property
    def members(self) -> int:
        """How many take part through this MSP or CPTS today."""
        pk = self.structure.pk
        return len(participating_members_of([pk], today(self.at)).get(pk, ()))

    @cached_property
    def sas(self) -> list[tuple[str, SasThere]]:
        """Place by place, where the SAS stands."""
        rows: list[Any] = [self.subject.structure] if self.subject.structure else self._rows
        return list(zip([row.name or row.line or row.city for row in rows], sas_at(rows, self.at), strict=True))

    @cached_property
    def _rows(self) -> list[PracticeLocation]:
        known = PracticeLocation.objects.filter(practitioner=self.subject.practitioner, ended_on=None)
        rows = known.select_related("structure").order_by("city", "line", "pk")
        return list({row.place_key: row for row in rows}.values())

    @property
    def centres(self) -> list[str]:
        """Health centres where the person works: they take part for the person (S1 Q9)."""
        return sorted({row.structure.name for row in self._rows if row.structure and row.structure.kind == "cds"})

    @property
    def place_choices(self) -> list[tuple[str, str]]:
        return [(place.key, ", ".join(filter(None, (place.label, place.address)))) for place in self.places]

    def link(self, name: str) -> str:
        """A page of this subject that another package brings; empty as long as it has not come."""
        try:
            return reverse(name, args=[self.subject.key])
        except NoReverseMatch:
            return ""

    @property
    def links(self) -> dict[str, str]:
        """Where the page leads."""
        names = {
            "preview": "search_preview:fragment", "seen": "search_preview:page",
            "sharing": "participation_sharing:edit",
            "pause": "agenda:pause", "resume": "agenda:resume", "away": "agenda:away", "agenda": "agenda:week",
            "places": "participation_places:list",
        }  # fmt: skip
        return {key: self.link(name) for key, name in names.items()}

    def fill(self) -> "SettingsPage":
        """Make the forms that were not given."""
        if self.participation is None and self.kind == "person":
            self.participation = self.participation_form()
        if self.participation is None and self.kind == "own":
            self.participation = self.own_name_form()
        if self.visibility is None and self.kind in ("person", "own"):
            self.visibility = self.visibility_form()
        for form in (self.participation, self.visibility):
            if form is not None:
                form.dress()
        return self

    def participation_form(self, data: Any = None, *, typed: Any = None) -> ParticipationForm:
        """The question « how »: bound to `data`, filled with what was `typed`, or with what is known."""
        source = data if data is not None else typed
        offered = {one.pk: one for one in self.found}
        if self.period and self.period.structure:
            offered.setdefault(self.period.structure.pk, self.period.structure)
        sent = source.get("structure", "") if source is not None else ""
        if sent.isascii() and sent.isdigit() and len(sent) < 19:
            offered |= {one.pk: one for one in structures_chosen([int(sent)])}
        offered |= {one.pk: one for one in structures_near(self.person) if one.pk not in offered}
        return ParticipationForm(
            data,
            structures=list(offered.values()),
            places=self.place_choices,
            initial=_typed(typed) if typed is not None else self._known(),
        )

    def _known(self) -> dict[str, Any]:
        if self.period is None:
            return {"version": 0}
        every = [key for key, _ in self.place_choices]
        known: dict[str, Any] = {"version": self.period.pk, "via": self.period.via}
        known["places"] = self.period.place_keys or every
        if self.pending and self.period.declared:
            said = self.period.declared
            return known | {"structure": UNKNOWN, "name": said.name, "city": said.city, "contact": said.contact}
        return known | {"structure": str(self.period.structure_id or "")}

    def visibility_form(self, data: Any = None) -> VisibilityForm:
        """The question « what regulators see »."""
        choices = None
        if self.subject.practitioner:
            choices = [(one.key, Choice(one.name, one.stage_label)) for one in editors().choices()]
        declared = [one.key for one in self._used if one.source == "declared"]
        row = self.shown or Visibility()
        initial = {"shown": self.shown.pk if self.shown else 0, "editors": declared}
        initial |= {name: getattr(row, name) for name in ("uses_editors", "opted_out", "declares_two_hours")}
        asks = asks_for_hours(today(self.at))
        return VisibilityForm(data, editors=choices, asks_hours=asks, initial=initial)

    def own_name_form(self, data: Any = None) -> OwnNameForm:
        """The question of a CDS or of an SOS association."""
        initial = {"version": self.own.pk if self.own else 0, "gp_count": self.own.gp_count if self.own else None}
        counts = self.subject.structure is not None and self.subject.structure.kind == Structure.Kind.CDS
        return OwnNameForm(data, counts=counts, initial=initial)

    def search(self, text: str) -> None:
        """Offer the structures of that name or identifier."""
        self.found = structures_typed(text)


def _typed(source: Any) -> dict[str, Any]:
    one = ("version", "via", "structure", "look_for", "name", "city", "contact")
    return {name: source.get(name, "") for name in one} | {"places": source.getlist("places")}
