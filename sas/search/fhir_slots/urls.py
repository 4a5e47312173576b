"""`/fhir/Slot` and `/fhir/Schedule`."""

from django.urls import path

from sas.search.fhir_slots import views

app_name = "fhir_slots"
urlpatterns = [
    path("fhir/Slot", views.slots, name="slots"),
    path("fhir/Schedule", views.schedules, name="schedules"),
]
