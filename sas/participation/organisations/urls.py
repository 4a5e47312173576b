"""Territorial organisations of a SAS, their members, and their validation by it."""

from django.urls import path

from sas.participation.organisations import views

app_name = "participation_organisations"
PREFIX = "gestion/organisations/"
urlpatterns = [
    path(PREFIX, views.index, name="list"),
    path(f"{PREFIX}nouvelle/", views.create, name="create"),
    path(f"{PREFIX}<int:pk>/", views.sheet, name="sheet"),
    path(f"{PREFIX}<int:pk>/modifier/", views.change, name="change"),
    path(f"{PREFIX}<int:pk>/valider/", views.validate, name="validate"),
    path(f"{PREFIX}<int:pk>/fin-de-validation/", views.end_validation, name="end_validation"),
    path(f"{PREFIX}<int:pk>/membres/", views.add_member, name="add_member"),
    path(f"{PREFIX}<int:pk>/membres/<int:member>/fin/", views.end_member, name="end_member"),
    path(f"{PREFIX}<int:pk>/fermer/", views.close, name="close"),
]
