"""The pages of operators, and the history of each person."""

from django.urls import path

from sas.accounts.operations import views

app_name = "accounts_operations"
urlpatterns = [
    path("exploitation/", views.home, name="home"),
    path("exploitation/taches/", views.jobs, name="jobs"),
    path("exploitation/taches/relancer/", views.retry_one_job, name="retry_job"),
    path("exploitation/taches/relancer-toutes/", views.retry_all_jobs, name="retry_task"),
    path("exploitation/courriels/", views.mails, name="mails"),
    path("exploitation/courriels/relancer/", views.retry_one_mail, name="retry_mail"),
    path("exploitation/audit/", views.trail, name="audit"),
    path("exploitation/audit/exporter/", views.export, name="export_audit"),
    path("exploitation/secours/", views.break_glass, name="break_glass"),
    path("compte/historique/", views.history, name="history"),
]
