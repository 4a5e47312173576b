"""One line on the home page of whoever practises: how they take part, and whether the conditions are met."""

from dataclasses import dataclass
from datetime import datetime

from sas.accounts.landing.sections import Section
from sas.accounts.models import User
from sas.directory.models import Practitioner
from sas.participation.facts import verdict_of
from sas.participation.queries import participations_of
from sas.participation.rules import Verdict
from sas.participation.settings.queries import today, way_in_words


@dataclass(frozen=True)
class HomeLine:
    """`way` is empty for who does not take part; `key`: whose settings."""

    key: str
    way: str
    pending: bool
    verdict: Verdict


def home_section(user: User, at: datetime) -> Section | None:
    """Of whom the directory knows; ten queries or so."""
    person = Practitioner.objects.filter(national_id=user.national_id or "").first()
    if person is None:
        return None
    way = participations_of([person.pk], today(at)).get(person.pk)
    line = HomeLine(
        key=person.national_id,
        way=way_in_words(way.via, way.structure_name) if way else "",
        pending=bool(way and way.pending),
        verdict=verdict_of(person, at),
    )
    return Section("Votre participation au SAS", "participation/settings/_home.html", line)
