"""What an effector or a structure received."""

from django.urls import URLPattern

app_name = "orientation_received"
urlpatterns: list[URLPattern] = []
