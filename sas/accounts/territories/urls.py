"""The pages on territories."""

from django.urls import path

from sas.accounts.territories import views

app_name = "accounts_territories"
urlpatterns = [
    path("gestion/territoires/", views.index, name="list"),
    path("gestion/territoires/nouveau/", views.create, name="create"),
    path("gestion/territoires/<str:code>/", views.sheet, name="sheet"),
    path("gestion/territoires/<str:code>/modifier/", views.change, name="change"),
    path("gestion/territoires/<str:code>/contacts/", views.contacts, name="contacts"),
    path("gestion/territoires/<str:code>/etat/", views.state, name="state"),
    path("gestion/territoires/<str:code>/etat/retirer/", views.withdraw, name="withdraw_state"),
    path("gestion/territoires/<str:code>/calendrier/", views.calendar, name="calendar"),
    path("gestion/territoires/<str:code>/filieres/", views.filiere_list, name="filieres"),
    path("gestion/territoires/<str:code>/filieres/ajouter/", views.add_filiere, name="add_filiere"),
    path("gestion/territoires/<str:code>/filieres/<int:pk>/", views.change_filiere, name="filiere"),
    path("gestion/territoires/<str:code>/filieres/<int:pk>/terminer/", views.end_filiere, name="end_filiere"),
]
