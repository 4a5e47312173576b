"""A regulator’s own orientations, and advice towards an establishment."""

from django.urls import path

from sas.orientation.day import views

app_name = "orientation_day"
urlpatterns = [
    path("mes-orientations/", views.day, name="list"),
    path("mes-orientations/<str:uuid>/acte/", views.act, name="act"),
    path("sas/orientation/conseil/<int:pk>/", views.advice, name="advice"),
]
