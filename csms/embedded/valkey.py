"""The embedded Valkey: a server on a unix socket, without any network port."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from csms.embedded.binaries import find_valkey
from csms.embedded.children import Child, open_log, spawn, wait_for
from csms.embedded.identity import Identity
from csms.embedded.place import Place, make_private
from csms.embedded.problems import with_log_tail

START_TIMEOUT_S = 30.0
DATABASES = 64
"""A number of its own for every parallel test process."""


def start(place: Place, *, durable: bool) -> Child:
    """Runs as the caller: unlike PostgreSQL it does not mind being root."""
    binary = find_valkey()
    place.valkey_data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not place.sockets.exists():
        make_private(place.sockets, Identity())
    path = place.sockets / "valkey.sock"
    _clear_leftovers(path)
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(place.valkey_data),
        "--save": "60 1" if durable else "",
        "--databases": str(DATABASES),
        "--daemonize": "no",
        "--loglevel": "warning",
    }
    with open_log(place.log("valkey")) as log:
        child = spawn([binary, *(part for pair in options.items() for part in pair)], name="valkey", output=log)
    if not wait_for(lambda: _answers(path), child=child, timeout_s=START_TIMEOUT_S):
        child.stop()
        raise with_log_tail("Valkey did not start.", place.log("valkey"))
    return child


def _answers(path: Path) -> bool:
    return _say(path, b"PING\r\n").startswith(b"+PONG")


def _clear_leftovers(path: Path) -> None:
    """We hold the lock of the directory: whoever still answers here is an orphan."""
    if _answers(path):
        _say(path, b"SHUTDOWN\r\n")
        deadline = time.monotonic() + START_TIMEOUT_S
        while _answers(path) and time.monotonic() < deadline:
            time.sleep(0.05)
    path.unlink(missing_ok=True)


def _say(path: Path, words: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2.0)
        try:
            connection.connect(str(path))
            connection.sendall(words)
            return connection.recv(100)
        except OSError:
            return b""
