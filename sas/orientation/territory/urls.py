"""The orientations of a territory."""

from django.urls import path

from sas.orientation.territory import views

app_name = "orientation_territory"
urlpatterns = [
    path("gestion/orientations/", views.index, name="list"),
    path("gestion/orientations/<str:code>/", views.territory, name="territory"),
    path("gestion/orientations/<str:code>/export.csv", views.export, name="export"),
]
