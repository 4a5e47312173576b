"""The agenda on the home page: one's next days, and a line for each structure that one manages."""

from dataclasses import dataclass
from datetime import datetime

from sas.accounts.landing.sections import Section
from sas.accounts.models import Delegation, User
from sas.accounts.navigation import address
from sas.agenda import queries
from sas.agenda.calendar.reading import DayColumn, ids_of, next_days
from sas.participation.subjects import Standing, Subject, subjects_of

DAYS = 3


@dataclass(frozen=True)
class NextDays:
    """`subject`: oneself. `days`: from today. `settings_url`: the page of participation, empty until it comes."""

    subject: Subject
    days: list[DayColumn]
    paused: bool
    settings_url: str


def own_days(user: User, at: datetime) -> Section | None:
    """« Vos prochains jours », for whoever practises."""
    subjects = subjects_of(user, Delegation.Scope.AGENDA, at)
    own = next((subject for subject in subjects if subject.standing is Standing.OWN), None)
    if own is None:
        return None
    data = NextDays(
        own, next_days(own, at, DAYS), queries.is_paused(**ids_of(own)), address("participation_settings:home")
    )
    return Section("Vos prochains jours", "agenda/_next_days.html", data)


def agendas_of_structures(user: User, at: datetime) -> Section | None:
    """A line for each structure that `user` manages."""
    subjects = subjects_of(user, Delegation.Scope.AGENDA, at)
    managed = [subject for subject in subjects if subject.standing is Standing.MANAGER]
    return Section("Agendas de vos structures", "agenda/_structures.html", managed) if managed else None
