"""One runner for each directory. The kernel drops the lock with its holder, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Somebody else holds the lock."""

    def __init__(self, pid: str) -> None:
        super().__init__(f"held by process {pid}")
        self.pid = pid


@contextmanager
def lock(path: Path, *, wait: bool = False) -> Iterator[None]:
    """The file stays when the lock is given back: to unlink it would race with the next holder."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Held(os.read(descriptor, 20).decode(errors="replace").strip() or "unknown") from None
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
        os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)
