"""The addresses must mean the same to every client that reads them, whatever the directory is called."""

from __future__ import annotations

import os
from pathlib import Path

import environ
import psycopg.conninfo
import pytest
import redis
from kombu.utils.url import url_to_parts

from csms.embedded.addresses import (
    LONGEST_SOCKET_NAME,
    SOCKET_PATH_LIMIT,
    PostgresAddress,
    ValkeyAddress,
    celery_url,
    postgres_address,
    valkey_address,
)

DIRECTORIES = ["/srv/csms/run", "/home/Alice B/Ördner/run", "/srv/a+b%20c/run", '/srv/a,b"c&d=e?f#g@h:i/run']


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_database_url_means_the_same_to_libpq_and_to_the_settings(directory: str) -> None:
    url = PostgresAddress(host=directory).url
    libpq = psycopg.conninfo.conninfo_to_dict(url)
    assert (libpq["host"], libpq["port"], libpq["user"], libpq["dbname"]) == (directory, "5432", "csms", "csms")
    settings = environ.Env.db_url_config(url)
    assert settings["OPTIONS"] == {"host": directory, "port": 5432}
    assert (settings["USER"], settings["NAME"], settings["HOST"]) == ("csms", "csms", "")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_redis_url_means_the_same_to_redis_and_to_celery(directory: str) -> None:
    address = ValkeyAddress(path=f"{directory}/valkey.sock", db=3)
    pool = redis.ConnectionPool.from_url(address.url)
    assert (pool.connection_kwargs["path"], pool.connection_kwargs["db"]) == (address.path, 3)
    parts = url_to_parts(address.celery_url.removeprefix("redis+"))
    assert (parts.scheme, f"/{parts.path}", parts.query) == ("socket", address.path, {"virtual_host": "3"})


def test_addresses_of_other_redis_servers_stay_as_they_are() -> None:
    assert celery_url("rediss://user@redis.example:6380/2") == "rediss://user@redis.example:6380/2"


def test_sockets_are_beside_the_data(var: Path) -> None:
    assert postgres_address().host == str(var / "run")
    assert valkey_address().path == str(var / "run" / "valkey.sock")


def test_a_deep_directory_gets_a_short_private_one_for_its_sockets(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    host = postgres_address(deep).host
    assert host == postgres_address(deep).host
    assert host != postgres_address(tmp_path / ("e" * 90)).host
    assert len(os.fsencode(f"{host}/{LONGEST_SOCKET_NAME}")) <= SOCKET_PATH_LIMIT


def test_a_long_temporary_directory_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    host = postgres_address(tmp_path / ("d" * 90)).host
    assert len(os.fsencode(f"{host}/{LONGEST_SOCKET_NAME}")) <= SOCKET_PATH_LIMIT


def test_files_that_another_user_must_own_are_looked_for_elsewhere(var: Path) -> None:
    var.mkdir()
    (var / "elsewhere").write_text("/var/lib/csms-embedded/abc\n")
    assert postgres_address().host == "/var/lib/csms-embedded/abc/run"
