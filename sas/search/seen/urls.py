"""« Qui a vu mes créneaux »: counts per day, SAS and role, never a name."""

from django.urls import URLPattern

app_name = "search_seen"
urlpatterns: list[URLPattern] = []
