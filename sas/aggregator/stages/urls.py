"""Interfaced editors by stage."""

from django.urls import URLPattern

app_name = "aggregator_stages"
urlpatterns: list[URLPattern] = []
