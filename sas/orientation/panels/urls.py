"""Panels on which a regulator sends a patient, and what became of it."""

from django.urls import path

from sas.orientation.panels import views

app_name = "orientation_panels"
SLOT, CALL, MADE = (
    "sas/orientation/agenda/<str:slot>/",
    "sas/orientation/en-sus/<str:key>/",
    "sas/orientations/<uuid:uuid>/",
)
urlpatterns = [
    path(SLOT, views.agenda, name="agenda"),
    path(f"{SLOT}tenir/", views.hold, name="hold"),
    path(f"{SLOT}fermer/", views.give_up, name="give_up"),
    path(f"{SLOT}confirmer/", views.confirm, name="confirm"),
    path(f"{SLOT}plus-libre/", views.gone, name="gone"),
    path(f"{SLOT}plus-libre/annuler/", views.not_gone, name="not_gone"),
    path(CALL, views.en_sus, name="en_sus"),
    path(f"{CALL}appel/", views.call_made, name="call_made"),
    path(f"{CALL}appel/<int:pk>/retirer/", views.call_withdrawn, name="call_withdrawn"),
    path(f"{CALL}accepte/", views.accepted, name="accepted"),
    path("sas/orientations/cle/<uuid:key>/", views.by_key, name="by_key"),
    path(MADE, views.orientation, name="orientation"),
    path(f"{MADE}etat/", views.state, name="state"),
    path(f"{MADE}acte/", views.act, name="act"),
    path(f"{MADE}medecin/", views.doctor, name="doctor"),
    path(f"{MADE}heure/", views.time, name="time"),
]
