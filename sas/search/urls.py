"""The search: fixed paths of the interfaces (§2)."""

from django.urls import path

from sas.search import views
from sas.search.choosing import views as choosing

app_name = "search"
urlpatterns = [
    path("sas/recherche", views.results, name="results"),
    path("sas/recherche/flux", views.stream, name="stream"),
    path("sas/recherche/creneau", choosing.choose, name="choose"),
    path("sas/recherche/creneau/appel", choosing.call_made, name="call_made"),
    path("sas/recherche/zone", views.area, name="area"),
    path("sas/suggestions/quoi", views.suggest_what, name="suggest_what"),
    path("sas/suggestions/ou", views.suggest_where, name="suggest_where"),
    path("sas/suggestions/medecin", views.suggest_doctor, name="suggest_doctor"),
    path("api/v1/recherche", views.search_json, name="api"),
]
