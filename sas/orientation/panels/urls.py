"""Panels on which a regulator sends a patient."""

from django.urls import URLPattern

app_name = "orientation_panels"
urlpatterns: list[URLPattern] = []
