"""Open files: a socket is one, and some are kept for the database and Redis, without which no charger can be served.

The kernel gives the lowest number that is free, so a number says how many are open.
"""

import logging
import os
import resource
import time

log = logging.getLogger(__name__)

RESERVE = 64
WARN_EVERY_S = 60.0


class Files:
    """How many more sockets there may be."""

    def __init__(self) -> None:
        self.limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.warned_at = -WARN_EVERY_S

    def has_room_for(self, number: int) -> bool:
        """Whether a charger may have this file. Who may not is told so, which needs the first half of the reserve."""
        return number < self.limit - RESERVE or self._refuse()

    @property
    def are_spent(self) -> bool:
        """Not even for a refusal is one left: of sockets that say nothing there may be as many as of others."""
        try:
            number = os.dup(2)
        except OSError:
            return not self._refuse()
        os.close(number)
        return number >= self.limit - RESERVE // 2 and not self._refuse()

    def _refuse(self) -> bool:
        now = time.monotonic()
        if now - self.warned_at >= WARN_EVERY_S:
            self.warned_at = now
            log.warning(
                "chargers are refused, all files this process may open are in use: raise its limit (ulimit -Hn, "
                "LimitNOFILE) or start another gateway",
                extra={"limit": self.limit, "reserve": RESERVE},
            )
        return False
