"""« Vos lieux, tels que la régulation les lit »: on the home of whoever practises."""

from datetime import datetime

from sas.accounts.landing.sections import Section
from sas.accounts.models import User
from sas.directory.models import Practitioner
from sas.participation.places.queries import places_of


def home_section(user: User, at: datetime) -> Section | None:
    """Each place with its number and text; None without any. A constant number of queries."""
    person = Practitioner.objects.filter(national_id=user.national_id).first() if user.national_id else None
    places = places_of(person, at) if person else []
    if person is None or not places:
        return None
    data = {"key": person.national_id, "places": places}
    return Section("Ce que la régulation lit de vos lieux", "participation/places/_home.html", data)
