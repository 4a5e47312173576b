"""Structures that somebody manages, and those that an account manager has to identify."""

from django.urls import URLPattern

app_name = "participation_structures"
urlpatterns: list[URLPattern] = []
