"""An effector’s or a structure’s settings of participation and visibility: one page, plain questions."""

from django.urls import path

from sas.participation.settings import views

app_name = "participation_settings"
urlpatterns = [
    path("reglages/", views.home, name="home"),
    path("reglages/<str:key>/", views.edit, name="edit"),
    path("reglages/<str:key>/participer/", views.participate, name="participate"),
    path("reglages/<str:key>/arreter/", views.leave, name="leave"),
    path("reglages/<str:key>/visibilite/", views.show_slots, name="show_slots"),
    path("reglages/<str:key>/historique/", views.history, name="history"),
]
