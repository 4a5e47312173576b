"""The form of an unavailability: days or hours, one place or all, from now, until further notice."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from sas.accounts.territories.forms import Dressed, date_field, time_field
from sas.agenda.calendar.forms import PLACE_PREFIX
from sas.agenda.calendar.weeks import why_not_day
from sas.participation.subjects import SubjectPlace

EVERYWHERE = "partout"
NOW, LATER = "maintenant", "date"
ZERO = time(0)
_PICK = {"invalid_choice": "Choisissez parmi ce qui est proposé."}


class AwayForm(Dressed):
    """From when, until when, where."""

    start = forms.ChoiceField(
        label="À partir de quand",
        choices=[(NOW, "Dès maintenant"), (LATER, "À une date")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez à partir de quand."} | _PICK,
    )
    from_day = date_field("Du", required=False)
    from_time = time_field("À partir de", required=False, help_text="Vide : dès le matin.")
    to_day = date_field("Jusqu’au (inclus)", required=False, help_text="Vide : jusqu’à ce que vous y mettiez fin.")
    to_time = time_field("Jusqu’à", required=False, help_text="Vide : toute la journée.")
    place = forms.ChoiceField(
        label="Où", widget=forms.RadioSelect, error_messages={"required": "Choisissez où."} | _PICK
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def __init__(self, data: Any = None, *, places: Sequence[SubjectPlace], **options: Any) -> None:
        initial = {"place": EVERYWHERE, "start": LATER} | dict(options.pop("initial", None) or {})
        super().__init__(data, initial=initial, **options)
        for name in ("from_time", "to_time"):
            self.fields[name].widget.attrs["step"] = "300"
        named = [(PLACE_PREFIX + place.key, place.label) for place in places] if len(places) > 1 else []
        everywhere = "Tous les lieux" if named else (places[0].label if places else "Partout")
        self.fields["place"].choices = [(EVERYWHERE, everywhere), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        for name in ("from_day", "to_day"):
            if reason := why_not_day(self.cleaned_data.get(name)):
                self.add_error(name, reason)
        said = self.cleaned_data
        if said.get("start") == LATER and "from_day" in said and said["from_day"] is None:
            self.add_error("from_day", "Donnez le premier jour, ou choisissez « Dès maintenant ».")
        if said.get("to_time") and "to_day" in said and said["to_day"] is None:
            self.add_error("to_day", "Donnez le jour où cela se termine.")
        return said

    def refuse(self, errors: Mapping[str, str]) -> None:
        """What the service refused, beside the field that was typed."""
        super().refuse(
            {{"starts_at": "from_day", "ends_at": "to_day"}.get(name, name): errors[name] for name in errors}
        )

    @property
    def place_key(self) -> str | None:
        """The place asked; None for all of them."""
        asked = str(self.cleaned_data["place"])
        return None if asked == EVERYWHERE else asked.removeprefix(PLACE_PREFIX)

    def bounds(self, zone: str, at: datetime) -> tuple[datetime, datetime | None]:
        """The instants, in the wall clock of a place."""
        said = self.cleaned_data
        start = at if said["start"] == NOW else instant(said["from_day"], said["from_time"] or ZERO, zone)
        if said["to_day"] is None:
            return start, None
        if said["to_time"]:
            return start, instant(said["to_day"], said["to_time"], zone)
        return start, instant(said["to_day"] + timedelta(days=1), ZERO, zone)


def instant(day: date, clock: time, zone: str) -> datetime:
    """That wall clock at a place; the first of two, the moment of the jump when it does not exist."""
    return datetime.combine(day, clock, ZoneInfo(zone))
