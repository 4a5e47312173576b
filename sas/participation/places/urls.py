"""What somebody says of a place: phone for regulators, complementary information, opening hours."""

from django.urls import URLPattern

app_name = "participation_places"
urlpatterns: list[URLPattern] = []
