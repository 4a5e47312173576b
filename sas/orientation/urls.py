"""The FHIR server for editors (INT_R03)."""

from django.urls import URLPattern

app_name = "orientation"
urlpatterns: list[URLPattern] = []
