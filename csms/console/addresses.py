"""Where chargers connect to, as it is entered in them."""

from django.conf import settings
from django.http import HttpRequest


def charger_url(request: HttpRequest) -> str:
    """Without the identity. By default the host of this page, where the proxy leads /ocpp to a gateway."""
    return str(settings.OCPP_PUBLIC_URL or f"wss://{request.get_host()}/ocpp").rstrip("/") + "/"
