"""Territorial organisations of a SAS, their members, and their validation by it."""

from django.urls import URLPattern

app_name = "participation_organisations"
urlpatterns: list[URLPattern] = []
