from importlib import import_module

from django.apps import AppConfig


class FirmwareConfig(AppConfig):
    name = "firmware"
    verbose_name = "Firmware and logs"

    def ready(self) -> None:
        import_module("firmware.looks")
