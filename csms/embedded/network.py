"""Small questions to the network: is a port free, does somebody answer?"""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

from csms.embedded.problems import CannotStart

DEFAULT_PORTS = {"postgres": 5432, "postgresql": 5432, "pgsql": 5432, "psql": 5432, "redis": 6379, "rediss": 6379}


def check_port(host: str, port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} is taken or not allowed ({error.strerror}). Stop the program that uses it, "
                f"or choose another one: {variable}={port + 1} make run"
            ) from error


def check_server(url: str, variable: str) -> None:
    """A given server must at least accept connections. Unix sockets are left to the client."""
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    if not parts.hostname or port is None or "%" in parts.hostname:
        return
    try:
        socket.create_connection((parts.hostname, port), timeout=5).close()
    except OSError as error:
        raise CannotStart(
            f"Nobody answers at {parts.hostname}:{port}, which {variable} names ({error}). "
            f"Start that server, correct {variable}, or unset it to use the embedded one."
        ) from error


def answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
