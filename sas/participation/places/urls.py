"""What somebody says of a place: phone for regulators, complementary information, opening hours."""

from django.urls import path

from sas.participation.places import views

app_name = "participation_places"
urlpatterns = [
    path("lieux/<str:key>/", views.index, name="list"),
    path("lieux/<str:key>/modifier/", views.change, name="change"),
    path("lieux/<str:key>/horaires/", views.change_hours, name="hours"),
]
