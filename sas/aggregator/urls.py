"""Accounts at editors, under `/gestion/`."""

from django.urls import path

from sas.aggregator import views

app_name = "aggregator"
urlpatterns = [
    path("gestion/editeurs/comptes/", views.accounts, name="accounts"),
    path("gestion/editeurs/comptes/export.csv", views.accounts_csv, name="accounts_csv"),
    path("gestion/editeurs/comptes/<int:pk>/relancer/", views.retry_account, name="retry_account"),
    path("gestion/editeurs/<slug:key>/comptes/relancer/", views.retry_editor, name="retry_editor"),
]
