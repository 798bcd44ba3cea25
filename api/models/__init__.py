"""Who may call the API, what is remembered of their calls, and what they are told."""

from api.models.answers import KeptAnswer
from api.models.clients import ApiKey, OAuthClient
from api.models.webhooks import DeliveryStatus, Event, EventType, WebhookDelivery, WebhookEndpoint

__all__ = [
    "ApiKey",
    "DeliveryStatus",
    "Event",
    "EventType",
    "KeptAnswer",
    "OAuthClient",
    "WebhookDelivery",
    "WebhookEndpoint",
]
