"""Starting and ending processes so that none outlives the one who started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST_LOG_BYTES = 5_000_000
POLL_S = 0.02
IF_OUR_CHILD = '[ "$PPID" -eq "$0" ] && exec "$@"'


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals = signal.SIGTERM

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.is_running:
            self.process.send_signal(self.stop_signal)

    def stop(self, patience_s: float = 20.0) -> None:
        """Ask; after `patience_s` insist. What is left of the process group goes in any case."""
        self.ask_to_stop()
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()
        signal_group(self.process.pid, signal.SIGKILL)


def spawn(
    command: Sequence[str | Path],
    *,
    name: str,
    output: BinaryIO | int,
    prefix: Sequence[str] = (),
    stop_signal: signal.Signals = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
) -> Child:
    """Start in a session of its own: Ctrl-C in the terminal is ours to pass on, in order.

    Call it from the main thread: the kernel sends the death signal when the thread that forked ends.
    """
    process = subprocess.Popen(
        [*prefix, *dies_with_us(stop_signal), *(os.fspath(part) for part in command)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=env,
    )
    return Child(name, process, stop_signal)


def open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def wait_for(is_ready: Callable[[], bool], *, child: Child, timeout_s: float) -> bool:
    """False when the child ended or the time ran out first."""
    deadline = time.monotonic() + timeout_s
    while child.is_running and time.monotonic() < deadline:
        if is_ready():
            return True
        time.sleep(POLL_S)
    return False


def dies_with_us(stop_signal: signal.Signals) -> list[str]:
    """Belongs after any prefix: a change of user or namespace clears the death signal.

    Whoever was killed before the signal was asked for sends none: then the command is not begun.
    """
    if sys.platform == "linux" and shutil.which("setpriv"):
        asks = ["setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"]
        return [*asks, "sh", "-c", IF_OUR_CHILD, str(os.getpid())]
    return []


def signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return
