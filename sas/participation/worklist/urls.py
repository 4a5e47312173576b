"""Whom a referent has to mobilise: filters, CSV, « contacté le »."""

from django.urls import URLPattern

app_name = "participation_worklist"
urlpatterns: list[URLPattern] = []
