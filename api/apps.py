from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    verbose_name = "Operator API"

    def ready(self) -> None:
        import api.receivers  # noqa: F401 - connects them
