"""iCalendar files read into the SAS agenda, preview first."""

from django.urls import URLPattern

app_name = "agenda_icalendar"
urlpatterns: list[URLPattern] = []
