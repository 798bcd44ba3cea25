"""What was told in the last minute or two: a page that opens fetches only those parts again that it misses."""

import math
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

HALF_S = 60.0
# By how much the clock of the server that made the page may be ahead of ours.
CLOCKS_DIFFER_S = 1.0


class Recent:
    """When each kind was told on each topic, in two halves: to forget is to drop the older one."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Until it begins again, nobody knows what was told."""
        self._since = self._turned_at = math.inf
        self._older: dict[str, dict[str, float]] = {}
        self._newer: defaultdict[str, dict[str, float]] = defaultdict(dict)

    def begin(self) -> None:
        self.forget()
        self._since = self._turned_at = time.time()

    def note(self, topics: Iterable[str], kind: str, now: float) -> None:
        if now - self._turned_at > HALF_S:
            self._since, self._turned_at = self._turned_at, now
            self._older, self._newer = self._newer, defaultdict(dict)
        for topic in topics:
            self._newer[topic][kind] = now

    def kinds_since(self, moment: float, topic: str) -> list[str] | None:
        """What a page misses that shows the state of this moment; None when nobody knows."""
        moment -= CLOCKS_DIFFER_S
        if moment < self._since:
            return None
        told: dict[str, Any] = self._older.get(topic, {}) | self._newer.get(topic, {})
        return [kind for kind, told_at in told.items() if told_at >= moment]
