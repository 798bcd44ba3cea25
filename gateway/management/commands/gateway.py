"""``manage.py gateway``: serve chargers."""

import resource
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Serve chargers at ws://HOST:PORT/ocpp/<identity>, and by TLS if configured (OCPP 1.6J, 2.0.1, 2.1)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=9000, help="Port to listen on (default 9000; 0: any free one)")
        parser.add_argument(
            "--tls-port",
            type=int,
            default=settings.OCPP_TLS_PORT,
            help="Port for wss:// (default: OCPP_TLS_PORT; none without it)",
        )
        parser.add_argument(
            "--legacy-tls-port",
            type=int,
            default=settings.OCPP_LEGACY_TLS_PORT,
            help="Unsafe: port for old chargers, which speak wss:// by TLS 1.0 or 1.1 "
            "(default: OCPP_LEGACY_TLS_PORT; none without it)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from gateway.asgi import application
        from gateway.memory import share_heaps
        from gateway.server import serve
        from gateway.tls import UnsuitableFiles

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        share_heaps()
        try:
            serve(
                options["host"],
                options["port"],
                application,
                tls_port=options["tls_port"],
                legacy_tls_port=options["legacy_tls_port"],
            )
        except UnsuitableFiles as problem:
            raise CommandError(str(problem)) from problem
