"""The members of a structure and their three days, for whoever manages it."""

from django.urls import path

from sas.search.members import views

app_name = "search_members"
MEMBER = "structures/<str:key>/membres/<str:national_id>/"
urlpatterns = [
    path("structures/<str:key>/membres/", views.index, name="list"),
    path(MEMBER, views.member, name="member"),
    path(f"{MEMBER}creneaux/", views.grid, name="grid"),
    path(f"{MEMBER}modifier/", views.change, name="change"),
]
