"""What an effector or a structure received."""

from django.urls import path

from sas.orientation.received import views

app_name = "orientation_received"
urlpatterns = [
    path("orientations/recues/", views.home, name="home"),
    path("orientations/recues/<str:key>/", views.received, name="list"),
    path("orientations/recues/<str:key>/<str:uuid>/acte/", views.act, name="act"),
    path("orientations/recues/<str:key>/<str:uuid>/medecin/", views.doctor, name="doctor"),
]
