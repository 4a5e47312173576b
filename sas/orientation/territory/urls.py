"""The orientations of a territory."""

from django.urls import URLPattern

app_name = "orientation_territory"
urlpatterns: list[URLPattern] = []
