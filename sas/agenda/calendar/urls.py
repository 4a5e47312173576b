"""The SAS agenda on screen: week, day, séries, « pris », unavailability."""

from django.urls import path

from sas.agenda.calendar import views

app_name = "agenda"
urlpatterns = [
    path("agenda/", views.home, name="home"),
    path("agenda/<str:key>/", views.week, name="week"),
    path("agenda/<str:key>/jour/<str:day>/", views.day, name="day"),
    path("agenda/<str:key>/nouveau/", views.create, name="create"),
    path("agenda/<str:key>/copier/", views.copy, name="copy"),
    path("agenda/<str:key>/compteur/", views.meter, name="meter"),
    path("agenda/<str:key>/serie/<int:pk>/<str:day>/", views.edit, name="edit"),
    path("agenda/<str:key>/serie/<int:pk>/<str:day>/supprimer/", views.remove, name="remove"),
    path("agenda/<str:key>/serie/<int:pk>/<str:day>/pris/", views.take, name="take"),
    path("agenda/<str:key>/serie/<int:pk>/<str:day>/libre/", views.free, name="free"),
    path("indisponibilites/<str:key>/", views.away, name="away"),
    path("indisponibilites/<str:key>/pause/", views.pause, name="pause"),
    path("indisponibilites/<str:key>/reprendre/", views.resume, name="resume"),
    path("indisponibilites/<str:key>/<int:pk>/", views.change_away, name="change_away"),
    path("indisponibilites/<str:key>/<int:pk>/terminer/", views.end_away, name="end_away"),
    path("indisponibilites/<str:key>/<int:pk>/retirer/", views.withdraw_away, name="withdraw_away"),
]
