"""The servers that the environment does not name already, for as long as somebody needs them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from csms.embedded import postgres, valkey
from csms.embedded.addresses import postgres_address, valkey_address, var_dir
from csms.embedded.children import Child
from csms.embedded.locks import Held, lock
from csms.embedded.place import Place, make_base, remove


@dataclass
class Server:
    variable: str
    """The setting that names it, and that keeps it from being started."""
    url: str
    start: Callable[[], Child]
    child: Child

    def stop(self) -> None:
        self.child.stop()

    def start_again(self) -> None:
        self.child = self.start()


@contextmanager
def running(base: Path, *, durable: bool) -> Iterator[list[Server]]:
    """The caller holds the lock of `base`."""
    place = Place(base)
    servers: list[Server] = []
    with ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            start = partial(postgres.start, place, durable=durable)
            child = start()
            servers.append(Server("DATABASE_URL", postgres_address(base).url, start, child))
            stack.callback(servers[-1].stop)
        if not os.environ.get("REDIS_URL"):
            start = partial(valkey.start, place, durable=durable)
            child = start()
            servers.append(Server("REDIS_URL", valkey_address(base).url, start, child))
            stack.callback(servers[-1].stop)
        yield servers


@contextmanager
def temporary(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """The environment of one run: servers, and a directory for files, gone afterwards. Any number may run side by side.

    As fast as they get for tests; ``durable`` as in production, for measurements. Empty when both servers are given.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield {}
        return
    parent = var_dir() / "test"
    make_base(parent)
    base = parent / secrets.token_hex(4)
    with ExitStack() as stack:
        with lock(parent / "lock", wait=True):
            _sweep(parent)
            base.mkdir(mode=0o700)
            stack.callback(remove, base)
            stack.enter_context(lock(base / "lock"))
        servers = stack.enter_context(running(base, durable=durable))
        yield {"CSMS_VAR": str(base)} | {server.variable: server.url for server in servers}


def _sweep(parent: Path) -> None:
    """Remove what runs left behind that were killed."""
    for base in parent.iterdir():
        if not base.is_dir():
            continue
        try:
            with lock(base / "lock"):
                pass
        except Held:
            continue
        remove(base)
