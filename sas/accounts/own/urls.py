"""The pages of one's own account."""

from django.urls import path

from sas.accounts.own import views

app_name = "accounts_own"
urlpatterns = [
    path("compte/", views.home, name="home"),
    path("compte/sessions/", views.sessions, name="sessions"),
    path("compte/sessions/terminer/", views.end, name="end_session"),
    path("compte/sessions/terminer-les-autres/", views.end_others, name="end_other_sessions"),
    path("compte/mot-de-passe/", views.password, name="password"),
    path("compte/adresse/", views.address, name="address"),
    path("compte/adresse/plus-tard/", views.address_later, name="address_later"),
    path("conditions/", views.terms, name="terms"),
    path("conditions/refuser/", views.refuse_terms, name="refuse_terms"),
    path("connexion/confirmer/", views.confirm, name="confirm"),
]
