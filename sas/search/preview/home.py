"""« Ce que la régulation voit de vous » and « Qui a vu mes créneaux », on the first page of whoever practises."""

from datetime import datetime, timedelta

from sas.accounts.landing.sections import Section
from sas.accounts.models import User
from sas.directory.models import Practitioner
from sas.search.seen.queries import seen_days, today_at

WEEK = timedelta(days=6)


def what_regulators_see(user: User, at: datetime) -> Section | None:
    """The preview, fetched once the page is there: editors are asked. One query."""
    if (person := _practice_of(user)) is None:
        return None
    return Section("Ce que la régulation voit de vous", "search/preview/_home.html", person)


def who_saw(user: User, at: datetime) -> Section | None:
    """Seven days in one line."""
    if (person := _practice_of(user)) is None:
        return None
    today = today_at(person, at)
    days = seen_days(person, first=today - WEEK, last=today)
    data = {"person": person, "searches": sum(day.searches for day in days)}
    return Section("Qui a vu mes créneaux", "search/seen/_home.html", data)


def _practice_of(user: User) -> Practitioner | None:
    return Practitioner.objects.filter(national_id=user.national_id).first() if user.national_id else None
