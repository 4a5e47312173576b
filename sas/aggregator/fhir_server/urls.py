"""`/fhir/metadata`."""

from django.urls import URLPattern

app_name = "fhir_server"
urlpatterns: list[URLPattern] = []
