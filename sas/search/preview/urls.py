"""What regulators see of somebody, live, by whoever acts for them."""

from django.urls import path

from sas.search.preview import views

app_name = "search_preview"
urlpatterns = [
    path("apercu/<str:key>/", views.page, name="page"),
    path("apercu/<str:key>/carte/", views.fragment, name="fragment"),
    path("apercu/<str:key>/masquer/", views.hide, name="hide"),
    path("apercu/<str:key>/montrer/", views.show, name="show"),
]
