"""The servers that the environment does not name already, for as long as somebody needs them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from csms.embedded import postgres, valkey
from csms.embedded.addresses import postgres_address, valkey_address, var_dir
from csms.embedded.children import Child
from csms.embedded.locks import Held, lock
from csms.embedded.place import Place, make_base, remove


@dataclass
class Servers:
    environment: dict[str, str] = field(default_factory=dict)
    """DATABASE_URL and REDIS_URL of what was started."""
    children: list[Child] = field(default_factory=list)


@contextmanager
def running(base: Path, *, durable: bool) -> Iterator[Servers]:
    """The caller holds the lock of `base`."""
    place, servers = Place(base), Servers()
    with ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            child = postgres.start(place, durable=durable)
            stack.callback(child.stop)
            servers.children.append(child)
            servers.environment["DATABASE_URL"] = postgres_address(base).url
        if not os.environ.get("REDIS_URL"):
            child = valkey.start(place, durable=durable)
            stack.callback(child.stop)
            servers.children.append(child)
            servers.environment["REDIS_URL"] = valkey_address(base).url
        yield servers


@contextmanager
def temporary() -> Iterator[Servers]:
    """Servers for one test run, as fast as they get and gone afterwards. Any number may run side by side."""
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield Servers()
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
        yield stack.enter_context(running(base, durable=False))


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
