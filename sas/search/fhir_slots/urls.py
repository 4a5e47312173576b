"""`/fhir/Slot` and `/fhir/Schedule`."""

from django.urls import URLPattern

app_name = "fhir_slots"
urlpatterns: list[URLPattern] = []
