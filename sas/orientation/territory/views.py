"""« Orientations » of a territory, for its referent: counts, list, file."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sas.accounts.access import account_of, page_for, reached_territories, territory_for
from sas.accounts.permissions import Permission
from sas.orientation.lists.filters import CATEGORIES, PATHS, STATES, read_wanted
from sas.orientation.territory.queries import DAYS, Exported, counts_of, lines, orientations_of
from sas.orientation.territory.services import export_orientations
from sas.web.csv_export import csv_response
from sas.web.http import reads

READ = Permission.READ_ORIENTATIONS
COLUMNS = (
    "Faite le", "Voie", "Catégorie", "Structure", "Jour prévu", "Modalité", "État", "Motif", "Message au LRM",
    "Prise hors recherche", "Montrait encore un créneau",
)  # fmt: skip


@reads
@page_for(READ)
def index(request: HttpRequest) -> HttpResponse:
    """The territories; straight to the only one."""
    territories = list(reached_territories(account_of(request), READ))
    if len(territories) == 1:
        return redirect("orientation_territory:territory", territories[0].code)
    return render(request, "orientation/territory/territories.html", {"territories": territories})


@reads
@page_for(READ)
def territory(request: HttpRequest, code: str) -> HttpResponse:
    """The last days of one territory, unless the address asks for others."""
    there, now = territory_for(account_of(request), code, READ), timezone.now()
    wanted = read_wanted(request.GET, now.astimezone(ZoneInfo(there.timezone)).date(), days=DAYS)
    rows = orientations_of(there, wanted, now)
    listed, after = lines(rows, wanted, now)
    context = {
        "territory": there,
        "wanted": wanted,
        "counts": counts_of(rows),
        "lines": listed,
        "filters": [("etat", "État", STATES.items(), wanted.state), ("voie", "Voie", PATHS.items(), wanted.path),
                    ("categorie", "Catégorie", CATEGORIES.items(), wanted.category)],
        "next_query": wanted.query(suite=after) if after else "",
        "first_query": wanted.query(suite="") if wanted.after else "",
    }  # fmt: skip
    return render(request, "orientation/territory/list.html", context)


@require_POST
@page_for(READ)
def export(request: HttpRequest, code: str) -> HttpResponseBase:
    """The filtered list as a file."""
    user, now = account_of(request), timezone.now()
    there = territory_for(user, code, READ)
    wanted = read_wanted(request.POST, now.astimezone(ZoneInfo(there.timezone)).date(), days=DAYS)
    rows = export_orientations(territory=there, wanted=wanted, by=user.audit_label, at=now)
    return csv_response(f"orientations-{there.code}", COLUMNS, map(_row, rows))


def _row(one: Exported) -> tuple[object, ...]:
    what = (one.made_on, one.path, one.category, one.structure, one.expected_on, one.modality)
    return (*what, one.state, one.reason, one.message, one.outside_search, one.showed_slot)
