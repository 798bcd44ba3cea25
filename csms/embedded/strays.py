"""Processes that a killed runner left behind: noted when they are started, ended at the next start."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from csms.embedded.children import Child, signal_group

NOTE = "processes.json"
PATIENCE_S = 10.0


def remember(base: Path, children: Sequence[Child]) -> None:
    notes = [[child.process.pid, _born(child.process.pid)] for child in children]
    (base / NOTE).write_text(json.dumps(notes))


def forget(base: Path) -> None:
    (base / NOTE).unlink(missing_ok=True)


def end(base: Path) -> int:
    """How many there were. A pid counts only with its time of birth: numbers are used again."""
    try:
        notes = json.loads((base / NOTE).read_text())
    except (FileNotFoundError, ValueError):
        return 0
    left = [pid for pid, born in notes if born and _born(pid) == born]
    for pid in left:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_S
    while any(_born(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        signal_group(pid, signal.SIGKILL)
    forget(base)
    return len(left)


def _born(pid: int) -> str:
    """Clock ticks since boot, from /proc; empty when there is no such process or no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
