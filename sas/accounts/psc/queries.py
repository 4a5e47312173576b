"""Reads about a card: whose account it opens, whether the directory knows its holder, whom to contact."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sas.accounts.models import SignIn, User
from sas.directory.models import PracticeLocation, Practitioner, Territory
from sas.directory.territory_queries import territories_of

REFUSED_MATCH = ("reconciliation_unknown", "reconciliation_names", "reconciliation_expired", "reconciliation_taken")
"""Refusals noted when a card asks for an account that is not its holder's."""

MOST_TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Contact:
    """Who answers for the accounts of a territory."""

    label: str
    email: str


def account_with(national_id: str) -> User | None:
    """The active account of this card, else the last that was closed, else nothing."""
    known = User.objects.filter(national_id=national_id)
    return known.filter(is_active=True).first() or known.filter(is_active=False).order_by("-closed_at").first()


def practitioner_with(national_id: str) -> Practitioner | None:
    """The practitioner of the directory, if they still practise somewhere."""
    practising = PracticeLocation.objects.filter(national_id=national_id, ended_on=None)
    return Practitioner.objects.filter(national_id=national_id).first() if practising.exists() else None


def territories_where(national_id: str) -> list[Territory]:
    """The territories that answer for the places where this person practises, by code; there may be none."""
    places = PracticeLocation.objects.filter(national_id=national_id, ended_on=None).values_list("insee", "department")
    found = {territory.code: territory for territory in territories_of(set(places)).values()}
    return [found[code] for code in sorted(found)]


def contacts() -> list[Contact]:
    """The support address of each territory that gives one, by code."""
    known = Territory.objects.exclude(support_email="").order_by("code")
    return [Contact(label, email) for label, email in known.values_list("label", "support_email")]


def too_many_tries(national_id: str, *, at: datetime) -> bool:
    """Whether this card asked for too many accounts that are not its holder's, lately."""
    lately = SignIn.objects.filter(national_id=national_id, at__gt=at - TRIES_WITHIN, refusal__in=REFUSED_MATCH)
    return lately.count() >= MOST_TRIES
