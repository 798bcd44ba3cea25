"""Secrets of endpoints: derived from the server's key and the row's salt, so that the database holds none."""

import base64
import json
from datetime import datetime
from typing import Any

from django.utils.crypto import salted_hmac
from standardwebhooks import Webhook

from api.models import WebhookEndpoint


def secret_of(endpoint: WebhookEndpoint) -> str:
    digest = salted_hmac("api.webhook", str(endpoint.secret_salt), algorithm="sha256").digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def signed(endpoint: WebhookEndpoint, message_id: str, at: datetime, message: Any) -> tuple[bytes, dict[str, str]]:
    """Body and headers by Standard Webhooks."""
    body = json.dumps(message, separators=(",", ":"), ensure_ascii=False)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret_of(endpoint)).sign(message_id, at, body),
    }
    return body.encode(), headers
