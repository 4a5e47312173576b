"""An effector’s or a structure’s settings of participation and visibility: one page, plain questions."""

from django.urls import URLPattern

app_name = "participation_settings"
urlpatterns: list[URLPattern] = []
