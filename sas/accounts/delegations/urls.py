"""Delegations, for both sides and for account managers (interfaces.md §2)."""

from django.urls import path

from sas.accounts.delegations import views

app_name = "accounts_delegations"
urlpatterns = [
    path("delegations/", views.home, name="home"),
    path("delegations/nouvelle/", views.new, name="new"),
    path("delegations/<int:pk>/", views.detail, name="detail"),
    path("delegations/<int:pk>/accepter/", views.accept, name="accept"),
    path("delegations/<int:pk>/confirmer/", views.confirm, name="confirm"),
    path("delegations/<int:pk>/refuser/", views.refuse, name="refuse"),
    path("delegations/<int:pk>/terminer/", views.end, name="end"),
    path("delegations/<int:pk>/renvoyer/", views.resend, name="resend"),
    path("delegations/invitation/<str:token>/", views.invitation, name="invitation"),
    path("delegations/invitation/<str:token>/accepter/", views.accept_invitation, name="accept_invitation"),
    path("delegations/invitation/<str:token>/refuser/", views.refuse_invitation, name="refuse_invitation"),
    path("gestion/comptes/<int:pk>/delegation/", views.prepare, name="prepare"),
    path(
        "gestion/comptes/<int:pk>/delegation/<int:delegation>/renvoyer/", views.prepared_resend, name="prepared_resend"
    ),
    path("gestion/comptes/<int:pk>/delegation/<int:delegation>/terminer/", views.prepared_end, name="prepared_end"),
]
