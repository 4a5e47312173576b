"""Whom a referent has to mobilise: filters, CSV, « contacté le »."""

from django.urls import path

from sas.participation.worklist import views

app_name = "participation_worklist"
PREFIX = "gestion/mobilisation/"
urlpatterns = [
    path(PREFIX, views.index, name="list"),
    path(f"{PREFIX}<str:code>/", views.territory, name="territory"),
    path(f"{PREFIX}<str:code>/export.csv", views.export, name="export"),
    path(f"{PREFIX}<str:code>/medecins/<int:pk>/contact/", views.contact, name="contact"),
    path(f"{PREFIX}<str:code>/contacts/<int:pk>/retirer/", views.withdraw, name="withdraw"),
]
