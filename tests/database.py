"""The test database. Migrations make it once and take half a minute; a dump of the result takes a second or two.

The dump is kept in the user's cache, for every checkout, under the digest of all migrations: whoever changes one
migrates again.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases

from csms.embedded.binaries import find_postgres
from csms.embedded.locks import lock

LIMIT_S = 300
KEPT_DUMPS = 20


def make_test_database() -> None:
    """Make the database of this worker and connect to it. The workers of one run wait for the first."""
    dump = dump_of_today()
    dump.parent.mkdir(parents=True, exist_ok=True)
    with lock(dump.with_suffix(".lock"), wait=True):
        if dump.exists():
            _restore(dump)
        setup_databases(verbosity=0, interactive=False, aliases={"default": None}, keepdb=True)
        if not dump.exists():
            _keep(dump)


def dump_of_today() -> Path:
    """Where the dump of today's migrations is kept."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "csms", "test-database", f"{_digest()}.sql")


def _restore(dump: Path) -> None:
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # what setup_databases asks too
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    restore(dump, name)


def restore(dump: Path, name: str) -> None:
    """Into an empty database of the server that the connection's settings name."""
    _postgres(
        "psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={dump}", name=name
    )


def _keep(dump: Path) -> None:
    """A dump that cannot be made is no fault of the tests: the next run migrates again."""
    half = dump.with_suffix(".half")
    done = _postgres("pg_dump", f"--file={half}", name=str(connection.settings_dict["NAME"]), check=False)
    if done.returncode == 0:
        half.rename(dump)
    for old in sorted(dump.parent.glob("*.sql"), key=os.path.getmtime)[:-KEPT_DUMPS]:
        old.unlink(missing_ok=True)


def _postgres(program: str, *arguments: str, name: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    database = connection.settings_dict
    words = {
        "PGHOST": database["HOST"] or database.get("OPTIONS", {}).get("host", ""),
        "PGPORT": str(database["PORT"] or database.get("OPTIONS", {}).get("port", 5432)),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": name,
    }
    command = [str(find_postgres().directory / program), *arguments]
    environment = {**os.environ, **{word: value for word, value in words.items() if value}}
    return subprocess.run(command, env=environment, check=check, timeout=LIMIT_S, stdout=subprocess.DEVNULL)


def _digest() -> str:
    digest = hashlib.sha256(str(_server_version()).encode())
    for path in _migrations():
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _migrations() -> Iterator[Path]:
    for app in apps.get_app_configs():
        yield from sorted(Path(app.path, "migrations").glob("*.py"))
    # Rows that are made after a migration, from names of models.
    yield Path(settings.BASE_DIR, "requirements.txt")


def _server_version() -> Any:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return cursor.fetchone()
