"""A PostgreSQL and a Valkey of the test's own, to be killed and started again. Commits reach the disk."""

import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connection

from csms.embedded import postgres, valkey
from csms.embedded.addresses import NAME, PORT, USER, postgres_address, var_dir
from csms.embedded.children import Child, signal_group
from csms.embedded.place import Place, remove
from tests.database import restore

DEATH_LIMIT_S = 30


class Victim:
    """A server that is started from this thread, killed, and started again in the same place."""

    def __init__(self, place: Place, module: Any) -> None:
        self.place = place
        self.module = module
        self.child: Child = module.start(place, durable=False)

    @property
    def is_running(self) -> bool:
        return self.child.is_running

    def kill(self) -> None:
        """``kill -9`` of all its processes at once, as when the power fails."""
        signal_group(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait(DEATH_LIMIT_S)

    def start(self) -> None:
        self.child = self.module.start(self.place, durable=True)


@contextmanager
def own_place() -> Iterator[Place]:
    base = var_dir() / f"victim-{secrets.token_hex(3)}"
    base.mkdir(parents=True)
    try:
        yield Place(base)
    finally:
        remove(base)


@contextmanager
def own_postgres(place: Place, dump: Path) -> Iterator[Victim]:
    """With the schema of the test database; the ORM of this process works on it."""
    victim = Victim(place, postgres)
    host = postgres_address(place.base).host
    try:
        with _orm_on({"HOST": host, "PORT": PORT, "USER": USER, "NAME": NAME, "PASSWORD": "", "OPTIONS": {}}):
            restore(dump, NAME)
            # Until here nothing could be lost, and now everything could.
            victim.child.stop()
            victim.start()
            yield victim
    finally:
        victim.kill()


@contextmanager
def own_valkey(place: Place) -> Iterator[Victim]:
    victim = Victim(place, valkey)
    try:
        yield victim
    finally:
        victim.kill()


@contextmanager
def _orm_on(server: Mapping[str, Any]) -> Iterator[None]:
    """All threads share the settings of the connection, and each has a connection of its own."""
    before = dict(connection.settings_dict)
    forget_connections()
    connection.settings_dict.update(server)
    try:
        yield
    finally:
        forget_connections()
        connection.settings_dict.update(before)


def forget_connections() -> None:
    """Of this thread and of the one in which the tests' asynchronous questions run."""
    connection.close()
    SyncToAsync.single_thread_executor.submit(lambda: connection.close()).result()


async def forget_connection() -> None:
    """The server behind it is gone; the next question opens another."""
    await sync_to_async(lambda: connection.close())()
