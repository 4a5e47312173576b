"""« Qui a vu mes créneaux »: counts per day, SAS and role, never a name."""

from django.urls import path

from sas.search.seen import views

app_name = "search_seen"
urlpatterns = [path("vues/<str:key>/", views.page, name="page")]
