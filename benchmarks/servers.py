"""The servers that are compared, each a process of its own."""

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from django.db import connection

from csms.embedded.children import dies_with_us

ROOT = Path(__file__).resolve().parent.parent
PORT = re.compile(r"(?:port=|:)(\d{4,5})\b")
WANTED_FILES = 65_536
START_LIMIT_S = 120.0

OURS = "this gateway"
COMMANDS = {
    OURS: [sys.executable, "manage.py", "gateway", "--port", "0"],
    "answering": [sys.executable, "-m", "benchmarks.answering_server"],
    "naive": [sys.executable, "-m", "benchmarks.naive_server"],
    "bare": [sys.executable, "-m", "benchmarks.bare_server"],
}


class ServerUnderTest:
    """Starts a server, tells its port, and how much CPU and memory it took. Leaving it ends it."""

    def __init__(self, name: str = OURS) -> None:
        self.log = tempfile.NamedTemporaryFile(prefix="bench", suffix=".log")  # noqa: SIM115
        command = [*dies_with_us(signal.SIGKILL), *COMMANDS[name]]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, env=dict(os.environ)
        )
        self.port = self._wait()
        self.ps = psutil.Process(self.process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            sys.stderr.write(Path(self.log.name).read_text()[-3000:])
        self.stop()

    def _wait(self) -> int:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            text = Path(self.log.name).read_text()
            if "ready" in text and (match := PORT.search(text[text.index("ready") :])):
                return int(match.group(1))
            time.sleep(0.05)
        said = Path(self.log.name).read_text()
        self.process.kill()
        self.process.wait()
        self.log.close()
        raise RuntimeError(f"The server did not start: {said}")

    def cpu_s(self) -> float:
        times = self.ps.cpu_times()
        return float(times.user + times.system)

    def memory_kib(self) -> float:
        return float(self.ps.memory_full_info().uss) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def raise_file_limit() -> None:
    """For this process and those it starts: as many open files as we want, or else as many as are allowed."""
    for limit in (WANTED_FILES, file_limit()):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit, file_limit()),) * 2)
        except ValueError:  # above the hard limit: only with CAP_SYS_RESOURCE
            continue
        return


def file_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def database_cpu_s() -> float:
    """Of all the database's processes; 0 where they are not on this machine for us to see."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    try:
        postmaster = psutil.Process(backend).parent()
        if postmaster is None or "postgres" not in postmaster.name():
            return 0.0
        ended = postmaster.cpu_times()
        running = [child.cpu_times() for child in postmaster.children()]
    except psutil.Error:
        return 0.0
    own_s = ended.user + ended.system + ended.children_user + ended.children_system
    return float(own_s + sum(times.user + times.system for times in running))
