"""Keeps a set of processes running: reads what they say, starts again what dies, stops them in order."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from csms.embedded import strays
from csms.embedded.children import Child, open_log, signal_group, spawn
from csms.embedded.console import Console
from csms.embedded.network import answers
from csms.embedded.problems import with_log_tail
from csms.embedded.roles import Role

READY_TIMEOUT_S = 90.0
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
MAX_LINE_BYTES = 65_536


@dataclass
class Kept:
    """One process that is kept running."""

    role: Role
    log_path: Path
    log: BinaryIO
    child: Child | None = None
    started_at_s: float = 0.0
    is_ready: bool = False
    deaths: int = 0
    start_again_at_s: float | None = None
    buffer: bytes = b""
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=5))


class Supervisor:
    def __init__(self, roles: Sequence[Role], *, base: Path, console: Console, environment: dict[str, str]) -> None:
        self.base = base
        self.console = console
        self.environment = environment
        self.selector = selectors.DefaultSelector()
        self.kept: dict[str, Kept] = {}
        for role in roles:
            path = base / "log" / f"{role.name}.log"
            self.kept[role.name] = Kept(role, path, open_log(path))

    def start(self, names: Sequence[str]) -> None:
        """Start these side by side and return when all of them are ready."""
        for name in names:
            self._spawn(self.kept[name])
        deadline = time.monotonic() + READY_TIMEOUT_S
        while waiting := [name for name in names if not self._check_ready(self.kept[name])]:
            self.pump(0.05)
            if time.monotonic() > deadline:
                kept = self.kept[waiting[0]]
                raise with_log_tail(
                    f"The {kept.role.name} process is not ready after {READY_TIMEOUT_S:.0f} s.", kept.log_path
                )

    def watch(self, timeout_s: float) -> None:
        """One turn of the main loop."""
        self.pump(timeout_s)
        for kept in self.kept.values():
            if kept.child is not None and not kept.child.is_running:
                self._bury(kept, kept.child.process.returncode)
            if kept.start_again_at_s is not None and time.monotonic() >= kept.start_again_at_s:
                self._spawn(kept)

    def pump(self, timeout_s: float) -> None:
        """Read what the processes have said."""
        for key, _ in self.selector.select(timeout_s):
            kept: Kept = key.data
            chunk = os.read(key.fd, MAX_LINE_BYTES)
            if not chunk:
                self.selector.unregister(key.fileobj)
                continue
            kept.log.write(chunk)
            kept.log.flush()
            *lines, kept.buffer = (kept.buffer + chunk).split(b"\n")
            kept.buffer = kept.buffer[:MAX_LINE_BYTES]
            for line in lines:
                self._hear(kept, line.decode(errors="replace"))

    def stop(self, order: Sequence[Sequence[str]]) -> None:
        for names in [*order, list(self.kept)]:
            self._stop_together([self.kept[name] for name in names if name in self.kept])
        for kept in self.kept.values():
            kept.log.close()
        self.selector.close()
        strays.forget(self.base)

    def _stop_together(self, stage: list[Kept]) -> None:
        for kept in stage:
            if kept.child:
                kept.child.ask_to_stop()
        started_at_s = time.monotonic()
        while alive := [kept for kept in stage if kept.child and kept.child.is_running]:
            self.pump(0.05)
            for kept in alive:
                if kept.child and time.monotonic() - started_at_s > kept.role.stop_patience_s:
                    signal_group(kept.child.process.pid, signal.SIGKILL)
        self.pump(0)
        for kept in stage:
            self._release(kept)

    def _spawn(self, kept: Kept) -> None:
        child = spawn(kept.role.command, name=kept.role.name, output=subprocess.PIPE, env=self.environment)
        kept.child, kept.started_at_s = child, time.monotonic()
        kept.start_again_at_s, kept.is_ready, kept.buffer = None, False, b""
        if child.process.stdout:
            self.selector.register(child.process.stdout, selectors.EVENT_READ, kept)
        strays.remember(self.base, [entry.child for entry in self.kept.values() if entry.child])

    def _hear(self, kept: Kept, line: str) -> None:
        kept.last_lines.append(line)
        if kept.role.ready_line and kept.role.ready_line in line:
            kept.is_ready = True
        self.console.event(kept.role, line)

    def _check_ready(self, kept: Kept) -> bool:
        role, child = kept.role, kept.child
        if child is None or not child.is_running:
            self.pump(0)
            raise with_log_tail(f"The {role.name} process ended while it was starting.", kept.log_path)
        if role.ready_url:
            kept.is_ready = kept.is_ready or answers(role.ready_url)
        return kept.is_ready

    def _bury(self, kept: Kept, status: int) -> None:
        """Say that it died, and when it comes back: at once the first time, then later and later."""
        self.pump(0)
        self._release(kept)
        lived_s = time.monotonic() - kept.started_at_s
        kept.deaths = 1 if lived_s > HEALTHY_AFTER_S else kept.deaths + 1
        pause_s = min(LONGEST_PAUSE_S, 2.0 ** (kept.deaths - 1) - 1)
        kept.start_again_at_s = time.monotonic() + pause_s
        when = f"in {pause_s:.0f} s" if pause_s else "now"
        self.console.say(f"ended unexpectedly ({_meaning(status)}); starting it again {when}", kept.role.name, "error")
        if kept.deaths > 1:
            for line in kept.last_lines:
                self.console.say(f"  {line}", kept.role.name, "dim")

    def _release(self, kept: Kept) -> None:
        if kept.child is None:
            return
        signal_group(kept.child.process.pid, signal.SIGKILL)
        stream = kept.child.process.stdout
        if stream is not None:
            if stream in {key.fileobj for key in self.selector.get_map().values()}:
                self.selector.unregister(stream)
            stream.close()
        kept.child = None


def _meaning(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
