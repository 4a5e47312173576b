"""What regulators see of somebody, live, by whoever acts for them."""

from django.urls import URLPattern

app_name = "search_preview"
urlpatterns: list[URLPattern] = []
