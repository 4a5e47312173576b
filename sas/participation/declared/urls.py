"""Structures that nobody found, as account managers answer them."""

from django.urls import path

from sas.participation.declared import views

app_name = "participation_declared"
urlpatterns = [
    path("gestion/structures-declarees/", views.index, name="list"),
    path("gestion/structures-declarees/<int:pk>/", views.sheet, name="sheet"),
    path("gestion/structures-declarees/<int:pk>/identifier/", views.identify, name="identify"),
    path("gestion/structures-declarees/<int:pk>/refuser/", views.refuse, name="refuse"),
]
