"""Interfaced editors by stage."""

from django.urls import path

from sas.aggregator.stages import views

app_name = "aggregator_stages"
urlpatterns = [
    path("editeurs/", views.index, name="index"),
    path("editeurs/<slug:key>/etape/", views.change, name="change"),
]
