"""The pages of administration, under `/gestion/`, and the link of an invitation."""

from django.urls import path

from sas.accounts.administration import views
from sas.accounts.administration.arriving import views as arriving
from sas.accounts.administration.imports import views as imports

app_name = "accounts_administration"
urlpatterns = [
    path("gestion/comptes/", views.accounts, name="list"),
    path("gestion/comptes/export.csv", views.accounts_csv, name="list_csv"),
    path("gestion/comptes/nouveau/", views.create, name="create"),
    path("gestion/comptes/import/", imports.upload, name="upload"),
    path("gestion/comptes/import/modele.csv", imports.model, name="import_model"),
    path("gestion/comptes/import/<int:pk>/", imports.step, name="import"),
    path("gestion/comptes/<int:pk>/", views.sheet, name="sheet"),
    path("gestion/comptes/<int:pk>/modifier/", views.edit, name="edit"),
    path("gestion/comptes/<int:pk>/desactiver/", views.deactivate, name="deactivate"),
    path("gestion/comptes/<int:pk>/reactiver/", views.reactivate, name="reactivate"),
    path("gestion/comptes/<int:pk>/retirer/", views.remove_roles, name="remove_roles"),
    path("gestion/comptes/<int:pk>/inviter/", views.invite, name="invite"),
    path("gestion/comptes/<int:pk>/deverrouiller/", views.unlock, name="unlock"),
    path("gestion/comptes/<int:pk>/identifiant/", views.national_id, name="national_id"),
    path("gestion/comptes/<int:pk>/structures/", views.structures, name="structures"),
    path("gestion/demandes/", views.requests, name="requests"),
    path("gestion/demandes/<int:pk>/", views.accept, name="accept"),
    path("gestion/demandes/<int:pk>/refuser/", views.refuse, name="refuse"),
    path("gestion/territoires/<str:code>/acces/", views.access, name="access"),
    path("gestion/territoires/<str:code>/acces.csv", views.access_csv, name="access_csv"),
    path("invitation/<str:token>/", arriving.invitation, name="invitation"),
    path("invitation/<str:token>/carte/", arriving.by_card, name="invitation_by_card"),
    path("invitation/<str:token>/mot-de-passe/", arriving.by_password, name="invitation_by_password"),
]
