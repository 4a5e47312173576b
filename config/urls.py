"""The URL map: fixed paths are those of docs (interfaces §2); every view says who may enter it."""

from django.urls import include, path

from sas.accounts import views as accounts
from sas.accounts.landing import views as landing
from sas.web import errors
from sas.web.views import healthz, readyz

urlpatterns = [
    path("", include("sas.search.urls")),  # first: these are asked most, and patterns are tried in order
    path("", landing.home, name="home"),
    path("demander-un-compte/", landing.request_account, name="request_account"),
    path("demander-un-compte/envoyee/", landing.request_sent, name="request_sent"),
    path("", include("sas.accounts.territories.urls")),
    path("", include("sas.accounts.urls")),
    path("", include("sas.accounts.own.urls")),
    path("", include("sas.accounts.own.factors.urls")),
    path("", include("sas.accounts.delegations.urls")),
    path("", include("sas.accounts.psc.urls")),
    path("", include("sas.accounts.administration.urls")),
    path("", include("sas.accounts.operations.urls")),
    path("", include("sas.participation.settings.urls")),
    path("", include("sas.participation.declared.urls")),
    path("", include("sas.participation.sharing.urls")),
    path("", include("sas.participation.structures.urls")),
    path("", include("sas.participation.places.urls")),
    path("", include("sas.participation.organisations.urls")),
    path("", include("sas.participation.worklist.urls")),
    path("", include("sas.agenda.calendar.urls")),
    path("", include("sas.agenda.icalendar.urls")),
    path("", include("sas.orientation.urls")),
    path("", include("sas.orientation.panels.urls")),
    path("", include("sas.orientation.day.urls")),
    path("", include("sas.orientation.received.urls")),
    path("", include("sas.orientation.territory.urls")),
    path("", include("sas.lrm.hub.urls")),
    path("", include("sas.aggregator.fhir_server.urls")),
    path("", include("sas.search.fhir_slots.urls")),
    path("", include("sas.aggregator.urls")),
    path("", include("sas.aggregator.stages.urls")),
    path("", include("sas.search.preview.urls")),
    path("", include("sas.search.seen.urls")),
    path("", include("sas.search.members.urls")),
    # The names that django-allauth redirects to.
    path("connexion/", accounts.sign_in, name="account_login"),
    path("connexion/second-facteur/", accounts.second_factor, name="mfa_authenticate"),
    path("compte-desactive/", accounts.inactive, name="account_inactive"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
