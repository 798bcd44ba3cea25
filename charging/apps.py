from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "charging"
    verbose_name = "Charging"

    def ready(self) -> None:
        import charging.receivers  # noqa: F401 - connects them
