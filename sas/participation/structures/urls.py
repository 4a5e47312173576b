"""Structures that somebody manages, and those that an account manager has to identify."""

from django.urls import path

from sas.participation.structures import views

app_name = "participation_structures"
urlpatterns = [
    path("structures/", views.index, name="list"),
    path("structures/<str:key>/", views.sheet, name="sheet"),
    path("structures/<str:key>/modifier/", views.change, name="change"),
    path("structures/<str:key>/horaires/", views.change_hours, name="hours"),
    path("structures/<str:key>/medecins/", views.add_doctor, name="add_doctor"),
    path("structures/<str:key>/medecins/retirer/", views.remove_doctor, name="remove_doctor"),
]
