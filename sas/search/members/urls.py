"""The members of a structure and their three days, for whoever manages it."""

from django.urls import URLPattern

app_name = "search_members"
urlpatterns: list[URLPattern] = []
