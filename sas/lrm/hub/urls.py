"""Addresses of the Hub's pages."""

from django.urls import path

from sas.lrm.hub import views

app_name = "lrm_hub"
urlpatterns = [
    path("exploitation/hub/", views.home, name="home"),
    path("exploitation/hub/renvoyer/", views.resend_all, name="resend_all"),
    path("exploitation/hub/messages/<uuid:uuid>/", views.message, name="message"),
    path("exploitation/hub/messages/<uuid:uuid>/renvoyer/", views.resend, name="resend"),
    path("exploitation/hub/messages/<uuid:uuid>/abandonner/", views.abandon, name="abandon"),
]
