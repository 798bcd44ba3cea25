"""PostgreSQL refuses to run as root: who runs it instead, and where its files must be for that."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from csms.embedded.problems import CannotStart

PREFERRED_USERS = ("postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Identity:
    prefix: tuple[str, ...] = ()
    """Put before the command."""
    owner: pwd.struct_passwd | None = None
    """Who must own the files. None: the caller, also when the prefix shows him another name for himself."""


def choose(base: Path, postgres: Path) -> Identity:
    """The gentlest way that works here; nothing outside the tree is touched unless there is no other way."""
    if os.geteuid() != 0:
        return Identity()
    renamed = Identity(_user_namespace(_account()))
    return renamed if _can_work(renamed, base, postgres) else other_user()


def other_user() -> Identity:
    if not shutil.which("setpriv"):
        raise CannotStart(
            "PostgreSQL does not run as root, and this machine has neither user namespaces nor setpriv (util-linux). "
            "Run it as a normal user, or set DATABASE_URL to a running server."
        )
    account = _account()
    return Identity(
        ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"), owner=account
    )


def can_execute(identity: Identity, binary: Path) -> bool:
    return _succeeds([*identity.prefix, "test", "-x", str(binary)])


def _can_work(identity: Identity, base: Path, postgres: Path) -> bool:
    return _succeeds([*identity.prefix, "test", "-w", str(base), "-a", "-x", str(postgres)])


def _user_namespace(account: pwd.struct_passwd) -> tuple[str, ...]:
    """The kernel still sees root's files as the caller's own; the account only has to exist, initdb looks it up."""
    return ("unshare", "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}", "--")


def _account() -> pwd.struct_passwd:
    for name in PREFERRED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return next(account for account in pwd.getpwall() if account.pw_uid != 0)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
