"""How the process asks the system for memory."""

import contextlib
import ctypes

M_ARENA_MAX = -8
ARENAS = 2


def share_heaps() -> None:
    """Let all threads use two heaps, before there are any (mallopt(3); only glibc knows it).

    With one for each, what a thread frees no other can use: 100 000 odd frames left 500 MB instead of 210 in use.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
