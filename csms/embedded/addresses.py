"""Where the embedded servers listen. Pure functions of the directory: nothing here starts anything.

Unix sockets only. A socket's path has at most 107 bytes, so a deep checkout gets a short private directory elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

PORT = 5432
USER = "csms"
NAME = "csms"
SOCKET_PATH_LIMIT = 107
LONGEST_SOCKET_NAME = f".s.PGSQL.{PORT}.lock"
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class PostgresAddress:
    host: str
    """The directory of the socket, not a name."""
    port: int = PORT
    user: str = USER
    name: str = NAME

    @property
    def url(self) -> str:
        """In libpq's own form, which psycopg and django-environ both read: the directory is a query parameter.

        A percent-encoded directory in the place of the host is read by libpq, but not by django-environ.
        """
        return f"postgres://{self.user}@/{self.name}?host={quote(self.host, safe='')}&port={self.port}"


@dataclass(frozen=True)
class ValkeyAddress:
    path: str
    db: int = 0

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://{quote(self.path)}?db={self.db}"

    @property
    def celery_url(self) -> str:
        return celery_url(self.url)


def celery_url(redis_url: str) -> str:
    """The same server in the form that Celery understands; `redis://` and `rediss://` stay as they are."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    db = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={db}"


def var_dir() -> Path:
    """`var/` beside manage.py, or what CSMS_VAR says."""
    configured = os.environ.get("CSMS_VAR")
    return Path(configured).expanduser().absolute() if configured else Path(__file__).resolve().parents[2] / "var"


def home_of(base: Path) -> Path:
    """Where the servers of `base` keep their files: `base`, or what it names when another user must run them."""
    try:
        return Path((base / ELSEWHERE).read_text().strip())
    except FileNotFoundError:
        return base


def socket_dir(base: Path) -> Path:
    preferred = home_of(base) / "run"
    if _fits(preferred):
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    return _short_parent(digest) / f"csms-{os.geteuid()}-{digest}"


def postgres_address(base: Path | None = None) -> PostgresAddress:
    return PostgresAddress(host=str(socket_dir(base or var_dir())))


def valkey_address(base: Path | None = None, db: int = 0) -> ValkeyAddress:
    return ValkeyAddress(path=str(socket_dir(base or var_dir()) / "valkey.sock"), db=db)


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / LONGEST_SOCKET_NAME)) <= SOCKET_PATH_LIMIT


def _short_parent(digest: str) -> Path:
    for candidate in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir()):
        if candidate and os.access(candidate, os.W_OK) and _fits(Path(candidate) / f"csms-4294967295-{digest}"):
            return Path(candidate)
    return Path("/tmp")  # noqa: S108 - the directory below it is private and its owner is checked at start
