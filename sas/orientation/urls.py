"""The FHIR server for editors (INT_R03)."""

from django.urls import path

from sas.orientation import fhir_api

app_name = "orientation"
urlpatterns = [
    path("fhir/Appointment", fhir_api.appointments, name="appointments"),
    path("fhir/Appointment/<uuid:pk>", fhir_api.appointment, name="appointment"),
]
