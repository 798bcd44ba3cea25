"""The web process: pages over HTTP, live updates over a WebSocket. Any ASGI server will do; we ship Daphne."""

import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application
from django.urls import get_resolver, path

from csms.threads import LentThreads

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csms.settings")

django_application = LentThreads(get_asgi_application())

# Needs the apps to be loaded.
from live.consumers import LiveConsumer  # noqa: E402

# All pages now, and not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter([path("live/", LiveConsumer.as_asgi())]))
        ),
    }
)

# What is here now stays, and need not be searched for garbage while pages are made.
gc.collect()
gc.freeze()
