"""Who may read ``/metrics``: it tells nothing of a person, but much of a business."""

import hmac
import ipaddress

from django.conf import settings


def may_read_metrics(*, authorization: str, peer: str | None, is_forwarded: bool) -> bool:
    """With ``METRICS_TOKEN``: who presents it as a bearer token. Without one: this machine, but no proxy's guest."""
    if settings.METRICS_TOKEN:
        return hmac.compare_digest(authorization.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    if is_forwarded or peer is None:
        return False
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
