"""The pages of one's own second factors."""

from django.urls import path

from sas.accounts.own.factors import views

app_name = "accounts_factors"
urlpatterns = [
    path("compte/securite/", views.index, name="index"),
    path("compte/securite/application/", views.add_application, name="add_application"),
    path("compte/securite/cle/", views.add_passkey, name="add_passkey"),
    path("compte/securite/renommer/", views.rename, name="rename"),
    path("compte/securite/retirer/", views.remove, name="remove"),
    path("compte/securite/codes/", views.codes, name="codes"),
    path("compte/securite/plus-tard/", views.later, name="later"),
]
