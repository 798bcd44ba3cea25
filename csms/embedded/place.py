"""The directories that the embedded servers need, with the owner and the binaries that fit them."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from csms.embedded import identity as identities
from csms.embedded.addresses import ELSEWHERE, home_of, socket_dir
from csms.embedded.binaries import PostgresBinaries
from csms.embedded.identity import Identity
from csms.embedded.problems import CannotStart

OTHER_HOME = Path("/var/lib/csms-embedded")
"""Used only by root on a machine without user namespaces."""
FIRST_START_MB = 300
NEXT_START_MB = 50


@dataclass(frozen=True)
class Place:
    base: Path

    @property
    def home(self) -> Path:
        return home_of(self.base)

    @property
    def sockets(self) -> Path:
        return socket_dir(self.base)

    @property
    def postgres_data(self) -> Path:
        return self.home / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.home / "valkey"

    def log(self, name: str) -> Path:
        return self.base / "log" / f"{name}.log"


def make_base(base: Path) -> None:
    try:
        base.mkdir(parents=True, exist_ok=True)
        probe = base / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {base} ({error.strerror}). Give it to the user who runs this (chown -R), "
            "or name another directory in CSMS_VAR."
        ) from error


def check_space(place: Place) -> None:
    needed_mb = NEXT_START_MB if place.postgres_data.exists() else FIRST_START_MB
    for directory in (place.base, place.home):
        free_mb = shutil.disk_usage(directory).free // 1_000_000
        if free_mb < needed_mb:
            raise CannotStart(
                f"The disk of {directory} is full: {free_mb} MB are free and PostgreSQL needs {needed_mb} MB. "
                "Free some space, or name a directory on another disk in CSMS_VAR."
            )


def prepare(base: Path, binaries: PostgresBinaries) -> tuple[Identity, PostgresBinaries]:
    """Decide who runs PostgreSQL in `base`, and with which copy of the binaries."""
    moved_before = (base / ELSEWHERE).exists()
    chosen = identities.other_user() if moved_before else identities.choose(base, binaries.postgres)
    if chosen.owner is None:
        return chosen, binaries
    home = OTHER_HOME / hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
    try:
        home.mkdir(parents=True, exist_ok=True)
        OTHER_HOME.chmod(0o755)
        _give(home, chosen)
        (base / ELSEWHERE).write_text(f"{home}\n")
        return chosen, _reachable(binaries, chosen)
    except OSError as error:
        raise CannotStart(
            f"PostgreSQL does not run as root, and its files cannot be put into {OTHER_HOME} ({error.strerror}). "
            "Run it as a normal user, or set DATABASE_URL to a running server."
        ) from error


def make_private(directory: Path, identity: Identity) -> None:
    """Mode 0700 and ours, or nobody's: a directory in a shared temporary place may be somebody's trap."""
    directory.mkdir(mode=0o700, exist_ok=True)
    owner = identity.owner.pw_uid if identity.owner else os.geteuid()
    status = directory.lstat()
    if status.st_uid not in {owner, os.geteuid()} or directory.is_symlink():
        raise CannotStart(f"{directory} belongs to another user. Remove it, or name another directory in CSMS_VAR.")
    directory.chmod(0o700)
    _give(directory, identity)


def remove(base: Path) -> None:
    """Everything of a temporary instance."""
    sockets, home = socket_dir(base), home_of(base)
    for directory in (sockets, home, base):
        shutil.rmtree(directory, ignore_errors=True)


def _give(directory: Path, identity: Identity) -> None:
    if identity.owner:
        os.chown(directory, identity.owner.pw_uid, identity.owner.pw_gid)


def _reachable(binaries: PostgresBinaries, identity: Identity) -> PostgresBinaries:
    """A copy, when the other user cannot enter the directory of the environment."""
    if identities.can_execute(identity, binaries.postgres):
        return binaries
    package = binaries.directory.parents[1]
    digest = hashlib.sha256(os.fsencode(package)).hexdigest()[:12]
    copy = OTHER_HOME / f"binaries-{digest}-{int(binaries.postgres.stat().st_mtime)}"
    if not copy.exists():
        partial = copy.with_suffix(f".{os.getpid()}")
        install = binaries.directory.parent
        shutil.copytree(install, partial / package.name / install.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copy)
    return PostgresBinaries(copy / package.name / binaries.directory.parent.name / "bin", binaries.major)
