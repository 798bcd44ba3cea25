"""A real web process: Daphne on a free loopback port, on this worker's test database."""

import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from csms.embedded.children import dies_with_us
from tests.harness import ROOT, environment

DAPHNE = (sys.executable, "-m", "daphne", "-b", "127.0.0.1")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60


class WebUnderTest:
    def __init__(self) -> None:
        self.port = _free_port()
        self.log = tempfile.NamedTemporaryFile(prefix="web", suffix=".log", delete=False)  # noqa: SIM115
        self.media = tempfile.TemporaryDirectory(prefix="media")
        self.process = subprocess.Popen(
            [*dies_with_us(signal.SIGKILL), *DAPHNE, "-p", str(self.port), "csms.asgi:application"],
            cwd=ROOT,
            env=environment(
                STATIC_FROM_SOURCE="1",
                STATIC_MAX_AGE_S="3600",
                MEDIA_ROOT=self.media.name,
                QR_URL_TEMPLATE="https://csms.example/start/{identity}/{evse}",
            ),
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until_ready()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live/"

    def output(self) -> str:
        return Path(self.log.name).read_text()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/livez", timeout=2):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"The web process did not start:\n{self.output()}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        finally:
            self.process.kill()
            self.process.wait()
            self.log.close()
            self.media.cleanup()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def session_of(user: User) -> str:
    """The cookie of somebody who is logged in, without the login form."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)
