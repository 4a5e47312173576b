"""Reads on territorial organisations, starting from who reads."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.http import Http404

from sas.accounts.access import reached_territories
from sas.accounts.delegations.queries import today_of
from sas.accounts.models import User
from sas.accounts.permissions import Permission
from sas.directory.rules import phone_text
from sas.participation.models import OrganisationMember, OrganisationValidation, TerritorialOrganisation
from sas.participation.queries import covering


@dataclass(frozen=True)
class OrganisationLine:
    """One in the list. `validated`: it counts today; `members`: doctors who belong to it today."""

    organisation: TerritorialOrganisation
    validated: bool
    members: int


@dataclass(frozen=True)
class OrganisationPage:
    """The whole sheet; members and validations, the latest first."""

    organisation: TerritorialOrganisation
    phone: str
    validated: OrganisationValidation | None
    validations: list[OrganisationValidation]
    members: list[OrganisationMember]
    today: date


def organisations_of(user: User, at: datetime) -> list[OrganisationLine]:
    """Those of own territories that are not closed, by territory and name. Two queries."""
    on = today_of(at)
    rows = (
        TerritorialOrganisation.objects.filter(
            territory__in=reached_territories(user, Permission.MANAGE_ORGANISATIONS), closed_on=None
        )
        .select_related("territory")
        .annotate(
            valid=Count("validations", filter=covering(on, "validations__"), distinct=True),
            people=Count("members", filter=covering(on, "members__"), distinct=True),
        )
        .order_by("territory__code", "name")
    )
    return [OrganisationLine(row, bool(row.valid), row.people) for row in rows]


def organisation_for(user: User, pk: int) -> TerritorialOrganisation:
    """That organisation, if its territory is one of `user`'s; else `Http404`."""
    reached = reached_territories(user, Permission.MANAGE_ORGANISATIONS)
    found = TerritorialOrganisation.objects.select_related("territory", "structure").filter(
        pk=pk, territory__in=reached
    )
    organisation = found.first()
    if organisation is None:
        raise Http404
    return organisation


def page_of(organisation: TerritorialOrganisation, at: datetime) -> OrganisationPage:
    """Everything the sheet shows."""
    on = today_of(at)
    validations = list(organisation.validations.order_by("-started_on"))
    members = organisation.members.select_related("practitioner").order_by(
        "-started_on", "practitioner__name_key", "pk"
    )
    now = next(
        (one for one in validations if one.started_on <= on and (one.ended_on is None or one.ended_on > on)), None
    )
    return OrganisationPage(organisation, phone_text(organisation.phone), now, validations, list(members), on)
