"""The servers that are compared, each a process of its own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PORT = re.compile(r"(?:port=|:)(\d{4,5})\b")

OURS = "this gateway"
COMMANDS = {
    OURS: [sys.executable, "manage.py", "gateway", "--port", "0"],
    "answering": [sys.executable, "-m", "benchmarks.answering_server"],
    "naive": [sys.executable, "-m", "benchmarks.naive_server"],
    "bare": [sys.executable, "-m", "benchmarks.bare_server"],
}


class ServerUnderTest:
    """Starts a server, tells its port, and how much CPU and memory it took."""

    def __init__(self, name: str) -> None:
        self.log = tempfile.NamedTemporaryFile(prefix="bench", suffix=".log")  # noqa: SIM115
        self.process = subprocess.Popen(
            COMMANDS[name], cwd=ROOT, stdout=self.log, stderr=subprocess.STDOUT, env=dict(os.environ)
        )
        self.port = self._wait()
        self.ps = psutil.Process(self.process.pid)

    def _wait(self) -> int:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            text = Path(self.log.name).read_text()
            if "ready" in text and (match := PORT.search(text[text.index("ready") :])):
                return int(match.group(1))
            time.sleep(0.05)
        self.process.kill()
        raise RuntimeError(Path(self.log.name).read_text())

    def cpu_s(self) -> float:
        times = self.ps.cpu_times()
        return float(times.user + times.system)

    def memory_kib(self) -> float:
        return float(self.ps.memory_full_info().uss) / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()
