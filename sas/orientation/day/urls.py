"""A regulator’s own orientations."""

from django.urls import URLPattern

app_name = "orientation_day"
urlpatterns: list[URLPattern] = []
