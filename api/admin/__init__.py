"""Keys, clients, webhooks: made by owners, their secrets shown once."""

import api.looks  # noqa: F401 - registers how they look
from api.admin.clients import ApiKeyAdmin, OAuthClientAdmin
from api.admin.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

__all__ = ["ApiKeyAdmin", "OAuthClientAdmin", "WebhookDeliveryAdmin", "WebhookEndpointAdmin"]
