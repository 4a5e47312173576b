"""The operators’ pages on the Hub Santé."""

from django.urls import URLPattern

app_name = "lrm_hub"
urlpatterns: list[URLPattern] = []
