"""The SAS agenda on screen: week, day, séries, « pris », unavailability."""

from django.urls import URLPattern

app_name = "agenda"
urlpatterns: list[URLPattern] = []
