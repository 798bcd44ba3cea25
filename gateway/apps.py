from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, Warning, register

from gateway.chains import chain_problems


class GatewayConfig(AppConfig):
    name = "gateway"

    def ready(self) -> None:
        register(check_chains, Tags.security)


def check_chains(**_: Any) -> list[Warning]:
    """For ``manage.py check``; the gateway says the same when it starts."""
    files = map(Path, settings.OCPP_TLS_CERTIFICATES)
    return [Warning(problem, id="gateway.W001") for file in files for problem in chain_problems(file)]
