"""What can be wrong with the directory when PostgreSQL is to start in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from csms.embedded import binaries, identity, place, postgres, valkey
from csms.embedded.addresses import postgres_address
from csms.embedded.place import Place, make_base
from csms.embedded.problems import CannotStart

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root meets this")


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def here(var: Path) -> Iterator[Place]:
    """Wherever its files have to be on this machine."""
    make_base(var)
    place.prepare(var, binaries.find_postgres())
    yield Place(var)
    place.remove(var)


@pytest.fixture
def small_disk(var: Path) -> Iterator[Path]:
    """A real file system with 16 MB."""
    var.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", var], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount")
    yield var
    subprocess.run(["umount", var], check=True)


def ask(where: Place, question: str) -> object:
    address = postgres_address(where.base)
    with psycopg.connect(host=address.host, port=address.port, user=address.user, dbname=address.name) as connection:
        answer = connection.execute(question.encode())
        row = answer.fetchone() if answer.description else None
    return row[0] if row else None


def test_data_survives_a_restart_and_is_written_durably(here: Place) -> None:
    first = postgres.start(here, durable=True)
    try:
        assert ask(here, "show fsync") == "on"
        assert ask(here, "show listen_addresses") == ""
        ask(here, "create table kept as select 42 as answer")
    finally:
        first.stop()
    second = postgres.start(here, durable=True)
    try:
        assert ask(here, "select answer from kept") == 42
    finally:
        second.stop()


def test_an_interrupted_first_start_is_begun_again(here: Place) -> None:
    half = here.home / "postgres.partial"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    child = postgres.start(here, durable=False)
    child.stop()
    assert not half.exists()
    assert (here.postgres_data / "global").is_dir()


def test_a_server_that_was_left_running_gives_way(here: Place) -> None:
    left = postgres.start(here, durable=False)
    try:
        child = postgres.start(here, durable=False)
        try:
            assert left.process.wait(10) == 0
            assert ask(here, "select 7") == 7
        finally:
            child.stop()
    finally:
        left.stop()


def test_a_pid_file_of_somebody_elses_process_does_not_keep_it_from_starting(here: Place) -> None:
    postgres.start(here, durable=False).stop()
    (here.postgres_data / "postmaster.pid").write_text(f"{os.getpid()}\n{here.postgres_data}\n")
    child = postgres.start(here, durable=False)
    child.stop()


def test_data_of_another_major_version_is_left_alone(here: Place) -> None:
    here.postgres_data.mkdir()
    (here.postgres_data / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match=r"was made by PostgreSQL 16, and this is PostgreSQL \d+.*mv .*pg_dump"):
        postgres.start(here, durable=True)


def test_a_full_disk_is_noticed_before_anything_is_written(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 20_000_000, 20_000_000))
    with pytest.raises(CannotStart, match=r"is full: 20 MB are free and PostgreSQL needs 300 MB.*CSMS_VAR"):
        postgres.start(here, durable=True)
    assert not here.postgres_data.exists()


@AS_ROOT
def test_a_disk_that_fills_up_during_the_first_start_leaves_no_half_database(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Place(small_disk)
    place.prepare(small_disk, binaries.find_postgres())
    if here.home != small_disk:
        place.remove(small_disk)
        pytest.skip("its files have to be elsewhere on this machine")
    with pytest.raises(CannotStart, match=r"full: 1[67] MB are free"):
        postgres.start(here, durable=False)
    monkeypatch.setattr(place, "FIRST_START_MB", 1)
    with pytest.raises(CannotStart, match="No space left on device"):
        postgres.start(here, durable=False)
    assert not here.postgres_data.exists()


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"Cannot write to .*file/var .*chown.*CSMS_VAR"):
        make_base(tmp_path / "file" / "var")


def test_a_server_that_does_not_come_up_shows_the_end_of_its_log(here: Place) -> None:
    postgres.start(here, durable=False).stop()
    (here.postgres_data / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(CannotStart, match=r"PostgreSQL did not start\. The end of .*log:(.|\n)*no_such_setting"):
        postgres.start(here, durable=False)


@pytest.mark.parametrize(
    ("find", "variable"), [(binaries.find_postgres, "DATABASE_URL"), (binaries.find_valkey, "REDIS_URL")]
)
def test_a_platform_without_builds_is_told_what_to_install(
    find: Callable[[], object], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "_package_dir", lambda package: None)
    monkeypatch.setattr(binaries, "_machine_postgres", list)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(CannotStart, match=f"There is no embedded .* for .*apt-get install .*{variable}"):
        find()


def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "theirs")
    with pytest.raises(CannotStart, match="belongs to another user"):
        place.make_private(tmp_path / "run", identity.Identity())


def test_sockets_are_for_their_owner_only(here: Place) -> None:
    child = valkey.start(here, durable=True)
    try:
        assert here.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        child.stop()


@AS_ROOT
def test_root_without_user_namespaces_lends_it_to_another_user(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_base(var)
    here = Place(var)
    monkeypatch.setattr(identity, "_can_work", lambda *arguments: False)
    with_home = Path("/var/lib") / f"csms-test-{os.getpid()}"
    monkeypatch.setattr(place, "OTHER_HOME", with_home)
    try:
        child = postgres.start(here, durable=False)
        try:
            assert ask(here, "select 7") == 7
            assert here.postgres_data.is_relative_to(with_home)
            assert here.postgres_data.stat().st_uid != 0
        finally:
            child.stop()
    finally:
        place.remove(here.base)
        shutil.rmtree(with_home)
