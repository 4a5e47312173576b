"""iCalendar files read into the SAS agenda, preview first."""

from django.urls import path

from sas.agenda.icalendar import views

app_name = "agenda_icalendar"
urlpatterns = [
    path("agenda/<str:key>/icalendar/", views.import_file, name="import"),
    path("agenda/<str:key>/icalendar/ouvrir/", views.keep, name="keep"),
]
