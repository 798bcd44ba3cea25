"""The web process: pages over HTTP, live updates over a WebSocket. Any ASGI server will do; we ship Daphne."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.db import connections
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")

django_application = get_asgi_application()

# Under ASGI each request has a thread of its own: a connection that outlives it is used by nobody, and 100 of them are
# all that PostgreSQL has.
for alias in connections:
    connections.settings[alias]["CONN_MAX_AGE"] = 0

# Needs the apps to be loaded.
from live.consumers import LiveConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())]))
        ),
    }
)
