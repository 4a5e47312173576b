from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A believable territory, made through the services. Never installed in production."""

    name = "demo"
    verbose_name = "démonstration"
