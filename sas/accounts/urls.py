"""Sign-in, forgotten passwords and sign-out: the paths of interfaces.md §2."""

from django.urls import path

from sas.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("connexion/second-facteur/", views.second_factor, name="second_factor"),
    path("connexion/abandonner/", views.abandon, name="abandon"),
    path("connexion/cle/", views.passkey, name="passkey"),
    path("connexion/secours/", views.break_glass, name="break_glass"),
    path("mot-de-passe-oublie/", views.forgotten, name="forgotten"),
    path("mot-de-passe-oublie/<str:uid>/<str:token>/", views.reset, name="reset_password"),
    path("deconnexion/", views.sign_out, name="sign_out"),
]
