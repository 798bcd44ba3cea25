"""What keeps the embedded servers from starting, as sentences for the person at the terminal."""

from __future__ import annotations

from pathlib import Path

LOG_TAIL_LINES = 12


class CannotStart(Exception):
    """One clear sentence: what happened and what to do. Shown without a traceback."""


def with_log_tail(sentence: str, log_path: Path) -> CannotStart:
    """The sentence, followed by the last lines of the log that explain it."""
    try:
        lines = log_path.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        lines = []
    tail = "".join(f"\n    {line}" for line in lines)
    return CannotStart(f"{sentence} The end of {log_path}:{tail or ' (empty)'}")
