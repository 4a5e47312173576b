"""Partial sharing: what of one's editor slots regulators see."""

from django.urls import path

from sas.participation.sharing import views

app_name = "participation_sharing"
urlpatterns = [
    path("reglages/<str:key>/partage/", views.edit, name="edit"),
    path("reglages/<str:key>/partage/tout/", views.share_everything, name="share_everything"),
]
