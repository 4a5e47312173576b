"""Sign-in and sign-out: the paths of interfaces.md §2."""

from django.urls import path

from sas.accounts import views

app_name = "accounts"
urlpatterns = [
    path("connexion/", views.sign_in, name="sign_in"),
    path("deconnexion/", views.sign_out, name="sign_out"),
]
