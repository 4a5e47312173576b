"""`/fhir/metadata`."""

from django.urls import path

from sas.aggregator.fhir_server import views

app_name = "fhir_server"
urlpatterns = [path("fhir/metadata", views.metadata, name="metadata")]
