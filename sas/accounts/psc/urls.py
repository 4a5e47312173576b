"""Paths of Pro Santé Connect (docs/interfaces.md §2); the callback's is declared at the provider."""

from django.urls import path

from sas.accounts.psc import views

app_name = "accounts_psc"
urlpatterns = [
    path("connexion/psc/", views.start, name="start"),
    path("connexion/psc/retour", views.callback, name="callback"),
    path("connexion/psc/confirmer", views.confirm, name="confirm"),
    path("connexion/rattachement/", views.reconcile, name="reconcile"),
]
