"""Runs the steps of docker/Dockerfile without an engine, in a private /opt and /etc that are gone afterwards.

`python scripts/build_image.py [--then COMMAND ...]` as root; the command runs inside, as the image's user.
What it cannot prove: the base images themselves and the engine's own reading of the file.
"""

from __future__ import annotations

import fnmatch
import json
import os
import shlex
import shutil
import string
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
BASE_PATH = "/opt/base/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = ("PIP_", "SSL_", "REQUESTS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
INTERPRETERS = ("/usr/bin/python3.11", "/usr/local/bin/python3.11", sys.executable)


@dataclass
class Stage:
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": BASE_PATH})
    directory: Path = Path("/")
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)


def instructions(text: str) -> list[tuple[str, str]]:
    """The file's instructions, with continued lines joined and comments dropped."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in joined.splitlines()]


def is_ignored(path: Path, patterns: list[str]) -> bool:
    """As an ignore file reads: a pattern names a path from the top, `**/` makes it a name anywhere."""
    names = [str(path), *(str(parent) for parent in path.parents if parent != Path("."))]
    for pattern in patterns:
        anywhere = pattern.removeprefix("**/")
        subjects = [Path(name).name for name in names] if anywhere != pattern else names
        if any(fnmatch.fnmatchcase(subject, anywhere) for subject in subjects):
            return True
    return False


def ignore_patterns() -> list[str]:
    lines = DOCKERFILE.with_name("Dockerfile.dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def build() -> Stage:
    stage = Stage()
    for verb, rest in instructions(DOCKERFILE.read_text()):
        say(f"{verb} {rest}")
        if verb == "FROM":
            stage = Stage()
        else:
            step(stage, verb, rest)
    return stage


def step(stage: Stage, verb: str, rest: str) -> None:
    match verb:
        case "ENV":
            for assignment in shlex.split(rest):
                name, value = assignment.split("=", 1)
                stage.environment[name] = string.Template(value).safe_substitute(stage.environment)
        case "WORKDIR":
            stage.directory = Path(rest)
            stage.directory.mkdir(parents=True, exist_ok=True)
        case "COPY":
            copy(stage, rest.split())
        case "RUN":
            run(stage, ["/bin/sh", "-c", rest])
        case "USER":
            stage.user = rest
        case "ENTRYPOINT":
            stage.entrypoint = json.loads(rest)
        case "CMD":
            stage.command = json.loads(rest)
        case "EXPOSE" | "STOPSIGNAL":
            pass
        case _:
            raise SystemExit(f"This reader does not know {verb}.")


def copy(stage: Stage, words: list[str]) -> None:
    if words[0].startswith("--from"):
        if words[1] != words[2] or not Path(words[1]).exists():
            raise SystemExit(f"{words[1]} is not there to be copied.")
        return
    *sources, target = words
    patterns = ignore_patterns()
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT)
        if path.is_dir() or is_ignored(relative, patterns) or ("." not in sources and str(relative) not in sources):
            continue
        destination = stage.directory / target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, destination)


def run(stage: Stage, command: list[str]) -> None:
    user, group = stage.user.split(":")
    become = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--"]
    given = {name: value for name, value in os.environ.items() if name.upper().startswith(PASSED_ON)}
    environment = {"HOME": "/root"} | given | stage.environment
    done = subprocess.run([*become, *command], cwd=stage.directory, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"Status {done.returncode}.")


def inside(then: list[str]) -> None:
    """In a mount namespace of our own: this /opt is memory, so are changes of /etc; the others are not touched."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/opt"], check=True)
    for directory in ("/opt/etc/changes", "/opt/etc/work"):
        Path(directory).mkdir(parents=True)
    layers = "lowerdir=/etc,upperdir=/opt/etc/changes,workdir=/opt/etc/work"
    subprocess.run(["mount", "-t", "overlay", "-o", layers, "overlay", "/etc"], check=True)
    interpreter = next(path for path in INTERPRETERS if Path(path).exists())
    Path("/opt/base/bin").mkdir(parents=True)
    Path("/opt/base/bin/python").symlink_to(interpreter)
    stage = build()
    say(f"built: {' '.join([*stage.entrypoint, *stage.command])} as {stage.user}")
    if then:
        sys.exit(subprocess.run(then, check=False).returncode)


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if os.geteuid() != 0 or ROOT.is_relative_to("/opt"):
        raise SystemExit("Run this as root, from a checkout outside /opt: it mounts a private /opt and /etc.")
    match sys.argv[1:]:
        case ["--inside", *command]:
            inside(command)
        case [] | ["--then", *_]:
            again = ["unshare", "--mount", "--", sys.executable, __file__, "--inside", *sys.argv[2:]]
            sys.exit(subprocess.run(again, check=False).returncode)
        case _:
            raise SystemExit(__doc__)
